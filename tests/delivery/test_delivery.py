"""Delivery: each document and each task is sent once, wherever the process was killed or an answer lost."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailroom.cli.keys import rotate
from mailroom.config.settings import Settings, load_settings
from mailroom.crm.base import Case
from mailroom.delivery import Delivered, Delivery, Officers
from mailroom.drive import ListedFile
from mailroom.errors import ConfigError, FileFault, RunStop, Transient
from mailroom.ledger import LEASE_SECONDS, Ledger, Step, make_holder, open_ledger
from mailroom.notices import NoticeFields
from mailroom.run.progress import Progress
from tests.crm.logiqs.fake_crm import FakeCrm, Killed, kind_of

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIELDS = NoticeFields(
    notice_type="CP2000", tax_year=2023, response_due_date=date(2026, 12, 20), last_name="SMITH"
)
CASE = Case(41, "John", "Smith", officer_id=7)
HOLDER = make_holder("run")
DEAD = f"{socket.gethostname()}:999999:1:an-earlier-run"
# Longer than a server may still be at a write that its caller gave up.
SETTLED = timedelta(minutes=6)
STEPS: tuple[Step, ...] = ("document", "task")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Defaults, with the state in a temporary directory."""
    return load_settings(state_dir=tmp_path / "state")


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """A ledger in which two files are claimed by this process."""
    with open_ledger(settings) as opened:
        opened.start_scan("run", ["inbox"])
        files = [ListedFile(name, "inbox", 9, None, NOW) for name in ("file", "twin")]
        opened.record_page("run", "inbox", files, None)
        for name in ("file", "twin"):
            assert opened.claim(name, HOLDER, 600)
        yield opened


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """The downloaded file."""
    path = tmp_path / "opaque"
    path.write_bytes(b"%PDF made up")
    return path


class Office:
    """A delivery that can be made anew, as a later run does, at a time that tests turn."""

    def __init__(self, ledger: Ledger, settings: Settings, pdf: Path, crm: FakeCrm) -> None:
        self.ledger, self.settings, self.pdf, self.crm = ledger, settings, pdf, crm
        self.now, self.progress, self.officers = NOW, Progress(), Officers()
        ledger._clock = lambda: self.now

    def deliver(
        self, file_id: str = "file", *, case: Case = CASE, dry_run: bool = False, sha256: str = "ab" * 32
    ) -> Delivered:
        """Deliver with a new `Delivery`."""
        delivery = Delivery(
            self.ledger,
            self.crm.client(),
            self.settings,
            dry_run=dry_run,
            progress=self.progress,
            officers=self.officers,
            clock=lambda: self.now,
        )
        return delivery.deliver(file_id, HOLDER, self.pdf, sha256, FIELDS, case)

    def later(self, by: timedelta = SETTLED) -> None:
        """Time passes; the claims of this process are renewed."""
        self.now += by
        for name in ("file", "twin"):
            assert self.ledger.still_mine(name, HOLDER, 600)

    def sent(self) -> tuple[int, int]:
        """How many documents and tasks the CRM holds."""
        return len(self.crm.documents), len(self.crm.tasks)

    def counted(self) -> tuple[int, int]:
        """How many the run says that it sent."""
        stages = self.progress.snapshot().stages
        return stages["uploaded"], stages["tasks_created"]

    def marker(self) -> str:
        """The marker of the usual bytes in the usual case."""
        return self.ledger.marker("ab" * 32, 41)


@pytest.fixture
def office(ledger: Ledger, settings: Settings, pdf: Path) -> Office:
    """Everything together, with an empty CRM."""
    return Office(ledger, settings, pdf, FakeCrm(cases={41: {"CaseID": 41}}))


def known_tenant(office: Office) -> None:
    """A confirmed delivery of an earlier file, by which the tenant's activities can be judged."""
    marker = office.ledger.marker("cd" * 32, 41)
    office.now -= timedelta(days=1)
    office.ledger.begin_delivery(marker, "earlier", HOLDER, 41, 600)
    for step in STEPS:
        office.ledger.confirm(marker, step, 1)
        sign = step[0].upper()
        office.crm.activities.append({"CaseID": 41, "Subject": "", "Comment": f"{marker}-{sign}"})
    office.ledger.end_delivery(marker, "matched", "earlier", HOLDER)
    office.now += timedelta(days=1)


def test_a_document_and_its_task_are_sent_once(office: Office) -> None:
    """Two calls; the ids are told; the marker stands in both texts; the officer gets the task."""
    delivered = office.deliver()
    assert delivered == Delivered("delivered", document_id=901, task_id=701)
    assert office.counted() == (1, 1)
    assert office.crm.kinds() == ["document", "task"]
    marker = office.ledger.marker("ab" * 32, 41)
    assert marker in office.crm.documents[0]["Comment"]
    assert marker in office.crm.tasks[0]["Comments"]
    assert office.crm.tasks[0]["UserID"] == [7]


def test_the_same_bytes_for_the_same_case_are_a_duplicate(office: Office) -> None:
    """Another file with these bytes goes where the first one went; nothing is sent."""
    office.deliver()
    twin = office.deliver("twin")
    assert (twin.status, twin.target) == ("duplicate", "matched")
    assert office.sent() == office.counted() == (1, 1)


def test_a_file_that_was_put_back_is_matched_again_and_not_sent(office: Office) -> None:
    """The same Drive file once more is no duplicate of itself."""
    office.deliver()
    assert office.deliver().status == "delivered"
    assert office.sent() == office.counted() == (1, 1)


@pytest.mark.parametrize(
    "holder", [HOLDER, "another-machine:7:7:run"], ids=["alive here", "on another machine"]
)
def test_a_twin_in_flight_is_waited_for_until_its_lease_runs_out(office: Office, holder: str) -> None:
    """While one file's delivery is under way the other one is put back; of other machines the lease tells."""
    office.ledger.begin_delivery(office.marker(), "file", holder, 41, LEASE_SECONDS)
    with pytest.raises(Transient, match="twin_in_flight"):
        office.deliver("twin")
    assert office.sent() == (0, 0)
    office.now += timedelta(seconds=LEASE_SECONDS + 1)
    assert office.deliver("twin").status == "delivered"


def test_a_dead_runs_delivery_is_taken_over_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and its twin both see that its holder is gone: one goes on with it, the other is put back."""
    office.ledger.begin_delivery(office.marker(), "file", DEAD, 41, 600)
    both_saw_it = threading.Barrier(2)
    real = Ledger.begin_delivery

    def seen_by_both(self: Ledger, *args: Any) -> Any:
        seen = real(self, *args)
        both_saw_it.wait(10)
        return seen

    def went(name: str) -> str:
        try:
            return office.deliver(name).status
        except Transient as fault:
            return fault.code

    monkeypatch.setattr(Ledger, "begin_delivery", seen_by_both)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(went, ["file", "twin"])) == ["delivered", "twin_in_flight"]
    assert office.sent() == (1, 1)


def test_who_lost_a_delivery_sends_and_changes_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ran out and a twin went on with it right before the request would have left."""
    real = Ledger.still_mine

    def slow(self: Ledger, *args: Any) -> bool:
        monkeypatch.undo()
        office.now += timedelta(seconds=LEASE_SECONDS + 1)
        assert office.deliver("twin").status == "delivered"
        return real(self, *args)

    monkeypatch.setattr(Ledger, "still_mine", slow)
    with pytest.raises(Transient, match="twin_in_flight"):
        office.deliver()
    assert office.sent() == (1, 1)
    assert office.deliver().status == "duplicate"


def test_a_lost_claim_sends_nothing(office: Office) -> None:
    """Another run took the file over: this one may not write any more."""
    office.ledger.release("file", HOLDER, "test")
    with pytest.raises(Transient, match="claim_lost"):
        office.deliver()
    assert office.sent() == (0, 0)


def before(_request: httpx.Request) -> None:
    """Killed when the answer was under way: the write was carried out."""
    raise Killed


@pytest.mark.parametrize("step", ["document", "task"])
@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_a_kill_between_intent_and_confirmation(
    office: Office, step: str, carried_out: bool, known: bool
) -> None:
    """The next run finds out by the activities; where they cannot tell, a person is asked; nothing twice."""
    if known:
        known_tenant(office)
    office.crm.faults = {step: [before if carried_out else Killed()]}
    with pytest.raises(Killed):
        office.deliver()
    office.later()
    again = office.deliver()
    if carried_out or known:
        assert again.status == "delivered"
        assert office.sent() == office.counted() == (1, 1)
    else:
        assert again.status == "unclear"
        assert office.sent() == office.counted() == ((0, 0) if step == "document" else (1, 0))
        assert office.deliver().status == "unclear"


COMMITS = ["begin_delivery", "intend", "confirm", "end_delivery", "still_mine"]


@pytest.mark.parametrize("step", COMMITS)
@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize("after", [True, False])
def test_a_kill_at_any_commit(
    office: Office, monkeypatch: pytest.MonkeyPatch, step: str, nth: int, after: bool
) -> None:
    """Killed before or after the n-th call of each of the ledger's steps, the next run ends it, once."""
    known_tenant(office)
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
            office.deliver()
    office.later()
    assert office.deliver().status == "delivered"
    assert office.sent() == (1, 1)


LOST = [httpx.ReadTimeout("slow"), httpx.Response(500), httpx.Response(200, text="<html>")]


@pytest.mark.parametrize("lost", LOST, ids=repr)
@pytest.mark.parametrize("step", ["document", "task"])
def test_a_lost_answer_is_looked_up_at_once(office: Office, step: str, lost: Any) -> None:
    """It was carried out: confirmed by the marker, and counted."""

    def lose(_request: httpx.Request) -> httpx.Response:
        if isinstance(lost, Exception):
            raise lost
        return lost  # type: ignore[no-any-return]

    office.crm.faults = {step: [lose]}
    assert office.deliver().status == "delivered"
    assert office.sent() == office.counted() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("lost", [httpx.ReadTimeout("slow"), httpx.Response(504)], ids=repr)
def test_a_write_that_ends_after_the_look_is_not_sent_again(
    office: Office, step: str, known: bool, lost: Any
) -> None:
    """The caller gave up, looked, found nothing; then the server ends it: later looks find it."""
    if known:
        known_tenant(office)
    late: list[httpx.Request] = []
    handle = office.crm.handle

    def slow(request: httpx.Request) -> httpx.Response:
        if kind_of(request) == step and not late:
            late.append(request)
            if isinstance(lost, Exception):
                raise lost
            return httpx.Response(504)
        return handle(request)

    office.crm.handle = slow  # type: ignore[method-assign]
    for _ in range(4):
        with pytest.raises(Transient, match=f"{step}_in_doubt"):
            office.deliver()
        office.later(timedelta(seconds=8))
    handle(late[0])
    assert office.deliver().status == "delivered"
    assert office.sent() == office.counted() == (1, 1)


def test_the_doubt_begins_when_the_answer_is_lost(office: Office) -> None:
    """An upload that trickles for longer than the doubt lasts is not sent again at once."""
    known_tenant(office)

    def trickle(request: httpx.Request) -> httpx.Response:
        if kind_of(request) == "document":
            office.now += SETTLED
            raise httpx.WriteTimeout("slow")
        return handle(request)

    handle = office.crm.handle
    office.crm.handle = trickle  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(Transient, match="document_in_doubt"):
            office.deliver()
    assert office.crm.kinds() == ["activity"] * 3


@pytest.mark.parametrize("step", STEPS)
def test_a_write_that_the_tenant_shows_not_carried_out_is_tried_again(office: Office, step: str) -> None:
    """The tenant's activities show such writes, and minutes later this one is still not there."""
    known_tenant(office)
    office.crm.faults = {step: [httpx.Response(500)]}
    with pytest.raises(Transient, match="in_doubt"):
        office.deliver()
    office.later()
    assert office.deliver().status == "delivered"
    assert office.sent() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
def test_what_was_certainly_not_sent_leaves_no_doubt(office: Office, step: str) -> None:
    """Too many calls, or no connection, until the repeats are used up: the next try sends at once."""
    office.crm.faults = {step: [httpx.Response(429)] * 3 + [httpx.ConnectError("refused")]}
    with pytest.raises(Transient, match="logiqs_unreachable"):
        office.deliver()
    assert office.deliver().status == "delivered"
    office.crm.faults = {step: [httpx.Response(429, headers={"Retry-After": "600"})]}
    with pytest.raises(RunStop, match="asks for no more calls"):
        office.deliver(sha256="ef" * 32)
    assert office.deliver(sha256="ef" * 32).status == "delivered"
    assert office.sent() == office.counted() == (2, 2)
    assert "activity" not in office.crm.kinds()


def test_a_tenant_that_shows_nothing_leaves_it_to_a_person(office: Office) -> None:
    """Its activities never show what was written: that is looked at once, and remembered."""
    known_tenant(office)
    office.crm.activities.clear()
    office.crm.faults = {"document": [httpx.Response(500)]}
    assert office.deliver() == Delivered("unclear")
    assert office.ledger.fact("activities_show_document") == "no"
    assert office.deliver("twin").target == "review"
    assert office.sent() == (0, 0)


def test_what_was_confirmed_just_now_does_not_tell_that_a_tenant_shows_nothing(office: Office) -> None:
    """Its activity may still come: nothing is remembered, and the file waits."""
    office.crm.shows_activities = False
    office.deliver("twin", sha256="ef" * 32)
    office.crm.faults = {"document": [httpx.Response(500)]}
    with pytest.raises(Transient, match="document_in_doubt"):
        office.deliver()
    assert office.ledger.fact("activities_show_document") is None


SCOPE = "Access denied. Missing required scope: "
NO_READING = httpx.Response(403, json={"Success": False, "message": f"{SCOPE}activity.read"})


@pytest.mark.parametrize("silence", [httpx.Response(404), NO_READING], ids=["no route", "no scope"])
def test_activities_that_cannot_be_read_leave_it_to_a_person(office: Office, silence: Any) -> None:
    """The file goes to a person and the run goes on, also where the key lost its right to read them."""
    office.crm.faults = {"document": [httpx.Response(500)], "activity": [silence] * 2}
    assert office.deliver().status == "unclear"
    assert office.deliver("twin", sha256="ef" * 32).status == "delivered"
    assert office.ledger.fact("activities_show_document") is None


def test_rejected_credentials_end_the_run_at_a_look_too(office: Office) -> None:
    """The doubt stays: with the right key the file is looked for first."""
    office.crm.faults = {
        "document": [lambda _request: httpx.Response(500)],
        "activity": [httpx.Response(401)],
    }
    with pytest.raises(ConfigError, match="rejects the API key"):
        office.deliver()
    assert office.deliver().status == "delivered"
    assert office.sent() == office.counted() == (1, 1)


REFUSALS = [
    httpx.Response(200, json={"Success": False, "message": "The request could not be processed."}),
    httpx.Response(400, json={"Success": False, "message": "CaseID is invalid"}),
    httpx.Response(422, json={"message": "Subject is too long"}),
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
def test_a_refused_write_that_was_carried_out_is_found(office: Office, step: str, refusal: Any) -> None:
    """Logiqs said no and did it: it is seen at once, and not sent again."""
    office.crm.faults = {step: [lambda _request: refusal]}
    assert office.deliver().status == "delivered"
    assert office.sent() == office.counted() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
def test_a_refused_write_is_this_files_fault_and_looked_for_before_it_is_sent_again(
    office: Office, step: str, refusal: Any
) -> None:
    """A refusal fails the file; when it is gone, the next try goes through at once, where the tenant tells."""
    known_tenant(office)
    office.crm.faults = {step: [refusal]}
    with pytest.raises(FileFault, match=f"crm_refused_{step}"):
        office.deliver()
    looks = office.crm.kinds().count("activity")
    assert office.deliver().status == "delivered"
    assert office.crm.kinds().count("activity") > looks
    assert office.sent() == (1, 1)


def test_a_refused_write_of_a_tenant_that_shows_nothing_is_not_sent_again(office: Office) -> None:
    """Carried out and refused, and no activity shows it: a person looks into the case."""
    office.crm.shows_activities = False
    office.crm.faults = {"document": [lambda _request: REFUSALS[1]]}
    with pytest.raises(FileFault, match="crm_refused_document"):
        office.deliver()
    assert office.deliver().status == "unclear"
    assert office.sent() == (1, 0)


def test_the_twin_of_a_refused_document_does_not_wait_for_it(office: Office) -> None:
    """Nobody works on the delivery any more: the twin is refused as well, and both have their outcome."""
    known_tenant(office)
    office.crm.faults = {"document": [REFUSALS[1]] * 2}
    for name in ("file", "twin"):
        with pytest.raises(FileFault, match="crm_refused_document"):
            office.deliver(name)
    assert office.deliver("twin").status == "delivered"
    assert office.deliver().status == "duplicate"
    assert office.sent() == (1, 1)


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("step", STEPS)
def test_a_missing_scope_is_named_and_costs_no_file(office: Office, step: str, status: int) -> None:
    """Before anything was ever filed, too: with the scope added the same file goes through."""
    answer = {"Success": False, "message": f"{SCOPE}{step}.write"}
    office.crm.faults = {step: [httpx.Response(status, json=answer)]}
    with pytest.raises(ConfigError, match=rf"lacks the scope {step}\.write"):
        office.deliver()
    assert office.deliver().status == "delivered"
    assert office.sent() == office.counted() == (1, 1)
    assert office.crm.kinds().count("activity") == 1


def test_a_dry_run_sends_nothing_and_knows_duplicates(office: Office) -> None:
    """Nothing reaches the CRM; the second file with the same bytes is a duplicate all the same."""
    assert office.deliver(dry_run=True).status == "delivered"
    assert office.deliver("twin", dry_run=True).status == "duplicate"
    assert not office.crm.requests
    assert office.counted() == (0, 0)


def test_the_users_set_get_the_task(office: Office) -> None:
    """They come before the officer; with both off, nobody is named."""
    office.settings.task_user_ids = [8, 9]
    office.deliver()
    assert office.crm.tasks[0]["UserID"] == [8, 9]
    office.settings.task_user_ids, office.settings.task_to_officer = [], False
    office.deliver(case=Case(42, officer_id=7))
    assert office.crm.tasks[1]["UserID"] == []


def test_the_officer_is_asked_for_until_the_crm_has_shown_that_it_does_not_tell(office: Office) -> None:
    """A match without an officer: CaseInfo is asked, for three cases in a row at most in a run."""
    office.crm.cases = {41: {"SetOfficerID": 7}, **{n: {"LastName": "X"} for n in (42, 43, 44)}}
    office.crm.cases[45] = {"SetOfficerID": 7}
    for case_id in (41, 42, 43, 44, 45):
        office.deliver(case=Case(case_id))
    assert [task["UserID"] for task in office.crm.tasks] == [[7], [], [], [], []]
    assert office.crm.kinds().count("case") == 4
    office.officers = Officers()
    office.deliver(case=Case(45), sha256="ef" * 32)
    assert office.crm.tasks[-1]["UserID"] == [7]


def test_new_clients_without_an_officer_say_nothing_of_the_tenant(office: Office) -> None:
    """The property is there and empty, or there is no such case: the next one is asked for all the same."""
    office.crm.cases = {n: {"SetOfficerID": None} for n in (41, 42)}
    office.crm.cases |= {43: {"SetOfficer": ""}, 45: {"SetOfficerID": 0}, 46: {"SetOfficerID": 7}}
    for case_id in range(41, 47):
        office.deliver(case=Case(case_id))
    assert [task["UserID"] for task in office.crm.tasks] == [[], [], [], [], [], [7]]


def test_nothing_is_asked_between_intent_and_call(office: Office) -> None:
    """A kill while the officer is asked for leaves no doubt about the task."""
    office.crm.cases = {41: {"SetOfficerID": 7}}
    office.crm.faults = {"case": [Killed()]}
    with pytest.raises(Killed):
        office.deliver(case=Case(41))
    assert office.ledger.delivery(office.marker()).task == "none"
    assert office.deliver(case=Case(41)).status == "delivered"
    assert office.sent() == office.counted() == (1, 1)


def test_a_duplicate_is_recognised_after_a_change_of_keys_and_a_purge(
    office: Office, settings: Settings
) -> None:
    """Markers in the CRM stay valid: the same document in another file is not sent again."""
    assert office.deliver().status == "delivered"
    office.ledger.finish("file", HOLDER)
    rotate(settings)
    assert office.ledger.purge(datetime.now(UTC) + timedelta(days=1)).deliveries == 1
    with open_ledger(settings) as later:
        again = Office(later, settings, office.pdf, office.crm).deliver("twin")
    assert (again.status, again.target) == ("duplicate", "matched")
    assert office.sent() == (1, 1)
