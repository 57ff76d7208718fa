"""The report in words, for a manager."""

from datetime import UTC, datetime, timedelta

import pytest

from mailroom.ledger import EndedRun, FileResult
from mailroom.run.summary import ended_markdown, summarize, summary_markdown
from tests.run.test_report import report

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_state_gives_the_outcomes_of_the_files() -> None:
    """One line; none where there was nothing to do."""
    assert summarize(report(matched=2, review=1)) == "3 files: 2 matched, 1 review."
    left = report(matched=1).model_copy(update={"left_in_inbox": 7})
    assert summarize(left) == "1 file: 1 matched. 7 more in the inbox."
    assert "7 more PDFs are in the inbox." in summary_markdown(left)
    others = report(matched=1).model_copy(update={"skipped": 2, "skipped_files": ["a", "b"]})
    assert summarize(others) == "1 file: 1 matched. 2 not read: not PDFs."
    assert "2 files are not PDFs and stay in the inbox: https://" in summary_markdown(others)
    assert summarize(None) == "No report could be made."


def test_a_dry_run_says_what_would_be() -> None:
    """In its state, and in the log of each batch."""
    told = report(mode="test", matched=2, unmatched=1, review=1, duplicate=1, pending=1)
    assert summarize(told) == (
        "6 files: 2 would be filed, 1 would be unmatched, 1 would go to review, "
        "1 would be put beside the first, 1 pending."
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "No new PDFs in the inbox."),
        ({"scan_complete": False}, "The inbox could not be listed completely."),
        ({"held_by_others": 3}, "Another run is working on the PDFs in the inbox."),
        ({"waiting": 2}, "Only 2 empty files in the inbox, which may still be uploading."),
    ],
)
def test_the_inbox_is_called_empty_only_if_it_is(values: dict[str, object], said: str) -> None:
    """The state of a run without files says why there were none."""
    assert summarize(report().model_copy(update=values)) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(45.4, "in 45 s"), (75.2, "in 1 min 15 s"), (7_500, "in 2 h 5 min")]
)
def test_the_summary_is_a_table_of_outcomes(seconds: float, said: str) -> None:
    """What each means; a dry run says that nothing was written."""
    assert said in summary_markdown(report(seconds=seconds, matched=1))
    words = summary_markdown(report(mode="test", matched=1))
    assert "nothing was written" in words
    assert "| **matched** | 1 | would be filed in the case" in words
    assert "uploaded" not in words


def test_the_summary_is_for_a_manager() -> None:
    """The share without a person and the main reasons, in the singular where it is one; no calls, no ids."""
    told = report(matched=3, review=1).model_copy(
        update={"uploaded": 1, "tasks_created": 3, "moved": 4, "drive_calls": 77, "left_in_inbox": 1}
    )
    page = summary_markdown(told)
    assert "**75 % without a person.** 1 document uploaded, 3 tasks created, 4 files moved." in page
    assert "| 1 | no case with this surname and SSN |" in page
    assert "1 more PDF is in the inbox." in page
    assert "77" not in page
    assert "review-0" not in page
    assert "Why files need a person" not in summary_markdown(report(matched=1))


def test_a_run_that_was_killed_has_the_same_table() -> None:
    """From the ledger."""
    files = [FileResult("f0", "review", "encrypted", {}), FileResult("f1", "pending", None, {})]
    page = ended_markdown(EndedRun("run", NOW, NOW + timedelta(seconds=90)), files, "real")
    assert page.startswith("# 2 files in 1 min 30 s")
    assert "| 1 | protected with a password |" in page
    assert "The next run made it" in page


def test_the_reasons_add_up_to_the_files_that_need_a_person() -> None:
    """What is not among the most frequent is a row, too."""
    files = [FileResult(f"f{n}", "review", f"letter_cp{n}", {}) for n in range(7)]
    page = ended_markdown(EndedRun("run", NOW, NOW), files, "real")
    assert page.count("another IRS letter") == 5
    assert page.endswith("| 2 | other reasons |\n")
