"""Read one file: open it, run the stages of `mailroom.notices.pipeline`, say what is in it.

Runs in this process; files from outside go through `ReaderPool`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mailroom.config.ocr_threshold import READING_CONFIDENCE
from mailroom.document.image_file import open_image
from mailroom.document.ocr.engine import OcrEngine
from mailroom.document.pages import Pages
from mailroom.document.pdf import is_image, open_pdf
from mailroom.errors import FileFault
from mailroom.notices.pipeline import run_stages
from mailroom.notices.reading import Reading, ReadingOutcome
from mailroom.notices.stages import Findings

# A PDF like any other, but its text cannot be had without looking at the page.
NO_TEXT = frozenset(
    "garbled_text turned_text no_ocr_engine ocr_failed ocr_timed_out too_many_scanned_pages dynamic_form".split()  # noqa: SIM905 - a list to be read
)
# Is called with what was found while the file is still open.
Observer = Callable[[Findings, Reading], None]


def read_file(
    path: Path,
    engine: OcrEngine | None = None,
    confidence: float = READING_CONFIDENCE,
    *,
    images: bool = False,
    observer: Observer | None = None,
) -> Reading:
    """Return what is in the file. Never raises for a bad one: that is an outcome with a code in ``error``.

    Args:
        path: the file.
        engine: reads the pages that are scans; without it they cannot be read.
        confidence: how clear the least clear char of a scan's value must be (0 to 1).
        images: whether image files are read too.
        observer: is shown how the reading came about.
    """
    began = time.perf_counter()
    try:
        with open_image(path) if images and is_image(path) else open_pdf(path) as document:
            findings = run_stages(Findings(Pages(document, engine), confidence))
            assert findings.reading is not None  # noqa: S101 - the last stage gives one
            if observer is not None:
                observer(findings, findings.reading)
            reading = replace(findings.reading, notes=document.active_content())
    except FileFault as fault:
        outcome: ReadingOutcome = "unreadable" if fault.code in NO_TEXT else "rejected"
        reading = Reading(outcome, needs_review=True, error=fault.code)
    except OSError:
        reading = Reading("rejected", needs_review=True, error="cannot_be_opened")
    return replace(reading, seconds=round(time.perf_counter() - began, 4))
