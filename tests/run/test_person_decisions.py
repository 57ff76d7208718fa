"""What a person decides about a file is carried out once, through the pipeline of a run."""

from datetime import timedelta
from typing import Any

import pytest

from mailroom.crm.base import Case
from mailroom.errors import FileFault, Transient
from mailroom.ledger import FileRow
from mailroom.ledger.decisions import Action, PersonDecision
from mailroom.notices import Reading
from mailroom.privacy.redaction.masking import MASK, redact
from tests.crm.in_memory import lose_answer, refuse
from tests.crm.test_daily_pipeline import Reader
from tests.run.office import Killed, Office

WRONG = Case(case_id=990_001, first_name="ADA", last_name="WRONG")
RIGHT = Case(
    case_id=990_002,
    first_name="BEA",
    last_name="RIGHT",
    ssn="736-00-1234",
    # As on file one: otherwise it is not filed there.
    spouse_ssn="XXX-XX-5555",
)

WRONG_NAME: dict[str, Any] = {
    "last_name": "WRONG",
    "name_line": "ADA WRONG",
    "taxpayer_names": ["ADA WRONG"],
    "spouse_last_name": None,
    "joint": False,
}


def row(office: Office, file_id: str = "one") -> FileRow:
    """The file as the ledger has it."""
    return office.ledger.find_files([file_id])[file_id]


def decide(office: Office, action: Action, case: Case | None = None, **fields: Any) -> None:
    """Store the decision."""
    decision = PersonDecision(action, "manager", case.case_id if case else None, fields)
    office.ledger.record_person_decision("one", decision, office.drive.get_state("one"))


def carry_out(office: Office, action: Action, case: Case | None = None, **fields: Any) -> FileRow:
    """Store the decision and let the pipeline carry it out; what became of the file."""
    decide(office, action, case, **fields)
    office.pipeline.process("one")
    return row(office)


@pytest.fixture
def unmatched(office: Office) -> Office:
    """The client of file one has no case yet, so it is in CP2000_UNMATCHED."""
    known = dict(office.crm.cases)
    office.crm.cases = {WRONG.case_id: WRONG, RIGHT.case_id: RIGHT}
    office.run("one")
    assert (row(office).outcome, office.drive.parents["one"]) == ("unmatched", "to-unmatched")
    office.crm.cases |= known
    return office


@pytest.fixture
def misfiled(office: Office) -> Office:
    """File one is in a case of another client."""
    office.crm.cases |= {RIGHT.case_id: RIGHT}
    office.run("one")
    assert row(office).outcome == "matched"
    return office


def cases_of(office: Office) -> tuple[list[int], list[int]]:
    """The cases that have documents and tasks."""
    return [one.case_id for one in office.crm.documents], [one.case_id for one in office.crm.tasks]


def test_a_file_goes_to_the_case_that_a_person_named(unmatched: Office) -> None:
    """With its task; the history has who decided, and what the mail room had decided before."""
    ended = carry_out(unmatched, Action.FILE, RIGHT)
    assert (ended.state, ended.outcome, ended.reason) == ("done", "matched", "filed_by_person")
    assert cases_of(unmatched) == ([RIGHT.case_id], [RIGHT.case_id])
    assert unmatched.drive.parents["one"] == "to-matched"
    [past] = unmatched.ledger.list_past_decisions("one")
    assert (past.action, past.decided_by, past.outcome_before, past.reason_before) == (
        "file",
        "manager",
        "unmatched",
        "no_case",
    )


def test_a_case_that_does_not_exist(unmatched: Office) -> None:
    """Nothing is sent; the item says so."""
    ended = carry_out(unmatched, Action.FILE, Case(case_id=5))
    assert (ended.outcome, ended.reason, cases_of(unmatched)) == ("review", "no_such_case", ([], []))
    assert unmatched.drive.parents["one"] == "to-review"


def test_a_case_of_another_client(unmatched: Office) -> None:
    """One digit of its number was wrong: nothing is sent, and the file waits, until a person insists."""
    ended = carry_out(unmatched, Action.FILE, WRONG)
    assert (ended.outcome, ended.reason, cases_of(unmatched)) == ("review", "other_client", ([], []))
    assert unmatched.drive.parents["one"] == "to-review"
    assert [item.reason for item in unmatched.ledger.list_open_items()] == ["other_client"]
    ended = carry_out(unmatched, Action.FILE_ANYWAY, WRONG)
    assert (ended.outcome, ended.reason) == ("matched", "filed_by_person")
    assert cases_of(unmatched) == ([WRONG.case_id], [WRONG.case_id])
    assert [one.action for one in unmatched.ledger.list_past_decisions("one")] == ["file", "file_anyway"]


def test_what_a_person_corrected_is_compared_with_the_case(unmatched: Office) -> None:
    """The surname was misread; or it is the case's, and was corrected to another client's."""
    ended = carry_out(unmatched, Action.FILE, RIGHT, **WRONG_NAME, ssn=None, ssn_last4="9999")
    assert (ended.reason, cases_of(unmatched)) == ("other_client", ([], []))
    assert carry_out(unmatched, Action.FILE, WRONG, **WRONG_NAME).reason == "filed_by_person"


def test_what_cannot_be_read_is_filed_where_a_person_says(
    unmatched: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PDF with a password: only the person has seen what it says."""
    monkeypatch.setattr(Reader, "read", lambda _self, _path: Reading("rejected", error="encrypted"))
    assert carry_out(unmatched, Action.FILE, WRONG).reason == "filed_by_person"


def test_a_file_is_read_again(unmatched: Office) -> None:
    """Its case is there now. Without it the file stays where it is."""
    client, unmatched.crm.cases = unmatched.crm.cases, {}
    again = carry_out(unmatched, Action.RETRY)
    assert (again.outcome, again.reason, unmatched.drive.parents["one"]) == (
        "unmatched",
        "no_case",
        "to-unmatched",
    )
    unmatched.crm.cases = client
    ended = carry_out(unmatched, Action.RETRY)
    assert (ended.outcome, ended.reason) == ("matched", "matched")


def test_a_corrected_field_is_searched_for(unmatched: Office) -> None:
    """The person read the name right; the rest is as the mail room read it."""
    ended = carry_out(
        unmatched,
        Action.RETRY,
        last_name=RIGHT.last_name,
        spouse_last_name=None,
        joint=False,
        name_line=f"{RIGHT.first_name} {RIGHT.last_name}",
        taxpayer_names=[f"{RIGHT.first_name} {RIGHT.last_name}"],
        ssn=RIGHT.ssn,
        ssn_last4=(RIGHT.ssn or "")[-4:],
    )
    assert (ended.outcome, ended.reason) == ("matched", "matched")
    assert cases_of(unmatched)[0] == [RIGHT.case_id]


def test_what_a_person_corrected_is_masked_in_logs(unmatched: Office) -> None:
    """It was not read, so it is registered when it is taken."""
    carry_out(unmatched, Action.RETRY, last_name="QUILLFEATHER")
    assert redact("of Quillfeather") == f"of {MASK}"


def test_the_same_bytes_in_another_case_do_not_keep_a_person_from_filing(misfiled: Office) -> None:
    """A second copy of the file is for another client's case too."""
    misfiled.drive.files["two"] = misfiled.drive.files["one"]
    misfiled.drive.parents["two"] = "to-review"
    misfiled.crm.cases = {RIGHT.case_id: RIGHT}
    misfiled.list_inbox()
    misfiled.drive.parents["two"] = "inbox"
    misfiled.run("two")
    assert row(misfiled, "two").outcome == "unmatched"
    decision = PersonDecision(Action.FILE, "manager", RIGHT.case_id)
    misfiled.ledger.record_person_decision("two", decision, misfiled.drive.get_state("two"))
    misfiled.pipeline.process("two")
    assert row(misfiled, "two").reason == "filed_by_person"


@pytest.mark.parametrize(
    ("action", "case"), [(Action.FILE, RIGHT), (Action.FILE_ANYWAY, WRONG)], ids=["file", "anyway"]
)
@pytest.mark.parametrize("step", ["document", "task"])
@pytest.mark.parametrize("fault", [refuse(Killed()), lose_answer(Killed())], ids=["before", "after"])
def test_a_kill_in_between_files_nothing_twice(
    unmatched: Office, step: str, fault: Any, action: Action, case: Case
) -> None:
    """The decision is stored: the next run picks the file up, wherever it is, and carries it out."""
    # Its document and task show that this tenant's activities are complete.
    unmatched.run("two")
    unmatched.crm.faults = {step: [fault]}
    decide(unmatched, action, case)
    with pytest.raises(Killed):
        unmatched.pipeline.process("one")
    unmatched.ledger.free_dead_claims(lambda _holder: False)
    unmatched.now += timedelta(minutes=6)
    assert unmatched.ledger.pick_up("later", None) == 1
    unmatched.pipeline.process("one")
    assert row(unmatched).reason == "filed_by_person"
    assert [cases.count(case.case_id) for cases in cases_of(unmatched)] == [1, 1]


def test_a_crm_that_is_down_leaves_the_decision_for_the_next_run(unmatched: Office) -> None:
    """Nothing is lost of it."""
    unmatched.crm.faults = {"case": [refuse(Transient("logiqs_unreachable"))]}
    assert carry_out(unmatched, Action.FILE, RIGHT).state == "pending"
    unmatched.pipeline.process("one")
    assert row(unmatched).reason == "filed_by_person"


def test_a_decision_may_be_repeated_and_replaced_until_it_is_carried_out(unmatched: Office) -> None:
    """The same one is stored once; the last one counts."""
    decide(unmatched, Action.FILE, WRONG)
    decide(unmatched, Action.FILE, WRONG)
    decide(unmatched, Action.FILE, RIGHT)
    unmatched.pipeline.process("one")
    assert cases_of(unmatched)[0] == [RIGHT.case_id]
    assert [one.action for one in unmatched.ledger.list_past_decisions("one")] == ["file", "file"]


@pytest.mark.parametrize(
    ("action", "code"), [(Action.FILE, "already_filed"), (Action.RETRY, "already_filed")]
)
def test_a_filed_document_is_taken_back_first(misfiled: Office, action: Action, code: str) -> None:
    """Otherwise it would be in two cases."""
    with pytest.raises(FileFault, match=code):
        decide(misfiled, action, RIGHT)
    assert row(misfiled).outcome == "matched"


def test_what_cannot_be_decided_is_refused(unmatched: Office) -> None:
    """A file that is not filed cannot be taken back, one that nobody knows not be filed; nor one that has
    changed since the person looked.
    """
    with pytest.raises(FileFault, match="not_filed"):
        decide(unmatched, Action.RETRACT)
    decision, current = PersonDecision(Action.RETRY, "manager"), unmatched.drive.get_state("one")
    with pytest.raises(FileFault, match="not_known"):
        unmatched.ledger.record_person_decision("stranger", decision, current)
    seen = row(unmatched).updated
    unmatched.now += timedelta(seconds=1)
    carry_out(unmatched, Action.FILE, Case(case_id=5))
    with pytest.raises(FileFault, match="changed_since"):
        unmatched.ledger.record_person_decision("one", decision, current, seen=seen)
    unmatched.list_inbox()
    unmatched.ledger.claim("two", "somebody", 60)
    with pytest.raises(FileFault, match="in_progress"):
        unmatched.ledger.record_person_decision("two", decision, current)


def forbid_moves(office: Office) -> None:
    """Drive does not let the account move any file, at any try."""

    def refuse_move(file_id: str, *_: str) -> None:
        raise FileFault("move_forbidden", file=file_id)

    vars(office.drive)["move"] = refuse_move


def test_a_file_that_cannot_be_moved_can_be_decided_about(office: Office) -> None:
    """It is filed, once, and stays an item until a person has moved it."""
    office.crm.cases = {RIGHT.case_id: RIGHT}
    forbid_moves(office)
    office.run("one")
    [item] = office.ledger.list_open_items()
    assert (item.reason, item.decided) == ("move_forbidden", ("unmatched", "no_case"))
    ended = carry_out(office, Action.FILE, RIGHT)
    assert (ended.state, ended.reason, ended.fault) == ("settled", "filed_by_person", "move_forbidden")
    assert cases_of(office) == ([RIGHT.case_id], [RIGHT.case_id])
    [item] = office.ledger.list_open_items()
    assert item.decided == ("matched", "filed_by_person")
    with pytest.raises(FileFault, match="already_filed"):
        decide(office, Action.FILE, RIGHT)
    assert carry_out(office, Action.RETRACT).reason == "retracted"


def test_a_file_that_cannot_be_moved_is_closed_by_a_person(office: Office) -> None:
    """It is not ours: nobody is asked again."""
    office.crm.cases = {}
    forbid_moves(office)
    office.run("one")
    office.ledger.note_person_decision("one", PersonDecision(Action.NOT_OURS, "manager"))
    assert office.ledger.list_open_items() == []


def test_a_file_that_another_person_closed_is_not_filed_from_an_older_list(unmatched: Office) -> None:
    """That it waits longer changes nothing of it."""
    seen, current = row(unmatched).updated, unmatched.drive.get_state("one")
    unmatched.now += timedelta(seconds=1)
    for action in (Action.LATER, Action.NOT_OURS):
        unmatched.ledger.note_person_decision("one", PersonDecision(action, "kim"), seen=seen)
    decision = PersonDecision(Action.FILE, "manager", RIGHT.case_id)
    with pytest.raises(FileFault, match="changed_since"):
        unmatched.ledger.record_person_decision("one", decision, current, seen=seen)


def test_new_content_voids_a_decision(unmatched: Office) -> None:
    """It was about other bytes."""
    decide(unmatched, Action.FILE, RIGHT)
    unmatched.drive.files["one"] = unmatched.drive.files["two"]
    state = unmatched.drive.get_state("one")
    unmatched.ledger.claim("one", unmatched.pipeline.holder, 60)
    unmatched.ledger.read_again("one", unmatched.pipeline.holder, state.size, state.md5, None, unmatched.now)
    unmatched.pipeline.process("one")
    assert row(unmatched).reason == "matched"
    assert RIGHT.case_id not in cases_of(unmatched)[0]


def test_a_purge_removes_what_was_decided_of_clients(unmatched: Office) -> None:
    """Who decided what and when stays. A decision that waits keeps its values."""
    decide(unmatched, Action.FILE, RIGHT)
    unmatched.ledger.purge(unmatched.now + timedelta(days=1))
    unmatched.pipeline.process("one")
    assert row(unmatched).reason == "filed_by_person"
    decision_id = 1
    assert unmatched.ledger.find_person_decision(decision_id).case_id == RIGHT.case_id
    unmatched.ledger.purge(unmatched.now + timedelta(days=1))
    assert unmatched.ledger.find_person_decision(decision_id).case_id is None
