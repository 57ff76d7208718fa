"""The last runs, from the reports that are kept."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mailroom.run.report import Report, write_report
from mailroom.run.trend import RUNS_SHOWN, read_past_runs, trend_markdown
from tests.run.test_report import report

# A Thursday.
TODAY = date(2026, 12, 3)


def keep(folder: Path, told: Report, days_ago: int) -> None:
    """Keep the report of a run so many days ago, at noon."""
    started = datetime(2026, 12, 3, 12, tzinfo=UTC) - timedelta(days=days_ago)
    name = f"{len(list(folder.iterdir()))}.json"
    write_report(told.model_copy(update={"started": started}), folder / name)


def test_each_run_is_a_row_the_newest_first(tmp_path: Path) -> None:
    """Files, share without a person, main reasons, minutes, and what waits in REVIEW."""
    keep(tmp_path, report(matched=3, review=1, seconds=125.0), 1)
    backlog = {"in_review": 1, "in_review_days": 1}
    keep(tmp_path, report(matched=1, duplicate=1, seconds=30.0).model_copy(update=backlog), 0)
    rows = trend_markdown(read_past_runs(tmp_path), TODAY).splitlines()[4:]
    assert rows[0].endswith("| 2 | 100 % |  | 0 | 1 file, half of them for 1 day or more |")
    assert rows[0].startswith("| 2026-12-03 ")
    assert rows[1].endswith("| 4 | 75 % | 1 no case with this surname and SSN | 2 | 0 files |")
    assert len(rows) == 2


def test_this_week_is_compared_with_the_last_one(tmp_path: Path) -> None:
    """Weeks begin on Monday; what is older counts in neither."""
    keep(tmp_path, report(matched=1), 0)
    keep(tmp_path, report(review=1), 3)
    keep(tmp_path, report(matched=4), 4)
    keep(tmp_path, report(failed=9), 11)
    page = trend_markdown(read_past_runs(tmp_path), TODAY)
    assert page.startswith(
        "# This week: 2 files, 50 % without a person; last week: 4 files, 100 % without a person\n"
    )
    assert trend_markdown([], TODAY).startswith("# This week: no files; last week: no files\n")


def test_only_real_runs_with_files_count_and_damaged_reports_are_passed_over(tmp_path: Path) -> None:
    """A report of an earlier version has no backlog."""
    keep(tmp_path, report(mode="sandbox", matched=1), 0)
    keep(tmp_path, report(), 0)
    (tmp_path / "damaged.json").write_text('{"mode": "real", "listed": 1')
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    for name, value in (("started", "0001-01-01T00:00:00+14:00"), ("matched", float("inf"))):
        wrong = {**json.loads(report(matched=1).model_dump_json()), name: value}
        (tmp_path / f"{name}.json").write_text(json.dumps(wrong))
    assert read_past_runs(tmp_path) == read_past_runs(tmp_path / "missing") == []
    keep(tmp_path, report(matched=1), 0)
    path = max(tmp_path.glob("[0-9].json"))
    told = json.loads(path.read_text())
    del told["in_review"], told["in_review_days"], told["kind"]
    path.write_text(json.dumps(told))
    [run] = read_past_runs(tmp_path)
    assert run.in_review is None
    assert trend_markdown([run], TODAY).splitlines()[4].endswith("| 1 |  |")


def test_the_table_has_the_last_runs_only(tmp_path: Path) -> None:
    """Of any number that is kept."""
    for days_ago in range(RUNS_SHOWN + 3):
        keep(tmp_path, report(matched=1), days_ago)
    assert len(trend_markdown(read_past_runs(tmp_path), TODAY).splitlines()) == 4 + RUNS_SHOWN
