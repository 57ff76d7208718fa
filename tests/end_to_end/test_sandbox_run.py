"""`python flows/daily.py` where nothing is configured, and on a person's own files."""

import csv
import shutil
from pathlib import Path

from mailroom.sandbox.generator.day import make_synthetic_day
from tests.corpora.notices import make_synthetic_notices
from tests.end_to_end.conftest import NOTICES, Commands

SUM = ("matched", "unmatched", "review", "duplicate", "failed", "pending")


def test_a_machine_with_nothing_configured_sees_a_whole_day(commands: Commands, tmp_path: Path) -> None:
    """60 notices go all the way; the screen is clean and says what to do next; no file is left out."""
    ended = commands.daily("--log-file", tmp_path / "run.log", MAILROOM_READERS="2")
    assert ended.code == 0, ended.screen
    assert ended.clean(), ended.screen
    report = ended.report
    assert report["mode"] == "sandbox"
    assert report["listed"] == 60 == sum(report[name] for name in SUM)
    assert report["matched"] == report["uploaded"] == report["tasks_created"] > 40
    assert report["moved"] == 60
    assert len(report["files"]) == 60
    assert "mailroom sandbox --state" in ended.screen
    assert str(tmp_path / "run.log") in ended.screen
    assert "Done with batch 1 (" in (tmp_path / "run.log").read_text()


def test_any_folder_of_pdfs_goes_through(
    commands: Commands, tmp_path: Path, empty_prefect_home: Path
) -> None:
    """Own files of every kind end in an outcome each; their bytes are gone when the command ends."""
    shutil.copytree(empty_prefect_home, tmp_path / "state" / "mailroom" / "prefect")
    files, cases = tmp_path / "own", tmp_path / "cases.csv"
    expected = own_folder(files, cases)
    ended = commands.daily("--files", files, "--cases", cases, "--state", tmp_path / "kept")
    assert ended.code == 0, ended.screen
    assert ended.clean(), ended.screen
    assert ended.report["listed"] == len(expected)
    assert sorted(line["reason"] for line in ended.report["files"]) == sorted(expected)
    kept = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if path.read_bytes().startswith(b"%PDF")]


def own_folder(files: Path, cases: Path) -> list[str]:
    """A folder as people have it: one clean notice, two of one name, and what else lies about."""
    (files / "sub").mkdir(parents=True)
    day = make_synthetic_day(12, seed=7)
    notices = [notice for notice in day.notices if day.expected[notice.path] == "matched"][:2]
    (files / "scan.pdf").write_bytes(notices[0].pdf)
    (files / "sub" / "scan.pdf").write_bytes(notices[1].pdf)
    (files / "empty.pdf").touch()
    (files / "page.PDF").write_text("<html><body>CP2000</body></html>")
    (files / "huge.pdf").write_bytes(b"%PDF-1.4\n" + b"0" * 6_300_000)
    (files / "notes.txt").write_text("not a PDF, and not listed")
    locked = next(iter(make_synthetic_notices(1, 3, kinds=["encrypted"])))
    (files / "locked.pdf").write_bytes(locked.pdf)
    with cases.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["CaseID", "FirstName", "LastName", "SpouseLastName", "SSN"])
        for case in day.cases:
            client, spouse = case.home.taxpayer, case.home.spouse
            writer.writerow(
                [case.case_id, client.first, client.last, spouse.last if spouse else "", client.ssn]
            )
    return ["matched", "matched", "empty_file", "not_a_pdf", "too_large_to_file", "encrypted"]


def test_a_dry_run_writes_and_remembers_nothing(served: Commands) -> None:
    """`--test` says what it would do; the run after it sees every file as new; the one after that, none."""
    first = served.call_daily("--test")
    assert first.code == 0, first.screen
    assert first.clean(), first.screen
    assert first.report["mode"] == "test"
    assert first.report["matched"] > NOTICES // 2
    assert (first.report["uploaded"], first.report["moved"]) == (0, 0)
    assert "nothing was written" in first.screen
    second = served.call_daily()
    assert second.report["listed"] == first.report["listed"] == NOTICES
    assert second.report["matched"] == first.report["matched"] == second.report["uploaded"]
    third = served.call_daily()
    assert (third.code, third.report["listed"]) == (0, 0)
    assert third.clean(), third.screen
