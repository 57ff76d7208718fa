"""The closing lines of a run: what a person reads when it is over."""

import io
import signal
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from mailroom.cli.daily_options import DailyOptions
from mailroom.cli.exit_codes import Ending
from mailroom.cli.results import show_results, tell_how_to_continue
from mailroom.errors import FilesLeftPending, MailroomError, RunStop
from mailroom.ledger import FileResult
from mailroom.orchestration.launch import RunResult
from mailroom.run.report import Report, empty_report

PLACE = Path("/state")


def make_report(mode: str, *files: tuple[str, str | None], **values: object) -> Report:
    """A report of files with these outcomes and reasons."""
    lines = [FileResult(f"f{at}", outcome, reason, {}) for at, (outcome, reason) in enumerate(files)]
    counts = {outcome: sum(line.outcome == outcome for line in lines) for outcome, _ in files}
    complete = {"scan_complete": True, "listed": len(lines), "files": lines, **counts, **values}
    return empty_report(mode).model_copy(update=complete)


def screen(
    report: Report, options: DailyOptions | None = None, *, begun: bool = True, sandbox: bool = False
) -> str:
    """The closing lines on a terminal of 80 columns, the spaces of the table's columns made one."""
    shown = io.StringIO()
    console = Console(file=shown, width=80)
    state = PLACE if sandbox else None
    result = RunResult(begun=begun, report=report)
    show_results(console, result, options or DailyOptions(), PLACE / "report.json", PLACE / "log", state)
    assert max(map(len, shown.getvalue().splitlines()[:8])) <= 80
    return " ".join(shown.getvalue().split())


@pytest.mark.parametrize(
    ("begun", "values", "said"),
    [
        (False, {}, "the run ended before it had listed the inbox"),
        (True, {"scan_complete": False}, "could not be listed completely"),
        (True, {"held_by_others": 3}, "another run is working on the PDFs"),
        (True, {"waiting": 1}, "only 1 empty file in the inbox"),
        (True, {}, "no new PDFs in the inbox"),
    ],
)
def test_a_run_without_files_says_why(begun: bool, values: dict[str, object], said: str) -> None:
    """An inbox counts as empty only if the run has listed it to the end."""
    shown = screen(make_report("sandbox", **values), begun=begun, sandbox=True)
    assert said in shown
    assert ("no new PDFs" in shown) == ("no new" in said)
    assert ("Next: continue on the same sandbox" in shown) != begun


def test_a_dry_run_leads_to_a_run_if_there_is_something_to_do() -> None:
    """An empty inbox is no reason for another one."""
    assert "Next: the same without --test." in screen(make_report("test", ("matched", "matched")))
    assert "Next:" not in screen(make_report("test"))


def test_a_stop_before_the_inbox_was_listed_is_said() -> None:
    """Nothing was filed then; later, files may be left."""
    shown = io.StringIO()
    console = Console(file=shown, width=100)
    assert Ending(signals=(2,)).show(console) == 130
    assert Ending(signals=(2,), begun=True).show(console) == 130
    assert shown.getvalue().splitlines() == [
        "Stopped before the inbox was listed. Nothing was filed or moved.",
        "Stopped. Files not done are left for the next run; nothing is filed twice.",
    ]


@pytest.mark.parametrize(
    ("failure", "closed", "code"),
    [
        (None, True, 0),
        (FilesLeftPending("files_left_pending", files=2), True, 3),
        (RunStop("stopped", what="The run was asked to stop."), True, 130),
        (RunStop("drive_down", what="Google Drive is down."), True, 130),
        (None, False, 130),
    ],
)
def test_a_signal_after_the_work_changes_nothing(
    failure: MailroomError | None, closed: bool, code: int
) -> None:
    """The exit code is the day's then; a run that was stopped, or does not come back, has the signal's."""
    console = Console(file=io.StringIO())
    ending = Ending(failure, (signal.SIGINT,), begun=True, closed=closed)
    assert ending.show(console) == code
    assert isinstance(console.file, io.StringIO)
    assert ("Stopped." in console.file.getvalue()) == (code == 130)


def test_reasons_add_up_to_their_outcome() -> None:
    """While a system was down, some files were being processed, others were not begun."""
    shown = screen(make_report("real", *[("pending", "drive_down")] * 2, *[("pending", None)] * 3))
    assert "│ pending │ 5 │ not finished; left for the next run" in shown
    assert "│ 3 │ not done when the run ended" in shown
    assert "│ 2 │ Google Drive was down" in shown


def test_one_reason_that_says_no_more_is_left_out() -> None:
    """A table is read in the morning."""
    assert "case │" not in screen(make_report("real", ("matched", "matched"), ("unmatched", "no_case")))


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        ([("review", "no_key"), ("unmatched", "no_case")], "CP2000_REVIEW and CP2000_UNMATCHED"),
        ([("unmatched", "no_case")], "CP2000_UNMATCHED"),
        ([("review", "no_key")], "CP2000_REVIEW"),
    ],
)
def test_only_folders_that_got_files_are_named(files: list[tuple[str, str | None]], folders: str) -> None:
    """Nobody is sent to a folder where nothing is."""
    assert f"Next: look at the files in {folders}. " in f"{screen(make_report('real', *files))} "
    assert "Next:" not in screen(make_report("real", ("matched", "matched")))


def test_files_over_the_limit_are_counted() -> None:
    """Else a first run of 20 looks like the whole inbox."""
    report = make_report("real", ("matched", "matched"), left_in_inbox=57)
    assert "57 more PDFs are in the inbox (--limit 1); the next run" in screen(report, DailyOptions(limit=1))
    one = make_report("sandbox", ("matched", "matched"), left_in_inbox=1)
    shown = screen(one, DailyOptions(limit=1), sandbox=True)
    assert "1 more PDF is in the inbox" in shown
    assert "on the same sandbox: uv run python flows/daily.py --state /state --limit 1" in shown
    tried = screen(
        make_report("test", ("matched", "matched"), left_in_inbox=57), DailyOptions(test=True, limit=1)
    )
    assert "(--limit 1); this run did not look at them." in tried
    assert "more PDF" not in screen(make_report("real", ("matched", "matched")))


def test_the_command_that_continues_has_the_options_that_matter(capsys: pytest.CaptureFixture[str]) -> None:
    """A person's PDFs are not kept in the sandbox; its cases are."""
    options = DailyOptions(
        files=PLACE / "own", cases=PLACE / "c.csv", since=date(2026, 11, 1), inbox=["1abc"], limit=5
    )
    tell_how_to_continue(Console(), PLACE, options)
    expected = "--state /state --files /state/own --limit 5 --since 2026-11-01 --inbox 1abc"
    assert capsys.readouterr().out.splitlines() == [
        "Next: continue on the same sandbox:",
        f"  uv run python flows/daily.py {expected}",
    ]


def test_own_files_without_cases_get_a_hint() -> None:
    """All are unmatched then, since the sandbox knows no client."""
    report = make_report("sandbox", ("unmatched", "no_case"))
    shown = screen(report, DailyOptions(files=PLACE), sandbox=True)
    assert "Next: add --cases FILE.csv with your cases. Without --cases" in shown
    with_cases = screen(report, DailyOptions(files=PLACE, cases=PLACE), sandbox=True)
    assert "Next: connect the real systems" in with_cases


def test_the_screen_names_folders_as_drive_does() -> None:
    """MATCHED on one screen and CP2000_MATCHED on another looked like two folders."""
    shown = screen(make_report("real", ("matched", "matched"), ("review", "no_key")))
    assert "now in CP2000_MATCHED" in shown
    assert "now in CP2000_REVIEW" in shown


def test_files_that_are_not_pdfs_are_named_by_their_links() -> None:
    """Ten at most; the report has them all."""
    link = "https://drive.google.com/open?id="
    files = [(name, "x") for name in ("matched", "unmatched", "review", "failed", "pending")]
    one = make_report("real", *files, skipped=1, skipped_files=["1AbC"])
    assert f"1 file is not a PDF and stays in the inbox: {link}1AbC." in screen(one)
    many = make_report("real", *files, skipped=12, skipped_files=[f"f{n:02}" for n in range(12)])
    shown = screen(many)
    assert f"{link}f09 and 2 more, which the report lists." in shown
    assert "f10" not in shown
    assert "not PDFs" not in screen(make_report("real", *files))
