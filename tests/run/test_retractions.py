"""A document in a wrong case is taken back: an activity and an urgent task there, each once."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mailroom.crm.base import NotOffered, Refused, RightMissing
from mailroom.drive.move import CurrentFile
from mailroom.errors import FileFault, MailroomError, Transient, Unclear
from mailroom.ledger import DeliveryRow
from mailroom.ledger.decisions import Action, PersonDecision
from mailroom.run.differences import Code
from tests.crm.in_memory import lose_answer, refuse
from tests.run.office import Killed, Office
from tests.run.test_person_decisions import RIGHT, carry_out, cases_of, decide, row


@pytest.fixture
def misfiled(office: Office) -> Office:
    """File one is in a case of another client."""
    office.crm.cases |= {RIGHT.case_id: RIGHT}
    office.run("one")
    assert row(office).outcome == "matched"
    return office


def retract_later(office: Office) -> None:
    """The next run carries the decision out, when what was sent would show."""
    office.ledger.free_dead_claims(lambda _holder: False)
    office.now += timedelta(minutes=6)
    assert office.ledger.pick_up("later", None) == 1
    office.pipeline.process("one")


def kill(*_args: Any, **_more: Any) -> None:
    """The process ends here."""
    raise Killed


def list_writes(office: Office) -> tuple[int, int]:
    """How many activities, and how many tasks about the wrong document, the CRM has."""
    return len(office.crm.added), sum("Remove" in one.subject for one in office.crm.tasks)


def test_a_document_is_taken_back_from_a_wrong_case(misfiled: Office) -> None:
    """An activity and an urgent task there say which document to remove; the file is a person's, who names
    the right case.
    """
    [wrong] = cases_of(misfiled)[0]
    ended = carry_out(misfiled, Action.RETRACT)
    assert (ended.outcome, ended.reason, misfiled.drive.parents["one"]) == (
        "review",
        "retracted",
        "to-review",
    )
    asked = misfiled.crm.tasks[-1]
    assert (asked.case_id, asked.priority) == (wrong, 3)
    assert "Remove document 901 " in asked.subject
    [noted] = misfiled.crm.added
    assert (noted.case_id, "document 901 " in noted.subject) == (wrong, True)
    ended = carry_out(misfiled, Action.FILE, RIGHT)
    assert (ended.outcome, ended.reason) == ("matched", "filed_by_person")
    assert cases_of(misfiled) == ([wrong, RIGHT.case_id], [wrong, wrong, RIGHT.case_id])


def test_a_duplicate_of_a_retracted_document_goes_to_a_person(misfiled: Office) -> None:
    """It would be matched to the wrong case again."""
    carry_out(misfiled, Action.RETRACT)
    misfiled.drive.files["two"] = misfiled.drive.files["one"]
    misfiled.run("two")
    assert row(misfiled, "two").destination == "review"
    assert len(misfiled.crm.documents) == 1


def test_a_retraction_that_waits_is_not_replaced(misfiled: Office) -> None:
    """The CRM was down: filed elsewhere before the retraction, the document would be in two cases."""
    misfiled.crm.faults = {"case": [refuse(Transient("logiqs_unreachable"))]}
    assert carry_out(misfiled, Action.RETRACT).state == "pending"
    with pytest.raises(FileFault, match="retraction_waits"):
        decide(misfiled, Action.FILE, RIGHT)
    assert carry_out(misfiled, Action.RETRACT).reason == "retracted"
    assert carry_out(misfiled, Action.FILE, RIGHT).reason == "filed_by_person"


@pytest.mark.parametrize("step", ["activity", "task"])
@pytest.mark.parametrize("fault", [refuse(Killed()), lose_answer(Killed())], ids=["before", "after"])
def test_a_kill_sends_neither_twice_and_loses_none(misfiled: Office, step: str, fault: Any) -> None:
    """Before a write or after it, also of the first retraction of a tenant."""
    misfiled.crm.faults = {step: [fault]}
    decide(misfiled, Action.RETRACT)
    with pytest.raises(Killed):
        misfiled.pipeline.process("one")
    retract_later(misfiled)
    assert row(misfiled).reason == "retracted"
    assert list_writes(misfiled) == (1, 1)


def test_a_retraction_that_cannot_begin_is_held_by_nobody(
    misfiled: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger's server is away; the next try, by whichever process, must not wait."""

    def be_away() -> bool:
        raise Transient("ledger_unreachable")

    decide(misfiled, Action.RETRACT)
    with monkeypatch.context() as patch:
        patch.setattr(misfiled.ledger, "has_gap", be_away)
        assert misfiled.pipeline.process("one") == "pending"
    with misfiled.ledger._reading() as session:
        assert session.scalars(select(DeliveryRow).where(DeliveryRow.holder.is_not(None))).all() == []


@pytest.mark.parametrize("step", ["activity", "task"])
def test_an_answer_that_is_lost_is_looked_for(misfiled: Office, step: str) -> None:
    """As that of every write; nothing is sent a second time."""
    misfiled.crm.faults = {step: [lose_answer(Unclear(f"{step}_answer_lost"))]}
    carry_out(misfiled, Action.RETRACT)
    if row(misfiled).state != "done":
        retract_later(misfiled)
    assert row(misfiled).reason == "retracted"
    assert list_writes(misfiled) == (1, 1)


def test_a_kill_before_the_decision_is_stored_does_not_forget_the_case(
    misfiled: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both writes are in the CRM; the next run knows that they are."""
    decide(misfiled, Action.RETRACT)
    with monkeypatch.context() as patch:
        patch.setattr(type(misfiled.ledger), "record_decision", kill)
        with pytest.raises(Killed):
            misfiled.pipeline.process("one")
    retract_later(misfiled)
    assert (row(misfiled).reason, list_writes(misfiled)) == ("retracted", (1, 1))


@pytest.mark.parametrize(
    "fault",
    [
        NotOffered("no_activity_route"),
        RightMissing("logiqs_scope_missing", what="w", fix="f"),
        Refused("crm_refused_activity"),
    ],
    ids=repr,
)
def test_a_crm_that_takes_no_activities_gets_the_task_alone(
    misfiled: Office, fault: MailroomError, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, and the run goes on."""
    misfiled.crm.faults = {"activity": [refuse(fault)]}
    with caplog.at_level(logging.WARNING, "mailroom.delivery"):
        assert carry_out(misfiled, Action.RETRACT).reason == "retracted"
    assert list_writes(misfiled) == (0, 1)
    assert [record.message for record in caplog.records if fault.code in record.message] == [
        f"Logiqs takes no activity ({fault.code}), so the wrong case gets the urgent task alone."
    ]


def test_a_retraction_that_logiqs_does_not_confirm_goes_to_a_person(misfiled: Office) -> None:
    """The case shows nothing, so nobody knows; the words say what to look for."""
    misfiled.crm.activities.clear()
    misfiled.crm.shows_activities = False
    misfiled.crm.faults = {"task": [lose_answer(Unclear("task_answer_lost"))]}
    carry_out(misfiled, Action.RETRACT)
    if row(misfiled).state != "done":
        retract_later(misfiled)
    assert (row(misfiled).outcome, row(misfiled).reason) == ("review", "retraction_unclear")
    assert list_writes(misfiled) == (1, 1)
    # A person has looked; the document may go to the right case.
    assert carry_out(misfiled, Action.FILE, RIGHT).reason == "filed_by_person"


def test_a_task_that_is_refused_is_a_persons(misfiled: Office) -> None:
    """The retraction is not forgotten."""
    misfiled.crm.faults = {"task": [refuse(Refused("crm_refused_task"))]}
    assert carry_out(misfiled, Action.RETRACT).reason == "retraction_unclear"


def test_a_reconciliation_leaves_a_retraction_to_the_next_run(misfiled: Office) -> None:
    """Ended there, its task would never be sent."""
    misfiled.crm.faults = {"task": [refuse(Killed())]}
    decide(misfiled, Action.RETRACT)
    with pytest.raises(Killed):
        misfiled.pipeline.process("one")
    misfiled.ledger.free_dead_claims(lambda _holder: False)
    assert Code.UNFINISHED_DELIVERY not in [code for code, *_ in misfiled.find()]
    retract_later(misfiled)
    assert (row(misfiled).reason, list_writes(misfiled)) == ("retracted", (1, 1))


def test_a_file_is_taken_back_from_its_own_case(misfiled: Office) -> None:
    """A person filed a copy of it in another case later; the copy stays there."""
    [wrong] = cases_of(misfiled)[0]
    known, misfiled.crm.cases = misfiled.crm.cases, {}
    misfiled.drive.files["two"] = misfiled.drive.files["one"]
    misfiled.now += timedelta(minutes=1)
    misfiled.run("two")
    misfiled.crm.cases = known
    decision = PersonDecision(Action.FILE, "manager", RIGHT.case_id)
    misfiled.ledger.record_person_decision("two", decision, misfiled.drive.get_state("two"))
    misfiled.pipeline.process("two")
    assert cases_of(misfiled)[0] == [wrong, RIGHT.case_id]
    assert carry_out(misfiled, Action.RETRACT).reason == "retracted"
    assert [one.case_id for one in misfiled.crm.added] == [wrong]


def test_a_file_that_a_person_moved_is_taken_back_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in its case, so it is filed in no other one before."""
    office.crm.cases |= {RIGHT.case_id: RIGHT}
    move = office.drive.move

    def move_too_late(file_id: str, source_id: str, folder_id: str) -> CurrentFile:
        office.drive.parents[file_id] = "archive"
        return move(file_id, source_id, folder_id)

    with monkeypatch.context() as patch:
        patch.setattr(office.drive, "move", move_too_late)
        office.run("one")
    assert row(office).reason == "filed_not_moved"
    [wrong] = cases_of(office)[0]
    with pytest.raises(FileFault, match="already_filed"):
        decide(office, Action.FILE, RIGHT)
    assert carry_out(office, Action.RETRACT).reason == "retracted"
    assert [one.case_id for one in office.crm.added] == [wrong]


@pytest.mark.parametrize("action", [Action.FILE, Action.RETRY])
def test_a_document_that_was_taken_back_is_not_filed_in_that_case_again(
    misfiled: Office, action: Action
) -> None:
    """Somebody may be removing it there; the words ask for the right case."""
    [wrong] = cases_of(misfiled)[0]
    carry_out(misfiled, Action.RETRACT)
    case = misfiled.crm.cases[wrong] if action is Action.FILE else None
    ended = carry_out(misfiled, action, case)
    assert (ended.outcome, ended.reason) == ("review", "retracted")
    assert cases_of(misfiled)[0] == [wrong]


def test_a_document_whose_task_is_unclear_is_taken_back(office: Office) -> None:
    """It is in the case, whatever became of its task."""
    office.crm.shows_activities = False
    office.crm.faults = {"task": [lose_answer(Unclear("task_answer_lost"))]}
    for _ in range(4):
        office.run("one")
        office.now += timedelta(hours=2)
    assert row(office).reason == "task_unclear"
    [wrong] = cases_of(office)[0]
    assert carry_out(office, Action.RETRACT).reason == "retracted"
    assert [one.case_id for one in office.crm.added] == [wrong]
