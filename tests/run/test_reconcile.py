"""Drive, the ledger and the CRM are compared: each planted difference is listed, repaired once, and gone.

The pipeline is that of the daily run; Drive and the CRM are in memory.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.delivery.activity_check import ActivityCheck
from mailroom.drive import DriveClient, ListedFile
from mailroom.drive.listing import Page
from mailroom.drive.move import CurrentFile
from mailroom.errors import FileFault, Transient, Unclear
from mailroom.ledger import DeliveryRow, FileDecision, FileState, Ledger, make_holder, open_ledger
from mailroom.privacy.scratch import Scratch
from mailroom.run.differences import Code, Difference, Place, Repair, group
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.reasons import DIFFERENCES, REPAIRS
from mailroom.run.reconcile import Reconciler, reconcile
from mailroom.sandbox.generator.day import make_synthetic_day
from tests.crm.in_memory import InMemoryCrm, lose_answer, refuse
from tests.crm.test_daily_pipeline import FOLDERS, RUN, TODAY, as_case, make_pipeline

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


class Killed(KeyboardInterrupt):
    """The process ended here: the error boundary, too, lets it pass."""


def md5_of(content: bytes) -> str:
    """The MD5 that Drive gives for these bytes."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@dataclass
class Drive:
    """Files by their id, with the folder that each of them is in; ``fails`` is raised by the next move."""

    files: dict[str, bytes]
    parents: dict[str, str]
    trashed: set[str] = field(default_factory=set)
    fails: list[BaseException] = field(default_factory=list)
    fails_when_moved: bool = False

    def download(self, file_id: str, size: int, md5: str | None, path: Path) -> str:
        """Write the file, and return its SHA-256."""
        content = self.files[file_id]
        assert (len(content), md5_of(content)) == (size, md5)
        path.write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def move(self, file_id: str, source_id: str, folder_id: str) -> CurrentFile:
        """Move the file, unless a person took it out of the folder."""
        if self.fails and not self.fails_when_moved:
            raise self.fails.pop()
        if self.parents[file_id] not in (source_id, folder_id):
            raise FileFault("moved_elsewhere", file=file_id)
        self.parents[file_id] = folder_id
        if self.fails:
            raise self.fails.pop()
        return self.get_state(file_id)

    def get_state(self, file_id: str) -> CurrentFile:
        """What Drive says of the file now."""
        if file_id not in self.files:
            raise FileFault("vanished", file=file_id)
        content = self.files[file_id]
        return CurrentFile(
            size=len(content),
            md5=md5_of(content),
            is_trashed=file_id in self.trashed,
            parents=(self.parents[file_id],),
        )

    def list_files(self, folder_id: str, *, page_token: str | None = None) -> Page:
        """One file a page."""
        inside = sorted(one for one, parent in self.parents.items() if parent == folder_id)
        at = int(page_token or 0)
        files = [
            ListedFile(one, folder_id, len(self.files[one]), md5_of(self.files[one]), NOW - timedelta(days=1))
            for one in inside[at : at + 1]
        ]
        return Page(files, [], str(at + 1) if at + 1 < len(inside) else None)


@dataclass
class Office:
    """Two matching notices in the inbox, and what works on them."""

    drive: Drive
    crm: InMemoryCrm
    ledger: Ledger
    pipeline: FilePipeline
    reconciler: Reconciler
    now: datetime = NOW

    def run(self, *file_ids: str) -> None:
        """A run processes these files, and may be killed; what it had claimed is free again."""
        self.list_inbox()
        for file_id in file_ids:
            try:
                self.pipeline.process(file_id)
            except Killed:
                self.ledger.free_dead_claims(lambda _holder: False)

    def list_inbox(self) -> None:
        """As a scan does."""
        token: str | None = None
        while True:
            page = self.drive.list_files("inbox", page_token=token)
            self.ledger.record_page(RUN, "inbox", page.files, page.next_token)
            token = page.next_token
            if token is None:
                break

    def reconcile(self, *, repair: bool = False) -> tuple[list[str], int]:
        """The lines of single differences, and how many differences are left."""
        told: list[str] = []
        done = reconcile(self.reconciler, told.append, repair=repair)
        lines = [line.strip() for line in told if line.startswith("    ")]
        assert sum(done.found.values()) == len(lines)
        assert str(len(lines)) in done.describe() or not lines
        return lines, done.left

    def find(self) -> list[tuple[Code, Repair, str, Place]]:
        """Each difference: its code, its repair, the file, and where that is."""
        found = self.reconciler.find_differences()
        return [(one.code, one.repair, one.file_id, one.place) for one in found]

    def snapshot(self) -> Any:
        """Everything that a comparison must leave as it is."""
        files = {
            name: (row.state, row.outcome, row.parent_id, row.updated)
            for name, row in self.ledger.find_files(list(self.drive.files)).items()
        }
        open_ones = [(one.marker, one.document, one.task) for one in self.ledger.list_unfinished_deliveries()]
        return dict(self.drive.parents), files, open_ones, len(self.crm.documents), len(self.crm.tasks)

    def repair_everything(self) -> None:
        """A comparison changes nothing; the repair leaves no difference, and a second one has none to do."""
        before = self.snapshot()
        listed, left = self.reconcile()
        assert left == len(listed) > 0
        assert self.snapshot() == before
        repaired, left = self.reconcile(repair=True)
        assert repaired == [f"{line}  done" for line in listed]
        assert left == 0
        assert self.reconcile(repair=True) == ([], 0)


@pytest.fixture(scope="module")
def mail() -> Any:
    """A synthetic day, made once."""
    return make_synthetic_day(6, seed=7, today=TODAY)


@pytest.fixture
def office(tmp_path: Path, mail: Any) -> Iterator[Office]:
    """An inbox with two notices of clients."""
    pdfs = [notice.pdf for notice in mail.notices if mail.expected[notice.path] == "matched"][:2]
    drive = Drive(dict(zip(("one", "two"), pdfs, strict=True)), dict.fromkeys(("one", "two"), "inbox"))
    crm = InMemoryCrm(cases={case.case_id: as_case(case) for case in mail.cases})
    settings = load_settings(state_dir=tmp_path / "state")
    with open_ledger(settings) as ledger, Scratch(tmp_path) as scratch:
        pipeline = make_pipeline(settings, ledger, drive, crm, scratch)
        check = ActivityCheck(ledger, crm)
        reconciler = Reconciler("next", ledger, cast("DriveClient", drive), check, FOLDERS, pipeline)
        made = Office(drive, crm, ledger, pipeline, reconciler)
        ledger._clock = lambda: made.now
        ledger.add_folders(RUN, ["inbox"])
        yield made


def check_both_are_filed(office: Office) -> None:
    """Each document is in its case once, with one task, and its file in the folder."""
    assert (len(office.crm.documents), len(office.crm.tasks)) == (2, 2)
    assert len({one.content for one in office.crm.documents}) == 2
    assert set(office.drive.parents.values()) == {"to-matched"}
    assert {row.state for row in office.ledger.find_files(["one", "two"]).values()} == {FileState.DONE}


def test_differences_are_grouped_by_what_repairs_them(office: Office) -> None:
    """A head with the number and the words of each kind, then every id."""
    office.list_inbox()
    office.drive.files |= dict.fromkeys(("new", "old"), b"%PDF made up")
    office.drive.parents |= {"new": "to-review", "two": "to-matched", "old": "to-review"}
    told: list[str] = []
    reconcile(office.reconciler, told.append, repair=False)
    assert told == [
        f"3 × unknown_file: {DIFFERENCES['unknown_file']}",
        f"  Repair: {REPAIRS['record']}",
        "    two  matched",
        "    new  review",
        "    old  review",
    ]
    kinds = [
        Difference(code, repair, "f", Place.INBOX)
        for code, repair in [
            (Code.UNCERTAIN_WRITE, Repair.WAIT),
            (Code.UNMOVED_FILE, Repair.MOVE),
            (Code.UNCERTAIN_WRITE, Repair.FINISH),
            (Code.UNCERTAIN_WRITE, Repair.WAIT),
        ]
    ]
    assert [len(one.differences) for one in group(kinds)] == [2, 1, 1]


def test_where_nothing_differs_nothing_is_said(office: Office) -> None:
    """Neither before the first run, nor after a day that went well."""
    assert office.reconcile() == ([], 0)
    office.run("one", "two")
    assert office.reconcile(repair=True) == ([], 0)
    check_both_are_filed(office)


def test_files_in_outcome_folders_that_the_ledger_does_not_know_are_recorded(office: Office) -> None:
    """Also one that it believes in the inbox. They are processed when a person puts them into the inbox."""
    office.list_inbox()
    office.drive.files["new"] = b"%PDF made up"
    office.drive.parents |= {"new": "to-review", "two": "to-matched"}
    assert office.find() == [
        (Code.UNKNOWN_FILE, Repair.RECORD, "two", Place.MATCHED),
        (Code.UNKNOWN_FILE, Repair.RECORD, "new", Place.REVIEW),
    ]
    office.repair_everything()
    rows = office.ledger.find_files(["new", "two"])
    assert {name: (row.state, row.outcome) for name, row in rows.items()} == {
        "new": ("done", "review"),
        "two": ("done", "matched"),
    }
    assert office.crm.documents == []
    office.drive.parents["two"] = "inbox"
    office.run("one", "two")
    del office.drive.parents["new"]
    check_both_are_filed(office)


@pytest.mark.parametrize("is_moved", [False, True])
def test_a_file_that_was_decided_and_not_moved_is_moved(office: Office, is_moved: bool) -> None:
    """Its run was killed before the move, or between the move and its record."""
    office.drive.fails, office.drive.fails_when_moved = [Killed()], is_moved
    office.run("one", "two")
    place = Place.MATCHED if is_moved else Place.INBOX
    assert office.find() == [(Code.UNMOVED_FILE, Repair.MOVE, "one", place)]
    office.repair_everything()
    check_both_are_filed(office)


def test_a_decided_file_that_a_person_took_away_is_recorded_so(office: Office) -> None:
    """It stays where the person put it."""
    office.drive.fails = [Killed()]
    office.run("one", "two")
    office.drive.parents["one"] = "a folder of a person"
    assert office.find() == [(Code.UNMOVED_FILE, Repair.MOVE, "one", Place.ELSEWHERE)]
    office.repair_everything()
    row = office.ledger.find_files(["one"])["one"]
    assert (row.state, row.reason) == ("failed", "filed_not_moved")
    assert office.drive.parents["one"] == "a folder of a person"


@pytest.mark.parametrize("fault", [Transient("crm_unreachable"), Killed()], ids=["temporary", "killed"])
def test_a_document_without_its_task_gets_it(office: Office, fault: BaseException) -> None:
    """The file is in the inbox, so that the pipeline finishes it: one document, one task."""
    office.run("two")
    office.crm.faults = {"task": [refuse(fault)]}
    office.run("one")
    office.now += timedelta(minutes=6)
    assert office.find() == [(Code.DOCUMENT_WITHOUT_TASK, Repair.FINISH, "one", Place.INBOX)]
    office.repair_everything()
    check_both_are_filed(office)


def test_a_write_whose_answer_was_lost_is_decided_when_its_time_is_over(office: Office) -> None:
    """Until then nothing is downloaded and nothing sent."""
    office.run("two")
    office.crm.faults = {"document": [refuse(Unclear("document_answer_lost"))]}
    office.run("one")
    assert office.find() == [(Code.UNCERTAIN_WRITE, Repair.WAIT, "one", Place.INBOX)]
    before = office.snapshot()
    _, left = office.reconcile(repair=True)
    assert left == 1
    assert office.snapshot() == before
    office.now += timedelta(minutes=6)
    assert office.find() == [(Code.UNFINISHED_DELIVERY, Repair.FINISH, "one", Place.INBOX)]
    office.repair_everything()
    check_both_are_filed(office)


def test_a_failed_file_with_an_unfinished_delivery_is_finished(office: Office) -> None:
    """As a scan does, the repair takes it up again."""
    office.run("two")
    office.crm.faults = {"task": [refuse(FileFault("crm_refused_task"))]}
    office.run("one")
    assert office.ledger.find_files(["one"])["one"].state == FileState.FAILED
    office.now += timedelta(minutes=6)
    office.repair_everything()
    check_both_are_filed(office)


def take_away(office: Office) -> None:
    """A person moves the file out of the inbox."""
    office.drive.parents["one"] = "a folder of a person"


def throw_away(office: Office) -> None:
    """A person moves the file to the trash."""
    office.drive.trashed.add("one")


def delete(office: Office) -> None:
    """A person deletes the file."""
    del office.drive.files["one"], office.drive.parents["one"]


@pytest.mark.parametrize("act", [take_away, throw_away, delete])
def test_a_delivery_whose_file_is_gone_is_handed_to_a_person(
    office: Office, act: Callable[[Office], None]
) -> None:
    """The line has its marker, by which a person finds the document; nothing is sent."""
    office.run("two")
    office.crm.faults = {"task": [refuse(Transient("crm_unreachable"))]}
    office.run("one")
    act(office)
    office.now += timedelta(minutes=6)
    (delivery,) = office.ledger.list_unfinished_deliveries()
    assert office.find() == [(Code.DOCUMENT_WITHOUT_TASK, Repair.HAND_OVER, "one", Place.ELSEWHERE)]
    office.repair_everything()
    assert office.ledger.get_delivery(delivery.marker).destination == "review"
    assert (len(office.crm.documents), len(office.crm.tasks)) == (2, 1)


def test_a_delivery_that_the_case_shows_as_complete_is_closed(office: Office) -> None:
    """The answer to its task was lost, and the file was moved by a person."""
    office.run("two")
    office.crm.faults = {"task": [lose_answer(Killed())]}
    office.run("one")
    office.drive.parents["one"] = "to-matched"
    office.now += timedelta(minutes=6)
    (delivery,) = office.ledger.list_unfinished_deliveries()
    assert office.find() == [
        (Code.UNFINISHED_DELIVERY, Repair.CLOSE, "one", Place.MATCHED),
        (Code.UNKNOWN_FILE, Repair.RECORD, "one", Place.MATCHED),
    ]
    office.repair_everything()
    check_both_are_filed(office)
    closed = office.ledger.get_delivery(delivery.marker)
    assert (closed.document, closed.task, closed.destination) == ("confirmed", "confirmed", "matched")


def test_a_file_in_matched_whose_task_is_missing_goes_back_and_is_finished(office: Office) -> None:
    """As after a ledger was restored, or when a person moved the file by hand."""
    office.run("two")
    office.crm.faults = {"task": [refuse(Transient("crm_unreachable"))]}
    office.run("one")
    office.drive.parents["one"] = "to-matched"
    office.now += timedelta(minutes=6)
    assert office.find() == [(Code.DOCUMENT_WITHOUT_TASK, Repair.PUT_BACK, "one", Place.MATCHED)]
    office.repair_everything()
    check_both_are_filed(office)


def test_a_delivery_that_a_person_was_told_of_ends(office: Office) -> None:
    """Its file is in REVIEW already, and stays there."""
    office.run("two")
    office.crm.shows_activities = False
    office.crm.faults = {"document": [refuse(Unclear("document_answer_lost"))]}
    office.run("one")
    office.drive.parents["one"] = "to-review"
    office.now += timedelta(minutes=6)
    office.crm.activities.clear()
    assert office.find()[0] == (Code.UNCERTAIN_WRITE, Repair.HAND_OVER, "one", Place.REVIEW)
    office.repair_everything()
    assert office.drive.parents["one"] == "to-review"


def test_a_file_that_goes_another_way_than_its_delivery_leaves_nothing_open(office: Office) -> None:
    """Its content was replaced by something that is not filed."""
    office.run("two")
    office.crm.faults = {"task": [refuse(Transient("crm_unreachable"))]}
    office.run("one")
    office.drive.files["one"] = b"%PDF-1.4 damaged"
    office.now += timedelta(minutes=6)
    office.repair_everything()
    assert office.drive.parents["one"] == "to-review"


def test_a_delivery_of_which_nothing_was_sent_is_no_difference(office: Office) -> None:
    """The next run begins it again."""
    office.run("two")
    office.crm.faults = {"document": [refuse(Transient("crm_unreachable"))]}
    office.run("one")
    assert office.reconcile() == ([], 0)


def test_a_file_that_is_done_is_not_put_back(office: Office) -> None:
    """It was filed with other bytes than those of the delivery, so only a person can end that."""
    office.run("one", "two")
    marker = office.ledger.make_marker("ab" * 32, 41)
    office.ledger.begin_delivery(marker, "unlisted", "gone", 41, "ab" * 32, 60)
    office.ledger.confirm(marker, "document", 1)
    with office.ledger._transaction() as session:
        session.get_one(DeliveryRow, marker).file_id = "one"
    office.now += timedelta(minutes=6)
    assert office.find() == [(Code.DOCUMENT_WITHOUT_TASK, Repair.HAND_OVER, "one", Place.MATCHED)]
    office.repair_everything()
    check_both_are_filed(office)


def test_a_restored_ledger_learns_from_the_case_what_was_sent_since(office: Office) -> None:
    """Its copy was made between the document and the task; nothing is sent again."""
    office.run("two")
    office.crm.faults = {"task": [refuse(Transient("crm_unreachable"))]}
    office.run("one")
    (delivery,) = office.ledger.list_unfinished_deliveries()
    case_id = office.ledger.get_case_id(delivery)
    assert case_id is not None
    office.crm.activities.append((case_id, f"Task created: {delivery.marker}-T"))
    office.drive.parents["one"] = "to-matched"
    office.ledger.note_gap()
    office.now += timedelta(minutes=6)
    assert office.find() == [
        (Code.UNFINISHED_DELIVERY, Repair.CLOSE, "one", Place.MATCHED),
        (Code.UNVERIFIED_FILE, Repair.RECORD, "one", Place.MATCHED),
    ]
    office.repair_everything()
    assert (len(office.crm.documents), len(office.crm.tasks)) == (2, 1)


def test_a_file_that_is_decided_and_has_an_open_delivery_is_moved_and_its_delivery_ends(
    office: Office,
) -> None:
    """As after a file in doubt was given to a person, and its run was killed before the move."""
    office.run("two")
    office.crm.faults = {"task": [refuse(Transient("crm_unreachable"))]}
    office.run("one")
    holder = make_holder("another")
    assert office.ledger.claim("one", holder, 600)
    office.ledger.record_decision("one", holder, FileDecision("review", "delivery_unclear", "review"))
    office.ledger.release("one", holder, "drive_unavailable")
    office.now += timedelta(minutes=6)
    assert office.find() == [
        (Code.DOCUMENT_WITHOUT_TASK, Repair.HAND_OVER, "one", Place.INBOX),
        (Code.UNMOVED_FILE, Repair.MOVE, "one", Place.INBOX),
    ]
    office.repair_everything()
    assert office.drive.parents["one"] == "to-review"
    assert len(office.crm.tasks) == 1


def test_a_file_in_another_folder_of_the_inbox_is_finished_there(office: Office) -> None:
    """A person sorts the inbox while a delivery is open."""
    office.run("two")
    office.crm.faults = {"task": [refuse(Transient("crm_unreachable"))]}
    office.run("one")
    office.ledger.add_folders(RUN, ["a subfolder"])
    office.drive.parents["one"] = "a subfolder"
    office.now += timedelta(minutes=6)
    assert office.find() == [(Code.DOCUMENT_WITHOUT_TASK, Repair.FINISH, "one", Place.INBOX)]
    office.repair_everything()
    check_both_are_filed(office)


def test_lines_have_ids_and_codes_and_nothing_of_a_client(office: Office, mail: Any) -> None:
    """Every code and every repair has words."""
    assert set(DIFFERENCES) == set(Code)
    assert set(REPAIRS) == set(Repair)
    office.crm.faults = {"task": [refuse(Transient("crm_unreachable"))]}
    office.run("one")
    told: list[str] = []
    reconcile(office.reconciler, told.append, repair=False)
    (delivery,) = office.ledger.list_unfinished_deliveries()
    assert told[0].startswith("1 × document_without_task: ")
    assert told[2] == f"    one  inbox  {delivery.marker}"
    everything = "\n".join(told).replace(delivery.marker, "")
    for case in mail.cases:
        assert str(case.case_id) not in everything
        assert case.home.taxpayer.last not in everything
