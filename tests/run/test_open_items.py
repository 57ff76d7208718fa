"""The pages of what is open: rows in order, words for a person, and nothing of a client."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from mailroom.ledger import DueKind, NearDeadlines, OpenDeadline, OpenItem
from mailroom.run.open_items import MOST_ROWS, NARROW, deadlines_markdown, open_items_markdown, word_days_left
from mailroom.run.reasons import REASONS

TODAY = date(2026, 12, 3)
SINCE = datetime(2026, 12, 1, 12, tzinfo=UTC)


def item(file_id: str, reason: str, days: int | None = None, notice_type: str | None = "CP2000") -> OpenItem:
    """A file that is due in so many days."""
    due = None if days is None else TODAY + timedelta(days=days)
    return OpenItem(file_id, "review", reason, notice_type, SINCE, due, DueKind.FIXED if due else None)


def test_a_row_has_the_link_the_reason_and_what_to_do() -> None:
    """With the deadline and its kind, and how long the file waits; counts by reason come first."""
    page = open_items_markdown(
        [item("1aB", "no_case", 2), item("2aB", "encrypted", None, None), item("3aB", "no_case", 30)], TODAY
    )
    rows = page.splitlines()
    assert rows[0] == "# 3 files need a person"
    assert rows[4:6] == ["| 2 | no case with this surname and SSN |", "| 1 | protected with a password |"]
    assert rows[9] == (
        "| [CP2000](https://drive.google.com/file/d/1aB/view)<br>2 days here "
        "| **2 days left**<br>2026-12-05<br>cannot be extended "
        "| no case with this surname and SSN<br>**To do:** create the case, then:<br>mailroom retry LINK (in the spreadsheet:<br>FILE), or file it by hand |"
    )
    assert rows[10].startswith(
        "| [file](https://drive.google.com/file/d/2aB/view)<br>2 days here |  | protected with a"
    )
    assert "| 30 days left<br>2027-01-02<br>cannot be extended |" in rows[11]


def test_the_table_fits_on_a_page() -> None:
    """Prefect does not wrap cells: whatever the reason, no line of one is wider than the column."""
    items = [item(f"f{number}", reason) for number, reason in enumerate(REASONS)]
    rows = [row for row in open_items_markdown(items, TODAY).splitlines() if row.startswith("| [")]
    lines = [line for row in rows for line in row.split("|")[3].split("<br>")]
    assert len(rows) == len(items)
    assert max(map(len, lines)) <= NARROW + 2


def test_a_file_that_drive_does_not_let_move_has_its_outcome_and_its_folder() -> None:
    """A person needs both to move it by hand."""
    refused = replace(item("1aB", "move_forbidden"), decided=("review", "two_cases"))
    page = open_items_markdown([refused], TODAY)
    assert (
        "two cases could be the right one; Google Drive does not let the mail room move it to CP2000_REVIEW"
        in page.replace("<br>", " ")
    )
    assert "move it there by hand" in page


def test_one_file_and_none_have_their_own_words() -> None:
    """And the sandbox's files have no page at Google."""
    assert open_items_markdown([item("1aB", "no_case")], TODAY).startswith("# 1 file needs a person\n")
    assert open_items_markdown([], TODAY) == "# Nothing needs a person\n"
    assert "https:" not in open_items_markdown([item("1aB", "no_case")], TODAY, in_drive=False)


def test_a_page_has_no_more_rows_than_people_read() -> None:
    """The counts are those of all files."""
    page = open_items_markdown([item(f"f{number}", "no_case") for number in range(MOST_ROWS + 5)], TODAY)
    assert page.count("/view)") == MOST_ROWS
    assert "And 5 more." in page
    assert f"| {MOST_ROWS + 5} | no case" in page


def test_the_deadlines_that_are_near_are_shown_and_the_others_counted() -> None:
    """Overdue ones first, each kind in a table of its own; what is not shown is counted."""
    late, now, week = (
        OpenDeadline(f"f{day}", "LT11", TODAY + timedelta(days=day), DueKind.FIXED) for day in (-1, 0, 7)
    )
    page = deadlines_markdown(NearDeadlines([late], [now, week], 4, 2, 1), TODAY)
    assert page.startswith("# 4 overdue, 2 due within 7 days\n")
    assert page.count("[LT11]") == 3
    assert page.index("1 day overdue") < page.index("And 3 older.") < page.index("due today")
    assert page.index("due today") < page.index("7 days left")
    assert "more." not in page
    assert "Due later: 1 notice." in page
    assert "|" not in deadlines_markdown(NearDeadlines([], [], 0, 0, 0), TODAY)


def test_days_left_are_words() -> None:
    """One day is one day."""
    left = [word_days_left(TODAY + timedelta(days=days), TODAY) for days in (-2, -1, 0, 1, 2)]
    assert left == ["2 days overdue", "1 day overdue", "due today", "1 day left", "2 days left"]
