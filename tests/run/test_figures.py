"""The figures of a run, for engineers."""

from mailroom.ledger import FileResult
from mailroom.run.figures import figures_markdown
from mailroom.run.speed import QuotaUse, Speed
from tests.run.test_report import report


def test_figures_are_for_engineers() -> None:
    """Calls, their peaks and repeats, memory, and the seconds of each stage."""
    files = [FileResult(f"f{n}", "matched", "matched", {"read": float(n)}) for n in range(1, 101)]
    told = report().model_copy(
        update={
            "files": files,
            "drive_calls": 5,
            "drive_calls_peak_1s": 3,
            "retries": 2,
            "peak_rss_mb": 123.4,
        }
    )
    page = figures_markdown(told)
    assert "| calls to Drive | 5, at most 3 in a second |" in page
    assert "| repeated calls | 2 |" in page
    assert "| memory of the run's process | 123 MB at most |" in page
    assert "| read | 100 | 5050.0 | 50.50 | 95.00 |" in page
    assert "total seconds" not in figures_markdown(report())


def test_figures_show_what_limited_the_run() -> None:
    """The limit in words, a bar of each quota for each tenth, and what was waited for."""
    speed = Speed(
        period=30.0,
        files_per_minute=412.4,
        drive=QuotaUse(calls_per_second=10.0, used=0.5, tenths=[0.5] * 10),
        logiqs=QuotaUse(calls_per_second=2.5, portion=0.75, used=0.97, tenths=[0.1, *[1.2] * 9]),
        readers=2,
        readers_busy=0.42,
        own_processor=0.7,
        stages={"listing": 3.5},
        waits={"drive_quota": 0.0, "logiqs_quota": 61.2, "reader": 1.0, "ledger": 2.0, "answers": 0.0},
        limit="Logiqs quota, 97 % used",
    )
    files = [FileResult("f0", "matched", "matched", {"read": 1.0})]
    page = figures_markdown(report().model_copy(update={"speed": speed, "files": files}))
    assert "| files per minute | 412, while it listed and filed (30 s) |" in page
    assert "| limit | Logiqs quota, 97 % used |" in page
    assert "| readers | 2, busy 42 % of the time |" in page
    assert "| quota used | Drive: 10 calls per second | Logiqs: 75 % of 2.5 calls per second |" in page
    assert "| 0 to 3 s | `██████████░░░░░░░░░░` 50 % | `██░░░░░░░░░░░░░░░░░░` 10 % |" in page
    assert f"| 27 to 30 s | `██████████░░░░░░░░░░` 50 % | `{'█' * 20}` 120 % |" in page
    assert "| listing | | 3.5 | | |" in page
    assert "| the next call that the Logiqs quota allows | 61.2 |" in page
    assert "quota used" not in figures_markdown(report())
