"""Lines for a terminal and for a pipe."""

import io

from rich.console import Console

from mailroom.doctor.lines import Line, describe_error, note, ok, wrong
from mailroom.doctor.printing import LinePrinter
from mailroom.errors import FileFault, RunStop, Transient

LONG = "word " * 30


def printed(*lines: Line, terminal: bool = False, width: int = 100) -> tuple[str, int]:
    """What is printed, and the exit code."""
    out = io.StringIO()
    printer = LinePrinter(Console(file=out, force_terminal=terminal, width=width))
    for line in lines:
        printer.show(line)
    code = printer.close()
    return out.getvalue(), code


def test_lines_are_not_wrapped_in_a_pipe() -> None:
    """Aligned, without colours and unbroken; what to do is below."""
    text, code = printed(ok("ledger", LONG.strip()), wrong("Drive [inbox]", "Gone.", "Share it."))
    assert text.splitlines() == [
        f"ok     ledger              {LONG.strip()}",
        "wrong  Drive [inbox]       Gone.",
        "                           → Share it.",
        "",
        "Fix what is wrong, then try again: 1 wrong, 0 notes, 1 ok.",
    ]
    assert code == 2


def test_lines_are_wrapped_and_aligned_on_a_terminal() -> None:
    """Wrapped beside the topic, and in colour."""
    text, code = printed(note("ledger", LONG, LONG), terminal=True)
    assert "\x1b[33mnote" in text
    rows = [row for row in text.splitlines() if "word" in row]
    assert len(rows) == 6
    assert all("                           " in row for row in rows[1:])
    assert not [row for row in rows if row.count("wor") != row.count("word")]
    assert "Nothing is wrong" in text
    assert code == 0


def test_a_narrow_terminal_wraps_lines_itself() -> None:
    """There is not enough space beside the topic."""
    text, _ = printed(ok("ledger", LONG.strip()), terminal=True, width=50)
    assert LONG.strip() in text


def test_errors_become_lines() -> None:
    """A temporary error names the system and its setting; a stop has its own text."""
    passing = describe_error("x", Transient("drive_unreachable"), "Google Drive", "MAILROOM_X")
    assert "Google Drive does not answer (drive_unreachable)" in passing.words
    assert "MAILROOM_X" in passing.fix
    stop = describe_error("x", RunStop("full", what="It is full.", fix="Empty it."), "Drive", "X")
    assert (stop.words, stop.fix) == ("It is full.", "Empty it.")
    refused = describe_error("x", FileFault("drive_forbidden"), "Google Drive", "MAILROOM_X")
    assert {passing.level, stop.level, refused.level} == {"wrong"}
