"""Tesseract, where the machine has it: a second engine for a page that the first one was unsure of.

It is a program of its own, found on ``PATH`` and asked through pipes, so that nothing of a page is on a disk.
It reads skewed pages and stamps worse than the first engine (`onnx_engine`), but it makes other mistakes, and
so it can confirm. Facts: its four threads wait for each other, with ``OMP_THREAD_LIMIT=1`` a page takes a
seventh of the time; its ``tsv`` has a line per word, with level 5, the box in pixels and a confidence of 0 to
100 (https://github.com/tesseract-ocr/tessdoc, Command-Line-Usage).
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator

from mailroom.document.ocr.corrections import Corrector, is_dirt
from mailroom.document.ocr.engine import OcrPage, PageImage
from mailroom.document.reader_limits import CLOCK_PER_CPU_SECOND, TESSERACT_CPU_SECONDS
from mailroom.document.words import Word

PROGRAM = "tesseract"
# Words wherever they stand, without a guess at columns: those are found from coordinates later.
ANYWHERE = "11"
WORD = "5"
# Becomes the program, with a limit on processor time of its own: the one that it inherits is larger.
LIMITED = ("/bin/sh", "-c", f'ulimit -S -t {TESSERACT_CPU_SECONDS}; exec "$0" "$@"')


def find_tesseract() -> str | None:
    """Return the path of the program, None where there is none."""
    return shutil.which(PROGRAM)


def read_with_tesseract(image: PageImage, corrector: Corrector) -> OcrPage:
    """Return the words of an upright image.

    None at all where the program fails.

    It only confirms, so when it fails a person has to look and nothing else happens; `mailroom doctor`
    reports it.
    """
    words = _parse_words(_run(image) or "", image.scale, corrector)
    return OcrPage(image.width / image.scale, image.height / image.scale, 0, tuple(words))


def works() -> bool:
    """Return whether it reads an image, its language's model included: an empty image is enough."""
    return _run(PageImage(64, 64, 200 / 72, b"\xff" * 64 * 64)) is not None


def _run(image: PageImage) -> str | None:
    """Return the program's table of words, None where it fails."""
    program = find_tesseract()
    if program is None:
        return None
    options = ["--psm", ANYWHERE, "--dpi", str(round(72 * image.scale)), "-l", "eng"]
    try:
        done = subprocess.run(  # noqa: S603 - the program that PATH names
            [*LIMITED, program, "stdin", "stdout", *options, "tsv"],
            input=b"P5 %d %d 255\n" % (image.width, image.height) + image.pixels,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            timeout=TESSERACT_CPU_SECONDS * CLOCK_PER_CPU_SECOND,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", errors="replace")


def _parse_words(table: str, scale: float, corrector: Corrector) -> Iterator[Word]:
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] != WORD:
            continue
        confidence = float(row["conf"]) / 100
        text = corrector.correct((row["text"] or "").strip(), confidence)
        if text and not is_dirt(text):
            left, top, width, height = (int(row[each]) / scale for each in ("left", "top", "width", "height"))
            yield Word(left, top, left + width, top + height, text, confidence)
