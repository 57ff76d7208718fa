"""`find_problems` reports whatever went wrong with a file of a malicious day."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.corpora.malicious.day import MailItem, find_problems, interleave, make_valid_notices

State = dict[str, Any]
VALID = make_valid_notices(1)[0]
LOCKED = MailItem("locked.pdf", b"locked", frozenset({"encrypted", "broken_pdf"}), ())


@pytest.fixture
def day() -> State:
    """A day on which both files had the right result."""
    case = VALID.cases[0].case_id
    folders: list[State] = [
        {"id": name, "name": f"CP2000_{name}", "parents": []} for name in ("INBOX", "MATCHED", "REVIEW")
    ]
    return {
        "report": {
            "files": [
                {"drive_file_id": "1", "outcome": "matched", "reason": "matched"},
                {"drive_file_id": "2", "outcome": "review", "reason": "encrypted"},
            ]
        },
        "drive": {
            "files": [
                *folders,
                {"id": "1", "name": VALID.name, "parents": ["MATCHED"]},
                {"id": "2", "name": LOCKED.name, "parents": ["REVIEW"]},
            ]
        },
        "logiqs": {"documents": [{"CaseID": case, "sha256": VALID.sha256}], "tasks": [{"CaseID": case}]},
    }


def give_another_reason(day: State) -> None:
    """The report shows a reason that the file may not have."""
    day["report"]["files"][1]["reason"] = "no_text_layer"


def report_twice(day: State) -> None:
    """The report has two lines for the file."""
    day["report"]["files"].append(day["report"]["files"][1])


def leave_out_of_report(day: State) -> None:
    """The report has no line for the file."""
    day["report"]["files"].pop()


def leave_in_inbox(day: State) -> None:
    """The file has its outcome, but was not moved."""
    day["drive"]["files"][-1]["parents"] = ["INBOX"]


def file_despite_review(day: State) -> None:
    """A file for review is in the CRM too."""
    day["logiqs"]["documents"].append({"CaseID": 9, "sha256": LOCKED.sha256})


def file_twice(day: State) -> None:
    """The CRM has two documents of the file."""
    day["logiqs"]["documents"] *= 2


def create_two_tasks(day: State) -> None:
    """The CRM has two tasks for the file."""
    day["logiqs"]["tasks"] *= 2


def lose_task(day: State) -> None:
    """The CRM has no task for the file."""
    day["logiqs"]["tasks"].clear()


def file_in_another_case(day: State) -> None:
    """Document and task are in another client's case."""
    for rows in day["logiqs"].values():
        rows[0]["CaseID"] = 9


def test_a_correct_day_has_no_problems(day: State) -> None:
    """Both files are where they must be."""
    assert find_problems([VALID, LOCKED], **day) == {}


@pytest.mark.parametrize(
    ("spoil", "whose"),
    [
        (give_another_reason, LOCKED),
        (report_twice, LOCKED),
        (leave_out_of_report, LOCKED),
        (leave_in_inbox, LOCKED),
        (file_despite_review, LOCKED),
        (file_twice, VALID),
        (create_two_tasks, VALID),
        (lose_task, VALID),
        (file_in_another_case, VALID),
    ],
)
def test_a_problem_is_reported_for_its_file(
    day: State, spoil: Callable[[State], None], whose: MailItem
) -> None:
    """The problem is reported for that file and for no other."""
    spoil(day)
    assert list(find_problems([VALID, LOCKED], **day)) == [whose.name]


def test_interleaving_keeps_the_rest_of_the_longer_list() -> None:
    """No file is lost where one list is longer."""
    assert interleave([VALID], [LOCKED, LOCKED]) == [VALID, LOCKED, LOCKED]
