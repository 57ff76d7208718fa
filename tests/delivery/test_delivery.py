"""Delivery: each document and each task is sent once, wherever the process was killed or an answer lost."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailroom.delivery import Delivered, Delivery
from mailroom.drive import ListedFile
from mailroom.errors import FileFault, Transient
from mailroom.ledger import Ledger, make_holder, open_ledger
from mailroom.ledger.keys_command import rotate
from mailroom.logiqs import Case
from mailroom.notices import NoticeFields
from mailroom.settings import Settings, load_settings
from tests.logiqs.fake_crm import FakeCrm, Killed

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIELDS = NoticeFields(
    notice_type="CP2000", tax_year=2023, response_due_date=date(2026, 12, 20), last_name="SMITH"
)
CASE = Case(41, "John", "Smith", officer_id=7)
HOLDER = make_holder("run")
DEAD = "elsewhere"


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
    """A delivery that can be made anew, as a later run does."""

    def __init__(self, ledger: Ledger, settings: Settings, pdf: Path, crm: FakeCrm) -> None:
        self.ledger, self.settings, self.pdf, self.crm = ledger, settings, pdf, crm

    def deliver(self, file_id: str = "file", *, case: Case = CASE, dry_run: bool = False) -> Delivered:
        """Deliver with a new `Delivery`."""
        delivery = Delivery(self.ledger, self.crm.client(), self.settings, dry_run=dry_run, clock=lambda: NOW)
        return delivery.deliver(file_id, HOLDER, self.pdf, "ab" * 32, FIELDS, case)

    def sent(self) -> tuple[int, int]:
        """How many documents and tasks the CRM holds."""
        return len(self.crm.documents), len(self.crm.tasks)


@pytest.fixture
def office(ledger: Ledger, settings: Settings, pdf: Path) -> Office:
    """Everything together, with an empty CRM."""
    return Office(ledger, settings, pdf, FakeCrm(cases={41: {"CaseID": 41}}))


def known_tenant(office: Office) -> None:
    """A confirmed delivery of an earlier file, by which the tenant's activities can be judged."""
    marker = office.ledger.marker("cd" * 32, 41)
    office.ledger.begin_delivery(marker, "earlier", HOLDER, 41)
    for step, sign in (("document", "D"), ("task", "T")):
        office.ledger.confirm(marker, step, 1)  # type: ignore[arg-type]
        office.crm.activities.append({"CaseID": 41, "Subject": "", "Comment": f"{marker}-{sign}"})
    office.ledger.end_delivery(marker, "matched")


def test_a_document_and_its_task_are_sent_once(office: Office) -> None:
    """Two calls; the ids are told; the marker stands in both texts; the officer gets the task."""
    delivered = office.deliver()
    assert delivered == Delivered("delivered", uploaded=True, task_created=True, document_id=901, task_id=701)
    assert office.crm.kinds() == ["document", "task"]
    marker = office.ledger.marker("ab" * 32, 41)
    assert marker in office.crm.documents[0]["Comment"]
    assert marker in office.crm.tasks[0]["Comments"]
    assert office.crm.tasks[0]["UserID"] == [7]


def test_the_same_bytes_for_the_same_case_are_a_duplicate(office: Office) -> None:
    """Another file with these bytes goes where the first one went; nothing is sent."""
    office.deliver()
    twin = office.deliver("twin")
    assert (twin.status, twin.target, twin.uploaded, twin.task_created) == (
        "duplicate",
        "matched",
        False,
        False,
    )
    assert office.sent() == (1, 1)


def test_a_file_that_was_put_back_is_matched_again_and_not_sent(office: Office) -> None:
    """The same Drive file once more is no duplicate of itself."""
    office.deliver()
    again = office.deliver()
    assert (again.status, again.uploaded, again.task_created) == ("delivered", False, False)
    assert office.sent() == (1, 1)


def test_a_twin_in_flight_is_waited_for(office: Office) -> None:
    """While one file's delivery is under way, the other one is put back."""
    marker = office.ledger.marker("ab" * 32, 41)
    office.ledger.begin_delivery(marker, "file", HOLDER, 41)
    with pytest.raises(Transient, match="twin_in_flight"):
        office.deliver("twin")
    assert office.sent() == (0, 0)


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
    again = office.deliver()
    if carried_out or known:
        assert again.status == "delivered"
        assert office.sent() == (1, 1)
    else:
        assert again.status == "unclear"
        assert office.sent() == ((0, 0) if step == "document" else (1, 0))
        assert office.deliver().status == "unclear"


STEPS = ["begin_delivery", "intend", "confirm", "end_delivery", "still_mine"]


@pytest.mark.parametrize("step", STEPS)
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
    assert office.deliver().status == "delivered"
    assert office.sent() == (1, 1)


LOST = [httpx.ReadTimeout("slow"), httpx.Response(500), httpx.Response(200, text="<html>")]


@pytest.mark.parametrize("lost", LOST, ids=repr)
@pytest.mark.parametrize("step", ["document", "task"])
def test_a_lost_answer_is_looked_up_at_once(office: Office, step: str, lost: Any) -> None:
    """Carried out: confirmed by the marker. Not carried out and the tenant tells: tried again later."""

    def lose(_request: httpx.Request) -> httpx.Response:
        if isinstance(lost, Exception):
            raise lost
        return lost  # type: ignore[no-any-return]

    office.crm.faults = {step: [lose]}
    assert office.deliver().status == "delivered"
    assert office.sent() == (1, 1)


@pytest.mark.parametrize("step", ["document", "task"])
def test_a_write_that_the_tenant_shows_not_carried_out_is_tried_again(office: Office, step: str) -> None:
    """The tenant's activities show such writes, and this one is not there."""
    known_tenant(office)
    office.crm.faults = {step: [httpx.Response(500)]}
    with pytest.raises(Transient, match="not_carried_out"):
        office.deliver()
    assert office.deliver().status == "delivered"
    assert office.sent() == (1, 1)


def test_a_tenant_that_shows_nothing_leaves_it_to_a_person(office: Office) -> None:
    """Its activities never show what was written: that is looked at once, and remembered."""
    known_tenant(office)
    office.crm.activities.clear()
    office.crm.faults = {"document": [httpx.Response(500)]}
    assert office.deliver() == Delivered("unclear")
    assert office.ledger.fact("activities_show_document") == "no"
    assert office.deliver("twin").target == "review"
    assert office.sent() == (0, 0)


def test_a_tenant_without_activities_leaves_it_to_a_person(office: Office) -> None:
    """No activities at all can tell nothing."""
    office.crm.faults = {"document": [httpx.Response(500)], "activity": [httpx.Response(404)]}
    assert office.deliver().status == "unclear"


def test_a_refusal_leaves_no_doubt_behind(office: Office) -> None:
    """A refused upload is this file's fault; when the refusal is gone, it goes through."""
    office.crm.faults = {"document": [httpx.Response(200, json={"Success": False})]}
    with pytest.raises(FileFault, match="crm_refused_document"):
        office.deliver()
    assert office.deliver().status == "delivered"
    assert office.sent() == (1, 1)


def test_a_dry_run_sends_nothing_and_knows_duplicates(office: Office) -> None:
    """Nothing reaches the CRM; the second file with the same bytes is a duplicate all the same."""
    assert office.deliver(dry_run=True).status == "delivered"
    assert office.deliver("twin", dry_run=True).status == "duplicate"
    assert not office.crm.requests


def test_the_users_set_get_the_task(office: Office) -> None:
    """They come before the officer; with both off, nobody is named."""
    office.settings.task_user_ids = [8, 9]
    office.deliver()
    assert office.crm.tasks[0]["UserID"] == [8, 9]
    office.settings.task_user_ids, office.settings.task_to_officer = [], False
    office.deliver(case=Case(42, officer_id=7))
    assert office.crm.tasks[1]["UserID"] == []


def test_the_officer_is_asked_for_until_the_crm_has_shown_that_it_does_not_tell(office: Office) -> None:
    """A match without an officer: CaseInfo is asked, for three cases in a row at most."""
    office.crm.cases = {41: {"SetOfficerID": 7}, 42: {}, 43: {}, 44: {}, 45: {"SetOfficerID": 7}}
    for case_id in (41, 42, 43, 44, 45):
        office.deliver(case=Case(case_id))
    assert [task["UserID"] for task in office.crm.tasks] == [[7], [], [], [], []]
    assert office.crm.kinds().count("case") == 4


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
