"""The judge of a hostile day sees whatever went wrong with a letter."""

from collections.abc import Callable
from typing import Any

import pytest

from mailroom.sandbox.hostile_day import Letter, amiss, among, sound_letters

State = dict[str, Any]
SOUND = sound_letters(1)[0]
LOCKED = Letter("locked.pdf", b"locked", frozenset({"encrypted", "broken_pdf"}), ())


@pytest.fixture
def day() -> State:
    """A day on which both letters came out right."""
    case = SOUND.cases[0].case_id
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
                {"id": "1", "name": SOUND.name, "parents": ["MATCHED"]},
                {"id": "2", "name": LOCKED.name, "parents": ["REVIEW"]},
            ]
        },
        "logiqs": {"documents": [{"CaseID": case, "sha256": SOUND.sha256}], "tasks": [{"CaseID": case}]},
    }


def another_reason(day: State) -> None:
    """A code that is not the letter's."""
    day["report"]["files"][1]["reason"] = "no_text_layer"


def told_twice(day: State) -> None:
    """Two lines in the report."""
    day["report"]["files"].append(day["report"]["files"][1])


def not_told(day: State) -> None:
    """None."""
    day["report"]["files"].pop()


def left_behind(day: State) -> None:
    """It has its outcome, and was not moved."""
    day["drive"]["files"][-1]["parents"] = ["INBOX"]


def filed_all_the_same(day: State) -> None:
    """What is for a person is in the CRM, too."""
    day["logiqs"]["documents"].append({"CaseID": 9, "sha256": LOCKED.sha256})


def filed_twice(day: State) -> None:
    """Two documents."""
    day["logiqs"]["documents"] *= 2


def two_tasks(day: State) -> None:
    """Two tasks."""
    day["logiqs"]["tasks"] *= 2


def no_task(day: State) -> None:
    """None."""
    day["logiqs"]["tasks"].clear()


def in_another_case(day: State) -> None:
    """Document and task are a stranger's."""
    for rows in day["logiqs"].values():
        rows[0]["CaseID"] = 9


def test_a_day_that_is_right_has_nothing_amiss(day: State) -> None:
    """Both letters are where they must be."""
    assert amiss([SOUND, LOCKED], **day) == {}


@pytest.mark.parametrize(
    ("spoil", "whose"),
    [
        (another_reason, LOCKED),
        (told_twice, LOCKED),
        (not_told, LOCKED),
        (left_behind, LOCKED),
        (filed_all_the_same, LOCKED),
        (filed_twice, SOUND),
        (two_tasks, SOUND),
        (no_task, SOUND),
        (in_another_case, SOUND),
    ],
)
def test_what_went_wrong_is_told_of_its_letter(
    day: State, spoil: Callable[[State], None], whose: Letter
) -> None:
    """And of no other."""
    spoil(day)
    assert list(amiss([SOUND, LOCKED], **day)) == [whose.name]


def test_the_longer_of_two_kinds_ends_the_mail() -> None:
    """No letter is lost where one kind has more of them."""
    assert among([SOUND], [LOCKED, LOCKED]) == [SOUND, LOCKED, LOCKED]
