"""Drive, the ledger and the CRM are compared: each planted difference is listed, repaired once, and gone.

The pipeline is that of the daily run; Drive and the CRM are in memory.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mailroom.errors import FileFault, Transient, Unclear
from mailroom.ledger import DeliveryRow, FileDecision, FileState, make_holder
from mailroom.run.differences import Code, Difference, Place, Repair, group
from mailroom.run.reasons import DIFFERENCES, REPAIRS
from mailroom.run.reconcile import reconcile
from tests.crm.in_memory import lose_answer, refuse
from tests.crm.test_daily_pipeline import RUN
from tests.run.office import Killed, Office


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
