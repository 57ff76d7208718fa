"""Scans, from the file to the fields: what a person can read is read, and what is doubtful is said to be."""

from dataclasses import asdict
from pathlib import Path

import pytest

from mailroom.document.ocr import pool as ocr_pool
from mailroom.document.ocr.engine import Region
from mailroom.notices import ReaderPool, Reading
from mailroom.notices.reader import read_file
from mailroom.sandbox.generator.model import SyntheticNotice
from tests.corpora.worn_scans import WEARS, make_worn_scans
from tests.document.ocr_engines import InProcessEngine

KEY_FIELDS = ("last_name", "ssn_last4")
# One for each thing that the reader has to do: turn, straighten, drop colour, lighten, join broken letters.
SHOWN = (
    "clean",
    "on its other side",
    "page 1 upside down",
    "faint",
    "stamped",
    "fine fax, skewed",
    "hidden text",
)


def scans(wear: str, count: int = 1) -> list[SyntheticNotice]:
    """The first two pages of the first notices with this wear, in the layout with the fewest words."""
    return list(make_worn_scans(count, seed=3, wears=[wear], layouts=["box-2020"], pages=2))


def read(notice: SyntheticNotice, folder: Path) -> Reading:
    """The notice as the reader sees it."""
    path = folder / "scan.pdf"
    path.write_bytes(notice.pdf)
    return read_file(path, InProcessEngine())


@pytest.mark.parametrize("wear", SHOWN)
def test_a_scan_is_read(tmp_path: Path, wear: str) -> None:
    """Surname and SSN are right, or in doubt; most are right."""
    (notice,) = scans(wear)
    reading = read(notice, tmp_path)
    fields = reading.fields.as_json()
    assert reading.fields.notice_type == "CP2000"
    for name in KEY_FIELDS:
        assert fields[name] == notice.truth[name] or fields[name] is None or name in reading.review_fields
    assert reading.outcome == "extract"


def test_scans_come_out_the_same_for_a_seed() -> None:
    """Every wear is decided by the seed, down to the bytes."""
    first, again = (
        list(make_worn_scans(2, seed=5, wears=["stamped fax", "coffee"], pages=2)) for _ in range(2)
    )
    assert [each.pdf for each in first] == [each.pdf for each in again]
    assert all(WEARS)


def test_a_separate_process_reads_the_images(tmp_path: Path) -> None:
    """The pool starts one with the first scan, and it ends with the pool."""
    (notice,) = scans("clean")
    path = tmp_path / "scan.pdf"
    path.write_bytes(notice.pdf)
    with ReaderPool(1) as pool:
        assert not pool._ocr._children._all
        reading = pool.read(path)
        (child,) = pool._ocr._children._all
        assert Path(f"/proc/{child.pid}").exists()
    assert (reading.outcome, reading.fields.last_name) == ("extract", notice.truth["last_name"])
    assert not Path(f"/proc/{child.pid}").exists()


def test_without_an_engine_scans_go_to_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code says what is missing; nothing is guessed from a hidden text layer."""
    monkeypatch.setattr(ocr_pool, "NEEDED", ("no_such_package",))
    (notice,) = scans("hidden text")
    path = tmp_path / "scan.pdf"
    path.write_bytes(notice.pdf)
    with ReaderPool(1) as pool:
        reading = pool.read(path)
    assert (reading.outcome, reading.error, reading.fields.ssn) == ("unreadable", "no_ocr_engine", None)


@pytest.mark.parametrize(
    ("memory_mb", "seconds", "code"), [(150, 30.0, "ocr_failed"), (1536, 0.0, "ocr_timed_out")]
)
def test_an_image_that_cannot_be_read_costs_its_file(memory_mb: int, seconds: float, code: str) -> None:
    """A process out of memory or time is replaced, and the page has a code."""
    pool = ocr_pool.OcrPool(1, memory_mb=memory_mb)
    question = {"width": 600, "height": 800, "scale": 1.0, "region": asdict(Region())}
    answer = pool.recognize(question, bytes(600 * 800), seconds)
    pool.close()
    assert answer == {"error": code}
