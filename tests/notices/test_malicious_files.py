"""Malicious files: each affects only itself, and has its reason code."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from mailroom.document.reader_limits import CLOCK_PER_CPU_SECOND
from mailroom.notices import ReaderPool, Reading
from mailroom.notices.reader import read_file
from mailroom.run.reasons import NOTES, WORDS
from tests.corpora.handmade.other_documents import cp2000_with
from tests.corpora.malicious import MALICIOUS_FILES, make_malicious_files
from tests.notices.conftest import Read

# Of a file that may be ended at its deadline, and of the others, which a busy machine must not end.
DEADLINE, LONG_DEADLINE = 2, 180
# About half of what a run allows: a process is out of memory sooner. Valid notices take less.
MEMORY_MB = 330


def code_of(reading: Reading) -> str:
    """The code of the set: "" for a CP2000 that was read with its key."""
    if reading.outcome == "extract":
        return ""
    return reading.error or "other_document"


def test_each_affects_only_itself(tmp_path: Path) -> None:
    """One after another through two processes: each has its code in time, and the neighbour is right."""
    neighbour = tmp_path / "neighbour"
    # Of two pages, since it is read as often as there are files.
    neighbour.write_bytes(cp2000_with())
    wrong = {}
    with (
        ReaderPool(2, deadline=DEADLINE, memory_mb=MEMORY_MB) as strict,
        ReaderPool(2, deadline=LONG_DEADLINE, memory_mb=MEMORY_MB) as patient,
        ThreadPoolExecutor(1) as beside,
    ):
        whole = strict.read(neighbour).fields
        assert whole.ssn
        for each, content in make_malicious_files():
            may_be_ended = "reading_timed_out" in each.codes
            pool = strict if may_be_ended else patient
            path = tmp_path / "malicious"
            path.write_bytes(content)
            other = beside.submit(pool.read, neighbour)
            reading = pool.read(path)
            # By the clock it takes longer on a busy machine.
            limit = (CLOCK_PER_CPU_SECOND + 1) * DEADLINE if may_be_ended else LONG_DEADLINE
            in_time = code_of(reading) in each.codes and reading.seconds < limit
            if not in_time or other.result().fields != whole:
                wrong[each.name] = (reading.error, reading.seconds, other.result().error)
    assert wrong == {}


def test_every_code_has_words() -> None:
    """A person reads what is wrong with the file."""
    codes = {
        code for each in MALICIOUS_FILES.values() for code in each.codes if not code.startswith("doubtful")
    }
    assert codes - {""} <= set(WORDS)


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("javascript", ["acts_on_opening", "javascript"]),
        ("launch-action", ["acts_on_opening"]),
        ("attachment", ["attachments"]),
        ("form-with-fields", ["form_fields"]),
        ("owner-password", []),
    ],
)
def test_what_nobody_opened_is_noted(read: Read, name: str, notes: list[str]) -> None:
    """A notice with scripts, attachments or fields is read as without them, and says that it has them."""
    reading = read(MALICIOUS_FILES[name].make(Random(3)))
    assert (reading.outcome, reading.notes) == ("extract", notes)
    assert set(notes) <= set(NOTES)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Put in a file's place between listing and reading, it is refused at once; a device too."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert [read_file(path).error for path in (pipe, Path("/dev/zero"))] == ["not_a_file", "not_a_file"]


def test_the_same_seed_gives_the_same_files() -> None:
    """A finding can be looked into again."""
    for name in ("javascript", "random-bytes", "image-bomb"):
        assert MALICIOUS_FILES[name].make(Random(4)) == MALICIOUS_FILES[name].make(Random(4))
