"""Hostile files in the day's mail: each costs only itself, and the notices beside it are filed as without it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailroom.sandbox.hostile_day import (
    Letter,
    amiss,
    among,
    hostile_letters,
    image_letters,
    put_into,
    sound_letters,
)
from mailroom.sandbox.launcher import Sandbox
from mailroom.sandbox.notices.hostile import HOSTILE
from tests.end_to_end.conftest import Commands, Ended

# In the long form only, `bench/hostile.py --day`.
LEFT_OUT = {
    "tiling-without-end": "it takes all of a reading's 28 s, and times out",
    "form-that-draws-itself": "it takes 3 s until its process is out of memory",
    "forms-that-double": "likewise",
    "map-of-all-letters": "likewise",
}
# Each ledger has its own.
MARKER = re.compile(r"MR-[A-Z2-7]{26}")
# What the CRM adds, and the reminder, which for letters that are overdue is the moment itself.
CHANGES = ("id", "CreatedDate", "Reminder")


@dataclass(frozen=True)
class Day:
    """A day that is over: how the command ended, what it logged, what the two systems hold then.

    ``left``: what still lies in the inbox or in scratch.
    """

    ended: Ended
    log: str
    amiss: dict[str, str]
    left: list[str]
    documents: list[str]
    tasks: list[str]


def day_of(commands: Commands, place: Path, mail: Sequence[Letter]) -> Day:
    """Run the daily flow on this mail, image files included."""
    put_into(place / "sandbox", mail)
    (place / "scratch").mkdir(mode=0o700)
    own = {
        "MAILROOM_READ_IMAGES": "true",
        "MAILROOM_SCRATCH_DIR": str(place / "scratch"),
        # A ledger of its own: to another day's every sound notice would be a duplicate.
        "MAILROOM_STATE_DIR": str(place / "state"),
    }
    with Sandbox.start(place / "sandbox") as sandbox:
        ended = commands.daily("--log-file", place / "run.log", **own, **sandbox.environment())
        drive, logiqs = sandbox.state("drive"), sandbox.state("logiqs")
    inbox = next(item["id"] for item in drive["files"] if item["name"] == "CP2000_INBOX")
    return Day(
        ended=ended,
        log=(place / "run.log").read_text(),
        amiss=amiss(mail, ended.report, drive, logiqs),
        left=[item["name"] for item in drive["files"] if inbox in item["parents"]]
        + [path.name for path in (place / "scratch").rglob("*") if path.is_file()],
        documents=plain(logiqs["documents"]),
        tasks=plain(logiqs["tasks"]),
    )


def plain(rows: list[dict[str, Any]]) -> list[str]:
    """Rows of the CRM, so that those of two days can be compared."""
    return [
        MARKER.sub("MARKER", str(sorted((name, row[name]) for name in row if name not in CHANGES)))
        for row in rows
    ]


def assert_well(day: Day, mail: Sequence[Letter]) -> None:
    """Each letter ended as it must, in its place and once; nobody sees a traceback or a client's number."""
    report = day.ended.report
    assert (day.ended.code, day.amiss, day.left) == (0, {}, []), day.ended.screen
    assert day.ended.clean(), day.ended.screen
    assert "Traceback" not in day.log
    assert report["listed"] == report["moved"] == len(report["files"]) == len(mail)
    for rows, told in ((day.documents, "uploaded"), (day.tasks, "tasks_created")):
        assert len(rows) == len(set(rows)) == report[told] == report["matched"]
    said = (day.log + day.ended.screen).replace("-", "")
    assert not [letter.name for letter in mail for case in letter.cases if case.ssn in said]


def test_hostile_files_cost_only_themselves(commands: Commands, tmp_path: Path) -> None:
    """All but the slowest of the set, among notices and images that are filed as on a day without it."""
    assert set(LEFT_OUT) <= set(HOSTILE)
    sound, hostile = [*sound_letters(9), *image_letters()], hostile_letters(without=LEFT_OUT)
    quiet = day_of(commands, tmp_path / "quiet", sound)
    assert_well(quiet, sound)
    assert len(quiet.documents) == len(sound)
    mail = among(sound, hostile)
    day = day_of(commands, tmp_path / "hostile", mail)
    assert_well(day, mail)
    assert set(quiet.documents) <= set(day.documents)
    assert set(quiet.tasks) <= set(day.tasks)
