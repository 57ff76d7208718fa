"""Malicious files in the day's mail: each affects only itself; the notices beside it are filed as usual."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailroom.notices import ReaderPool
from tests.corpora.malicious import MALICIOUS_FILES
from tests.corpora.malicious.day import (
    MailItem,
    find_problems,
    interleave,
    make_image_files,
    make_malicious_mail,
    make_valid_notices,
    seed_state,
)
from tests.end_to_end.conftest import Commands, Ended
from tests.sandbox_thread import SandboxThread

# Each takes seconds of CPU time, some all 28. tests/notices/test_malicious_files.py reads them with tighter
# limits, and a day with them is the long form, `bench/malicious_files.py --day`.
SLOW = {
    "content-bomb",
    "content-bomb-twice-squeezed",
    "content-in-very-many-streams",
    "font-without-names",
    "form-that-draws-itself",
    "forms-that-double",
    "image-that-lies-about-its-size",
    "map-of-all-chars",
    "mask-bomb",
    "page-without-end",
    "ten-million-chars",
    "tiling-without-end",
}
# Each ledger has its own.
MARKER = re.compile(r"MR-[A-Z2-7]{26}")
# What the CRM adds, and the reminder, which for notices that are overdue is the time of the run.
CHANGES = ("id", "CreatedDate", "Reminder")


@dataclass(frozen=True)
class Day:
    """A day after its run: how the command ended, what it logged, what the two systems hold.

    ``left``: the names of files that are still in the inbox or in scratch.
    """

    ended: Ended
    log: str
    problems: dict[str, str]
    left: list[str]
    documents: list[str]
    tasks: list[str]


def run_day(commands: Commands, place: Path, mail: Sequence[MailItem]) -> Day:
    """Run the daily flow on this mail, image files included."""
    seed_state(place / "sandbox", mail)
    (place / "scratch").mkdir(mode=0o700)
    own = {
        "MAILROOM_READ_IMAGES": "true",
        "MAILROOM_SCRATCH_DIR": str(place / "scratch"),
        # A ledger of its own: in another day's ledger every valid notice would be a duplicate.
        "MAILROOM_STATE_DIR": str(place / "state"),
    }
    with SandboxThread.start(place / "sandbox") as sandbox:
        ended = commands.call_daily("--log-file", place / "run.log", **own, **sandbox.environment())
        drive, logiqs = sandbox.state("drive"), sandbox.state("logiqs")
    inbox = next(item["id"] for item in drive["files"] if item["name"] == "CP2000_INBOX")
    return Day(
        ended=ended,
        log=(place / "run.log").read_text(),
        problems=find_problems(mail, ended.report, drive, logiqs),
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


def assert_well(day: Day, mail: Sequence[MailItem]) -> None:
    """Each file has the right outcome, once and in its place; no traceback and no client's number is
    shown.
    """
    report = day.ended.report
    assert (day.ended.code, day.problems, day.left) == (0, {}, []), day.ended.screen
    assert day.ended.clean(), day.ended.screen
    assert "Traceback" not in day.log
    assert report["listed"] == report["moved"] == len(report["files"]) == len(mail)
    for rows, told in ((day.documents, "uploaded"), (day.tasks, "tasks_created")):
        assert len(rows) == len(set(rows)) == report[told] == report["matched"]
    said = (day.log + day.ended.screen).replace("-", "")
    assert not [item.name for item in mail for case in item.cases if case.home.taxpayer.ssn in said]


def choose_names() -> set[str]:
    """Return one file for each set of codes, without the slow ones."""
    quick = {name: each.codes for name, each in MALICIOUS_FILES.items() if name not in SLOW}
    return set({codes: name for name, codes in quick.items()}.values())


def test_malicious_files_affect_only_themselves(commands: Commands, tmp_path: Path, prefect_api: str) -> None:
    """Files of each kind, among notices and an image that are filed as on a day without them."""
    assert set(MALICIOUS_FILES) > SLOW
    commands.extra, commands.readers = {"PREFECT_API_URL": prefect_api}, ReaderPool
    valid = [*make_valid_notices(9), make_image_files()[-1]]
    malicious = make_malicious_mail(without=set(MALICIOUS_FILES) - choose_names())
    assert len(malicious) > len(valid)
    quiet = run_day(commands, tmp_path / "quiet", valid)
    assert_well(quiet, valid)
    assert len(quiet.documents) == len(valid)
    mail = interleave(valid, malicious)
    day = run_day(commands, tmp_path / "malicious", mail)
    assert_well(day, mail)
    assert set(quiet.documents) <= set(day.documents)
    assert set(quiet.tasks) <= set(day.tasks)
