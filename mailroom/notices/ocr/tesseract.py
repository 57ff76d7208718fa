"""Tesseract, where the machine has it: another engine's look at a page that the first one was unsure of.

It is a program of its own, found on ``PATH`` and asked through pipes, so that nothing of a page lies on a disk.
What it makes of skewed pages and of stamps is worse than what the first engine does (`models`), but its mistakes are
other ones, and so it can confirm. Facts: its four threads wait for each other, with ``OMP_THREAD_LIMIT=1`` a page takes
a seventh of the time; its ``tsv`` has a line per word, with level 5, the box in pixels and a confidence of 0 to 100
(https://github.com/tesseract-ocr/tessdoc, Command-Line-Usage).
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator

from mailroom.notices.ocr.mended import is_dirt, mended
from mailroom.notices.ocr.seen import SeenPage, SeenWord

PROGRAM = "tesseract"
# Words wherever they stand, without a guess at columns: those are found from places later on.
ANYWHERE = "11"
WORD = "5"
# A page takes half a second, one full of specks a minute; a file has 28 seconds for everything.
SECONDS = 5.0


def tesseract() -> str | None:
    """Where the program is; None where there is none."""
    return shutil.which(PROGRAM)


def seen_by_tesseract(pixels: bytes, width: int, height: int, scale: float) -> SeenPage:
    """The words of an upright grey picture of ``scale`` dots per point; none at all where the program fails.

    It only ever confirms, so one that fails costs a person's look and nothing else; `mailroom doctor` tells of it.
    """
    words = _words(_asked(pixels, width, height, scale) or "", scale)
    return SeenPage(width / scale, height / scale, 0, tuple(words))


def works() -> bool:
    """Whether it reads a picture, its language's model included: an empty one will do."""
    return _asked(b"\xff" * 64 * 64, 64, 64, 200 / 72) is not None


def _asked(pixels: bytes, width: int, height: int, scale: float) -> str | None:
    program = tesseract()
    if program is None:
        return None
    options = ["--psm", ANYWHERE, "--dpi", str(round(72 * scale)), "-l", "eng"]
    try:
        done = subprocess.run(  # noqa: S603 - the program that PATH names
            [program, "stdin", "stdout", *options, "tsv"],
            input=b"P5 %d %d 255\n" % (width, height) + pixels,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", errors="replace")


def _words(table: str, scale: float) -> Iterator[SeenWord]:
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] != WORD:
            continue
        sure = float(row["conf"]) / 100
        text = mended((row["text"] or "").strip(), sure)
        if text and not is_dirt(text):
            left, top, width, height = (int(row[each]) / scale for each in ("left", "top", "width", "height"))
            yield SeenWord(text, left, top, left + width, top + height, sure)
