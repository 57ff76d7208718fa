"""Tesseract as a second engine: a fake program, put on PATH, answers as Tesseract 5.3 does."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mailroom.document.ocr import tesseract as second
from mailroom.document.ocr.corrections import Corrector
from mailroom.document.ocr.engine import PageImage
from mailroom.document.ocr.pool import OcrPool
from mailroom.document.ocr.tesseract import (
    find_tesseract,
    read_with_tesseract,
    works,
)
from mailroom.document.reader_limits import TESSERACT_CPU_SECONDS
from mailroom.notices import ReaderPool
from mailroom.notices.extraction.labels import OCR_VOCABULARY
from tests.corpora.worn_scans import make_worn_scans

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
PAGE = "1\t1\t0\t0\t0\t0\t0\t0\t200\t100\t-1\t"
# Says what it is told to, and writes down how it was asked.
FAKE = """#!{python}
import json, os, resource, sys
given = sys.stdin.buffer.read()
how = {{"arguments": sys.argv[1:], "threads": os.environ.get("OMP_THREAD_LIMIT"), "bytes": len(given)}}
how["cpu"] = resource.getrlimit(resource.RLIMIT_CPU)[0]
open({asked!r}, "w").write(json.dumps(how | {{"head": given[:15].decode("latin-1")}}))
{body}
"""
Install = Callable[..., Path]


def row(text: str, left: int = 10, conf: float = 96.5) -> str:
    """A word as it writes one."""
    return f"5\t1\t1\t1\t1\t1\t{left}\t20\t50\t10\t{conf}\t{text}"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a program that writes these rows, or does something else, first on PATH.

    Answers where it tells of it.
    """

    def put(*rows: str, body: str = "") -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        table = "\n".join((HEAD, PAGE, *rows)) + "\n"
        asked = tmp_path / "asked.json"
        program = folder / "tesseract"
        does = body or f"sys.stdout.write({table!r})"
        program.write_text(FAKE.format(python=sys.executable, asked=str(asked), body=does))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return asked

    return put


def test_words_get_their_places_in_points(install: Install) -> None:
    """Pixels over dots per point; specks and empty boxes are not words."""
    asked = install(row("741-55-3907"), row("·", 80), row(" ", 90), row("Departient", 100, 60))
    page = read_with_tesseract(PageImage(200, 100, 2.0, bytes(200 * 100)), Corrector(OCR_VOCABULARY))
    assert [(word.text, word.x0, word.top, word.x1, word.bottom, word.confidence) for word in page.words] == [
        ("741-55-3907", 5.0, 10.0, 30.0, 15.0, 0.965),
        ("Department", 50.0, 10.0, 75.0, 15.0, 0.6),
    ]
    assert (page.width, page.height, page.turn) == (100.0, 50.0, 0)
    how = json.loads(asked.read_text())
    assert (how["head"], how["bytes"]) == ("P5 200 100 255\n", 15 + 200 * 100)
    assert how["threads"] == "1"
    # The clock is not its limit: a busy machine confirms what an idle one does.
    assert how["cpu"] == TESSERACT_CPU_SECONDS
    assert how["arguments"] == ["stdin", "stdout", "--psm", "11", "--dpi", "144", "-l", "eng", "tsv"]


@pytest.mark.parametrize("body", ["sys.exit(1)", "import time; time.sleep(60)"])
def test_a_failed_program_has_read_nothing(
    install: Install, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """It lacks its language's model, or does not end: nothing is confirmed, and doctor can tell."""
    monkeypatch.setattr(second, "CLOCK_PER_CPU_SECOND", 1 / TESSERACT_CPU_SECONDS)
    install(body=body)
    assert read_with_tesseract(PageImage(64, 64, 2.0, bytes(64 * 64)), Corrector()).words == ()
    assert not works()


def test_a_machine_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is started, and there is no second reading."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tesseract() is None
    assert not works()


def test_it_is_asked_by_the_process_that_reads_images(install: Install) -> None:
    """Which is given pixels, and passes them on."""
    install(row("OAKLEY"))
    pool = OcrPool(1)
    question = {"width": 200, "height": 100, "scale": 2.0, "second": True}
    answer = pool.recognize(question, bytes(200 * 100), 60)
    pool.close()
    assert [word[4] for word in answer["words"]] == ["OAKLEY"]


def test_a_run_asks_it_about_a_scan_in_doubt(install: Install, tmp_path: Path) -> None:
    """At a threshold that nothing meets everything is in doubt: the page goes to it upright and straight."""
    (notice,) = make_worn_scans(1, seed=3, wears=["on its other side"], layouts=["block-2011"], pages=1)
    path = tmp_path / "scan.pdf"
    path.write_bytes(notice.pdf)
    asked = install(row("nothing"))
    with ReaderPool(1, confidence=1.0) as pool:
        reading = pool.read(path)
    assert reading.needs_review
    width, height = map(int, json.loads(asked.read_text())["head"].split()[1:3])
    assert width > height  # The upper 58 % of a letter page that stands upright.
