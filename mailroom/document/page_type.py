"""What a page is made of: text, a scan, a scan with a hidden text layer, nothing.

A full-page image is a scan, and text on it that nobody can see (rendering mode 3, or drawn before the image)
is the scanner's guess: it has plausible wrong digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from typing import Any, Literal

import pypdfium2
import pypdfium2.raw

PageType = Literal["text", "scan", "hidden", "blank"]

# A page with fewer chars than this has no useful text layer (a stamp, a fax machine's head line).
FEWEST_CHARS = 40
# A page without text but with so many strokes is a drawing of a page, made by a fax program or a plotter.
MANY_STROKES = 50
# An image that covers this share of the page is the page.
FULL_PAGE = 0.5

# PDFium's C interface, whose names mypy cannot see: they are created when it is imported.
pdfium: Any = pypdfium2.raw


def find_page_type(page: pypdfium2.PdfPage) -> PageType:
    """Return what the page is made of; "hidden" is a scan over or under text that nobody sees."""
    kinds = [pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_TEXT]
    area = max(page.get_width() * page.get_height(), 1.0)
    with closing(page.get_textpage()) as text_page:
        items = list(page.get_objects(filter=kinds, max_depth=4, textpage=text_page))
        images = [item for item in items if item.type == pdfium.FPDF_PAGEOBJ_IMAGE]
        is_scan = sum(_cover(image, area) for image in images) >= FULL_PAGE
        if not is_scan and not any(_is_invisible(item) for item in items):
            if text_page.count_chars() >= FEWEST_CHARS:
                return "text"
            return "scan" if images or _is_drawn(page) else "blank"
        seen, hidden = _count_chars(items, area)
    # Text over an image of a page may be white, clipped away or nearly transparent: what people see is in the
    # image, which also shows text that is really printed over it.
    if hidden + (seen if is_scan else 0) >= FEWEST_CHARS:
        return "hidden"
    return "text" if seen >= FEWEST_CHARS and not is_scan else "scan"


def _is_drawn(page: pypdfium2.PdfPage) -> bool:
    strokes = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4)
    return len(list(islice(strokes, MANY_STROKES))) == MANY_STROKES


def _is_invisible(item: Any) -> bool:
    if item.type != pdfium.FPDF_PAGEOBJ_TEXT:
        return False
    return bool(pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)


def _count_chars(items: Sequence[Any], area: float) -> tuple[int, int]:
    """Return how many chars can be seen, and how many are invisible or under images drawn later.

    Some scanners cut a page into strips, so the images' shares are added up.
    """
    seen, hidden, covered = 0, 0, 0.0
    for item in reversed(items):
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            covered += _cover(item, area)
        elif _is_invisible(item) or covered >= FULL_PAGE:
            hidden += len(item.extract().strip())
        else:
            seen += len(item.extract().strip())
    return seen, hidden


def _cover(image: Any, area: float) -> float:
    """Return the share of the page that an image covers.

    Inside a form its bounds are in the form's own units.
    """
    left, bottom, right, top = image.get_bounds()
    size, form = abs(right - left) * abs(top - bottom), image.container
    while form is not None:
        matrix = form.get_matrix()
        size *= abs(matrix.a * matrix.d - matrix.b * matrix.c)
        form = form.container
    return float(size / area)
