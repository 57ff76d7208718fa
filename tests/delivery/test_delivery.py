"""Delivery: each document and each task is sent once, wherever the process was killed or an answer lost.

The CRM is one in memory; tests/crm/logiqs/test_delivery.py has what is special about Logiqs' answers over
HTTP.
"""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import NoResultFound

from mailroom.cli.keys import rotate
from mailroom.crm.base import Case, Refused, RightMissing
from mailroom.delivery import Delivered, Officers
from mailroom.delivery.activity_check import ActivityCheck
from mailroom.errors import ConfigError, FileFault, RunStop, Transient, Unclear
from mailroom.ledger import LEASE_SECONDS, FileDecision, Ledger, Step, open_ledger
from mailroom.notices.causes import make_doubts
from tests.crm.in_memory import InMemoryCrm, Killed, answer_with, lose_answer, refuse
from tests.delivery.harness import DEAD, ELSEWHERE, HOLDER, READING, SETTLED, STEPS, Deliveries


def know_crm(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """A confirmed delivery of an earlier file, by which the CRM's activities can be judged."""
    marker = deliveries.confirm_earlier_delivery()
    crm.activities += [(41, f"{marker}-{step[0].upper()}") for step in STEPS]


def leave_in_doubt(deliveries: Deliveries, crm: InMemoryCrm, step: Step) -> None:
    """A delivery whose write was not carried out, and whose answer does not say so."""
    crm.faults = {step: [refuse(Unclear(f"{step}_500"))]}
    with pytest.raises(Transient, match="in_doubt"):
        deliveries.deliver()


def test_a_document_and_its_task_are_sent_once(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """Two calls; the ids are returned; the marker is in both texts; the officer gets the task."""
    delivered = deliveries.deliver()
    assert delivered == Delivered("delivered", document_id=901, task_id=701)
    assert deliveries.count_reported() == (1, 1)
    assert crm.calls == ["document", "task"]
    assert deliveries.marker() in crm.documents[0].comment
    assert deliveries.marker() in crm.tasks[0].comments
    assert crm.tasks[0].user_ids == (7,)
    assert crm.documents[0].content == deliveries.pdf.read_bytes()


def test_the_same_bytes_for_the_same_case_are_a_duplicate(deliveries: Deliveries) -> None:
    """Another file with these bytes goes where the first one went; nothing is sent."""
    deliveries.deliver()
    copy = deliveries.deliver("copy")
    assert (copy.status, copy.destination) == ("duplicate", "matched")
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


def test_a_file_that_was_put_back_is_matched_again_and_not_sent(deliveries: Deliveries) -> None:
    """The same Drive file once more is not a duplicate of itself."""
    deliveries.deliver()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


def test_a_duplicate_in_flight_is_waited_for_until_its_lease_expires(deliveries: Deliveries) -> None:
    """While one file's delivery is under way the other is put back; for other machines the lease decides."""
    deliveries.ledger.begin_delivery(deliveries.marker(), "file", ELSEWHERE, 41, "ab" * 32, LEASE_SECONDS)
    with pytest.raises(Transient, match="duplicate_in_flight"):
        deliveries.deliver("copy")
    assert deliveries.count_sent() == (0, 0)
    deliveries.now += timedelta(seconds=LEASE_SECONDS + 1)
    assert deliveries.deliver("copy").status == "delivered"


@pytest.mark.parametrize("jump", [timedelta(days=1), -timedelta(days=1)], ids=str)
def test_a_living_holder_keeps_its_delivery_whatever_the_clock_says(
    deliveries: Deliveries, jump: timedelta
) -> None:
    """The copy waits for a process of this machine; when that has let go, it goes on at once."""
    deliveries.ledger.begin_delivery(deliveries.marker(), "file", HOLDER, 41, "ab" * 32, LEASE_SECONDS)
    deliveries.now += jump
    with pytest.raises(Transient, match="duplicate_in_flight"):
        deliveries.deliver("copy")
    assert deliveries.count_sent() == (0, 0)
    deliveries.ledger.release_delivery(deliveries.marker(), "file", HOLDER)
    assert deliveries.deliver("copy").status == "delivered"


def test_a_dead_runs_delivery_is_taken_over_once(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file and its copy both see that its holder is gone: one continues it, the other is put back."""
    deliveries.ledger.begin_delivery(deliveries.marker(), "file", DEAD, 41, "ab" * 32, 600)
    both_saw_it = threading.Barrier(2)
    real = Ledger.begin_delivery

    def seen_by_both(self: Ledger, *args: Any) -> Any:
        seen = real(self, *args)
        both_saw_it.wait(10)
        return seen

    def went(name: str) -> str:
        try:
            return deliveries.deliver(name).status
        except Transient as fault:
            return fault.code

    monkeypatch.setattr(Ledger, "begin_delivery", seen_by_both)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(went, ["file", "copy"])) == ["delivered", "duplicate_in_flight"]
    assert deliveries.count_sent() == (1, 1)


def test_who_lost_a_delivery_sends_and_changes_nothing(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease expired and the copy continued it right before the request would have been sent."""
    deliveries.ledger.release("file", HOLDER, "test")
    assert deliveries.ledger.claim("file", ELSEWHERE, LEASE_SECONDS)
    real = Ledger.intend

    def slow(self: Ledger, *args: Any, **kwargs: Any) -> bool:
        monkeypatch.undo()
        deliveries.now += timedelta(seconds=LEASE_SECONDS + 1)
        assert deliveries.deliver("copy").status == "delivered"
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Ledger, "intend", slow)
    with pytest.raises(Transient, match="duplicate_in_flight"):
        deliveries.deliver(holder=ELSEWHERE)
    assert deliveries.count_sent() == (1, 1)
    assert deliveries.deliver().status == "duplicate"


def test_a_lost_claim_sends_nothing(deliveries: Deliveries) -> None:
    """Another run took the file over: this one may not write any more."""
    deliveries.ledger.release("file", HOLDER, "test")
    with pytest.raises(Transient, match="claim_lost"):
        deliveries.deliver()
    assert deliveries.count_sent() == (0, 0)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_a_kill_between_intent_and_confirmation(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step, carried_out: bool, known: bool
) -> None:
    """The next run finds out by the activities.

    Where they prove nothing, a person is asked; nothing twice.
    """
    if known:
        know_crm(deliveries, crm)
    crm.faults = {step: [lose_answer(Killed()) if carried_out else refuse(Killed())]}
    with pytest.raises(Killed):
        deliveries.deliver()
    deliveries.wait()
    again = deliveries.deliver()
    if carried_out or known:
        assert again.status == "delivered"
        assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)
    else:
        # The task is created also while its document is in doubt.
        sent = (0, 1) if step == "document" else (1, 0)
        assert again.status == "unclear"
        assert deliveries.count_sent() == deliveries.count_reported() == sent
        deliveries.wait()
        assert deliveries.deliver().status == "unclear"


COMMITS = ["begin_delivery", "intend", "confirm", "confirm_last", "end_delivery"]


@pytest.mark.parametrize("step", COMMITS)
@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize("after", [True, False])
def test_a_kill_at_any_commit(
    deliveries: Deliveries,
    crm: InMemoryCrm,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    nth: int,
    after: bool,
) -> None:
    """Killed before or after the n-th call of each of the ledger's steps, the next run ends it, once."""
    know_crm(deliveries, crm)
    real, calls = getattr(Ledger, step), 0

    def killing(self: Ledger, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth + 1 and not after:
            raise Killed
        done = real(self, *args, **kwargs)
        if calls == nth + 1:
            raise Killed
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, step, killing)
        with contextlib.suppress(Killed):
            deliveries.deliver()
    deliveries.wait()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
def test_a_lost_answer_is_looked_up_at_once(deliveries: Deliveries, crm: InMemoryCrm, step: Step) -> None:
    """It was carried out: confirmed by the marker, and counted."""
    crm.faults = {step: [lose_answer(Unclear(f"{step}_answer_lost"))]}
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("known", [True, False])
def test_a_write_that_ends_after_the_check_is_not_sent_again(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step, known: bool
) -> None:
    """The caller gave up, checked, found nothing; then the server ends it: later checks find it."""
    if known:
        know_crm(deliveries, crm)
    crm.faults = {step: [crm.finish_later(Unclear(f"{step}_504"))]}
    for _ in range(4):
        with pytest.raises(Transient, match=f"{step}_in_doubt"):
            deliveries.deliver()
        deliveries.wait(timedelta(seconds=8))
    crm.finish_late_writes()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("known", [True, False])
def test_an_activity_that_appears_late_is_waited_for(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step, known: bool
) -> None:
    """The write was carried out and its answer lost, and the case does not show it yet.

    It is not sent again.
    """
    if known:
        know_crm(deliveries, crm)
    crm.delays_activities = True
    crm.faults = {step: [lose_answer(Unclear(f"{step}_answer_lost"))]}
    for _ in range(4):
        with pytest.raises(Transient, match=f"{step}_in_doubt"):
            deliveries.deliver()
        deliveries.wait(timedelta(seconds=8))
    crm.show_delayed_activities()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


def test_the_doubt_begins_when_the_answer_is_lost(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """An upload that takes longer than the doubt lasts is not sent again at once."""
    know_crm(deliveries, crm)

    def trickle(_carry_out: Callable[[], Any]) -> Any:
        deliveries.now += SETTLED
        raise Unclear("document_answer_lost")

    crm.faults = {"document": [trickle] * 2}
    for _ in range(2):
        with pytest.raises(Transient, match="document_in_doubt"):
            deliveries.deliver()
    assert crm.calls == ["document"] + ["activities"] * 4


@pytest.mark.parametrize("step", STEPS)
def test_an_intent_in_the_future_keeps_no_file_in_doubt(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step
) -> None:
    """The clock was 30 minutes ahead when it was sent, and was set right: it is decided at once."""
    know_crm(deliveries, crm)
    deliveries.now += timedelta(minutes=30)
    leave_in_doubt(deliveries, crm, step)
    deliveries.now -= timedelta(minutes=30)
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
def test_a_write_that_the_crm_shows_not_carried_out_is_tried_again(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step
) -> None:
    """The CRM's activities show such writes, and minutes later this one is still not there."""
    know_crm(deliveries, crm)
    leave_in_doubt(deliveries, crm, step)
    deliveries.wait()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", [Transient("crm_unreachable"), RunStop("asked_to_wait")], ids=repr)
def test_what_was_certainly_not_sent_leaves_no_doubt(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step, fault: Exception
) -> None:
    """Too many calls, or no connection: the next try sends at once."""
    crm.faults = {step: [refuse(fault)]}
    with pytest.raises(type(fault)) as raised:
        deliveries.deliver()
    assert raised.value is fault
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)
    assert "activities" not in crm.calls


def test_a_crm_that_shows_nothing_leaves_it_to_a_person(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """Its activities never show what was written, which is seen at a write of yesterday."""
    know_crm(deliveries, crm)
    crm.activities.clear()
    crm.faults = {"document": [refuse(Unclear("document_500"))]}
    assert deliveries.deliver() == Delivered("unclear", doubt="document")
    assert deliveries.deliver("copy") == Delivered("unclear", doubt="document")
    assert deliveries.count_sent() == (0, 1)
    assert "Logiqs did not confirm the document" in crm.tasks[0].comments


@pytest.mark.parametrize("step", STEPS)
def test_a_crm_that_stopped_showing_writes_is_not_believed_any_more(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step
) -> None:
    """It showed them yesterday; since then it shows nothing, and a missing mark proves nothing."""
    know_crm(deliveries, crm)
    crm.shows_activities = False
    assert deliveries.deliver("copy", sha256="ef" * 32).status == "delivered"
    deliveries.wait()
    crm.faults = {step: [lose_answer(Unclear(f"{step}_500"))]}
    assert deliveries.deliver() == Delivered("unclear", doubt=step)
    assert deliveries.count_sent() == (2, 2)


@pytest.mark.parametrize("step", STEPS)
def test_a_crm_that_shows_the_newest_write_late_is_not_believed_yet(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step
) -> None:
    """The write in doubt is old enough, but the activities are behind: what they do not show may exist."""
    know_crm(deliveries, crm)
    leave_in_doubt(deliveries, crm, step)
    deliveries.wait()
    crm.delays_activities = True
    assert deliveries.deliver("copy", sha256="ef" * 32).status == "delivered"
    with pytest.raises(Transient, match="in_doubt"):
        deliveries.deliver()
    crm.show_delayed_activities()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == (2, 2)


def test_a_write_confirmed_just_now_does_not_prove_that_a_crm_shows_nothing(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """Its activity may still come, and the file waits."""
    crm.shows_activities = False
    deliveries.deliver("copy", sha256="ef" * 32)
    crm.faults = {"document": [refuse(Unclear("document_500"))]}
    with pytest.raises(Transient, match="document_in_doubt"):
        deliveries.deliver()
    deliveries.wait()
    assert deliveries.deliver() == Delivered("unclear", doubt="document")


RIGHT = RightMissing("right_missing", what="The key may not do that.", fix="Add the right.")


@pytest.mark.parametrize("silence", [answer_with(None), refuse(RIGHT)], ids=["not listed", "no right"])
def test_activities_that_cannot_be_read_leave_it_to_a_person(
    deliveries: Deliveries, crm: InMemoryCrm, silence: Any
) -> None:
    """The file goes to a person and the run continues, also where the key lost its right to read them."""
    crm.faults = {"document": [refuse(Unclear("document_500"))], "activities": [silence] * 2}
    assert deliveries.deliver().status == "unclear"
    assert deliveries.deliver("copy", sha256="ef" * 32).status == "delivered"


def test_rejected_credentials_end_the_run_at_a_check_too(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """The doubt stays: with the right key the file is looked for first."""
    rejected = ConfigError("crm_key_rejected", what="The CRM rejects its key.", fix="Set another one.")
    crm.faults = {"document": [lose_answer(Unclear("document_500"))], "activities": [refuse(rejected)]}
    with pytest.raises(ConfigError, match="rejects its key"):
        deliveries.deliver()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
def test_a_refused_write_that_was_carried_out_is_found(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step
) -> None:
    """The CRM said no and did it: it is seen at once, and not sent again."""
    crm.faults = {step: [lose_answer(Refused(f"crm_refused_{step}"))]}
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
def test_a_refused_write_is_this_files_fault_and_looked_for_before_it_is_sent_again(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step
) -> None:
    """A refusal fails the file; when it is gone, the next try goes through at once, where the CRM tells."""
    know_crm(deliveries, crm)
    crm.faults = {step: [refuse(Refused(f"crm_refused_{step}"))]}
    with pytest.raises(FileFault, match=f"crm_refused_{step}"):
        deliveries.deliver()
    checks = crm.calls.count("activities")
    assert deliveries.deliver().status == "delivered"
    assert crm.calls.count("activities") > checks
    assert deliveries.count_sent() == (1, 1)


def test_a_refused_write_of_a_crm_that_shows_nothing_is_not_sent_again(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """Carried out and refused, and no activity shows it: a person looks into the case."""
    crm.shows_activities = False
    crm.faults = {"document": [lose_answer(Refused("crm_refused_document"))]}
    with pytest.raises(FileFault, match="crm_refused_document"):
        deliveries.deliver()
    assert deliveries.deliver().status == "unclear"
    assert deliveries.count_sent() == (1, 1)


def test_the_copy_of_a_refused_document_does_not_wait_for_it(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """Nobody works on the delivery any more: the copy is refused as well, and both have their outcome."""
    know_crm(deliveries, crm)
    crm.faults = {"document": [refuse(Refused("crm_refused_document"))] * 2}
    for name in ("file", "copy"):
        with pytest.raises(FileFault, match="crm_refused_document"):
            deliveries.deliver(name)
    assert deliveries.deliver("copy").status == "delivered"
    assert deliveries.deliver().status == "duplicate"
    assert deliveries.count_sent() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
def test_a_missing_right_costs_no_file(deliveries: Deliveries, crm: InMemoryCrm, step: Step) -> None:
    """Before anything was ever filed, too: with the right added the same file goes through."""
    crm.faults = {step: [refuse(RIGHT)]}
    with pytest.raises(RightMissing):
        deliveries.deliver()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)
    assert crm.calls.count("activities") == 1


def test_a_dry_run_sends_nothing_and_knows_duplicates(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """Nothing reaches the CRM; the second file with the same bytes is a duplicate anyway."""
    assert deliveries.deliver(dry_run=True).status == "delivered"
    assert deliveries.deliver("copy", dry_run=True).status == "duplicate"
    assert not crm.calls
    assert deliveries.count_reported() == (0, 0)


def test_the_users_set_get_the_task(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """They come before the officer; with both off, nobody is named."""
    deliveries.settings.task_user_ids = [8, 9]
    deliveries.deliver()
    assert crm.tasks[0].user_ids == (8, 9)
    deliveries.settings.task_user_ids, deliveries.settings.task_to_officer = [], False
    deliveries.deliver(case=Case(42, officer_id=7), sha256="ef" * 32)
    assert crm.tasks[1].user_ids == ()


def test_the_officer_is_asked_for_until_the_crm_has_shown_that_it_names_none(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """A match without an officer: the case is asked for, for three cases in a row at most in a run."""
    crm.cases = {number: Case(number) for number in (42, 43, 44)}
    crm.cases |= {number: Case(number, officer_id=7, tells_officer=True) for number in (41, 45)}
    for case_id in (41, 42, 43, 44, 45):
        deliveries.deliver(case=Case(case_id), sha256=str(case_id) * 32)
    assert [task.user_ids for task in crm.tasks] == [(7,), (), (), (), ()]
    assert crm.calls.count("case") == 4
    deliveries.officers = Officers()
    deliveries.deliver(case=Case(45), sha256="ef" * 32)
    assert crm.tasks[-1].user_ids == (7,)


def test_new_clients_without_an_officer_prove_nothing_about_the_crm(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """The property is there and empty, or there is no such case: the next one is asked for anyway."""
    crm.cases = {number: Case(number, tells_officer=True) for number in (41, 42, 43, 45)}
    crm.cases[46] = Case(46, officer_id=7, tells_officer=True)
    for case_id in range(41, 47):
        deliveries.deliver(case=Case(case_id), sha256=str(case_id) * 32)
    assert [task.user_ids for task in crm.tasks] == [(), (), (), (), (), (7,)]


def test_nothing_is_asked_between_intent_and_call(deliveries: Deliveries, crm: InMemoryCrm) -> None:
    """A kill while the officer is asked for leaves no doubt about the task."""
    crm.cases = {41: Case(41, officer_id=7, tells_officer=True)}
    crm.faults = {"case": [refuse(Killed())]}
    with pytest.raises(Killed):
        deliveries.deliver(case=Case(41))
    assert deliveries.ledger.get_delivery(deliveries.marker()).task == "none"
    assert deliveries.deliver(case=Case(41)).status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


def test_a_duplicate_is_recognised_after_a_change_of_keys_and_a_purge(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """Markers in the CRM stay valid: the same document in another file is not sent again."""
    assert deliveries.deliver().status == "delivered"
    deliveries.ledger.record_decision("file", HOLDER, FileDecision("matched", "matched", "matched"))
    deliveries.ledger.finish("file", HOLDER)
    rotate(deliveries.settings)
    assert deliveries.ledger.purge(datetime.now(UTC) + timedelta(days=1)).deliveries == 1
    with open_ledger(deliveries.settings) as later:
        again = Deliveries(later, deliveries.settings, deliveries.pdf, crm, crm).deliver("copy")
    assert (again.status, again.destination) == ("duplicate", "matched")
    assert deliveries.count_sent() == (1, 1)


def list_cases(crm: InMemoryCrm) -> list[int]:
    """The cases of all documents and tasks."""
    return [one.case_id for one in crm.documents] + [one.case_id for one in crm.tasks]


OTHER_CASE = Case(52, "Ann", "Jones", officer_id=9)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("name", ["file", "copy"])
def test_a_delivery_that_was_killed_is_finished_in_its_own_case(
    deliveries: Deliveries, crm: InMemoryCrm, step: Step, carried_out: bool, name: str
) -> None:
    """The match names another case now, for the file or for one with the same bytes: one case has it all."""
    know_crm(deliveries, crm)
    crm.cases = {41: Case(41, "John", "Smith", officer_id=7)}
    crm.faults = {step: [lose_answer(Killed()) if carried_out else refuse(Killed())]}
    with pytest.raises(Killed):
        deliveries.deliver(case=Case(41, "John", "Smith", officer_id=7))
    deliveries.wait()
    deliveries.ledger.release_delivery(deliveries.marker(), "file", HOLDER)
    assert deliveries.deliver(name, case=OTHER_CASE).status == "delivered"
    assert deliveries.count_sent() == (1, 1)
    assert list_cases(crm) == [41, 41]
    assert crm.tasks[0].user_ids == (7,)
    assert crm.documents[0].filename.endswith("SMITH.pdf")


def test_a_doubtful_surname_is_that_of_the_case_in_which_it_is_finished(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """Nothing of the client whom the match names now gets into the other client's case."""
    know_crm(deliveries, crm)
    crm.cases = {41: Case(41, "John", "Smith", officer_id=7)}
    doubtful = replace(READING, doubts=make_doubts(["last_name"], "ocr_not_found"))
    crm.faults = {"document": [refuse(Killed())]}
    with pytest.raises(Killed):
        deliveries.deliver(reading=doubtful)
    deliveries.wait()
    deliveries.deliver(case=OTHER_CASE, reading=doubtful)
    assert crm.documents[0].filename.endswith("SMITH.pdf")


@pytest.mark.parametrize("why", ["other bytes", "no such case"])
def test_a_delivery_that_cannot_be_finished_goes_to_a_person(
    deliveries: Deliveries, crm: InMemoryCrm, why: str
) -> None:
    """The file was replaced, or the case deleted: nothing more is sent.

    The delivery ends with the decision about the file: a kill in between changes nothing.
    """
    know_crm(deliveries, crm)
    crm.cases = {} if why == "no such case" else {41: Case(41)}
    crm.faults = {"task": [refuse(Killed())]}
    with pytest.raises(Killed):
        deliveries.deliver()
    deliveries.wait()
    sha256 = "ef" * 32 if why == "other bytes" else "ab" * 32
    for _ in range(2):
        assert deliveries.deliver(case=OTHER_CASE, sha256=sha256) == Delivered("unclear")
        assert deliveries.ledger.get_delivery(deliveries.marker()).destination is None
    assert deliveries.count_sent() == (1, 0)


def test_what_was_never_sent_is_forgotten_when_the_match_changes(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """No doubt remains, and no case number that a purge would never remove."""
    crm.faults = {"document": [refuse(Transient("crm_unreachable"))]}
    with pytest.raises(Transient, match="unreachable"):
        deliveries.deliver()
    assert deliveries.deliver(case=OTHER_CASE).status == "delivered"
    assert list_cases(crm) == [52, 52]
    with pytest.raises(NoResultFound):
        deliveries.ledger.get_delivery(deliveries.marker())


def test_a_copy_that_is_under_way_for_another_case_is_waited_for(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """Two files with the same bytes, and the match names a case for each: a person decides of the second."""
    deliveries.ledger.begin_delivery(deliveries.marker(), "file", HOLDER, 41, "ab" * 32, LEASE_SECONDS)
    with pytest.raises(Transient, match="duplicate_in_flight"):
        deliveries.deliver("copy", case=OTHER_CASE)
    assert deliveries.deliver().status == "delivered"
    assert deliveries.deliver("copy", case=OTHER_CASE).status == "in_another_case"
    assert list_cases(crm) == [41, 41]


def test_a_delivery_that_ended_right_before_a_kill_is_not_repeated_for_another_case(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """The decision was not stored yet; a file that a person put back later is filed where it matches then."""
    assert deliveries.deliver().status == "delivered"
    assert deliveries.deliver(case=OTHER_CASE).status == "delivered"
    assert list_cases(crm) == [41, 41]
    decision = FileDecision("matched", "matched", "matched", "ab" * 32)
    deliveries.ledger.record_decision("file", HOLDER, decision)
    assert deliveries.deliver(case=OTHER_CASE).status == "delivered"
    assert [one.case_id for one in crm.tasks] == [41, 52]


def test_a_delivery_for_another_case_is_finished_before_an_older_one_counts(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """Put back and filed in a second case, killed there, and the match names the first case again."""
    crm.cases = {52: OTHER_CASE}
    deliveries.deliver()
    decision = FileDecision("matched", "matched", "matched", "ab" * 32)
    deliveries.ledger.record_decision("file", HOLDER, decision)
    crm.faults = {"task": [refuse(Killed())]}
    with pytest.raises(Killed):
        deliveries.deliver(case=OTHER_CASE)
    deliveries.wait()
    assert deliveries.deliver().status == "delivered"
    assert list_cases(crm) == [41, 52, 41, 52]


def test_a_task_whose_document_is_in_doubt_does_not_prove_it(
    deliveries: Deliveries, crm: InMemoryCrm
) -> None:
    """A later look, and an earlier ledger's copy, find the task, and nothing of the document."""
    know_crm(deliveries, crm)
    crm.activities.clear()
    crm.faults = {"document": [refuse(Unclear("document_500"))]}
    for _ in range(2):
        assert deliveries.deliver() == Delivered("unclear", doubt="document")
    assert crm.tasks[0].subject.endswith(f"({deliveries.marker()}-U)")
    deliveries.ledger.note_gap()
    deliveries.wait()
    check = ActivityCheck(deliveries.ledger, crm)
    assert check.was_carried_out(deliveries.marker(), "task", 41)
    assert not check.was_carried_out(deliveries.marker(), "document", 41)
