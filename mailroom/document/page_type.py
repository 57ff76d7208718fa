"""What a page is made of: text, a scan, a scan with a hidden text layer, nothing.

A full-page image is a scan, and text on it is not believed: it may be the scanner's guess, which has
plausible wrong digits. Text that nobody can see is found by `mailroom.document.hidden_text`, fonts that do
not say what they draw by `mailroom.document.font_maps`: a page with those is looked at like a scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import pypdfium2

from mailroom.document.font_maps import exchanges_digits, is_unknown
from mailroom.document.hidden_text import find_hidden_chars
from mailroom.document.page_objects import PageObject, Rect, find_shared_area, list_objects
from mailroom.document.text_layer import read_flat_text
from mailroom.privacy.client_data import ClientData

PageType = Literal["text", "scan", "hidden", "blank"]

# A page with fewer chars than this has no useful text layer (a stamp, a fax machine's head line).
FEWEST_CHARS = 40
# A page without text but with so many strokes is a drawing of a page, made by a fax program or a plotter.
MANY_STROKES = 50
# An image that covers this share of the page is the page.
FULL_PAGE = 0.5


@dataclass(frozen=True, repr=False)
class PageLook(ClientData):
    """What a viewer shows of a page; type "hidden" is a scan with text that is not believed.

    ``hidden`` are the chars of its text page that nobody sees, ``box`` is what of the page is shown,
    ``rotation`` by how many degrees it is turned clockwise for it, ``text`` what it says in drawing order.
    """

    page_type: PageType
    hidden: frozenset[int]
    box: Rect
    rotation: int
    text: str


def look_at(page: pypdfium2.PdfPage, *, layers: bool) -> PageLook:
    """Return what a viewer shows of a page, which cannot be rendered any more afterwards.

    ``layers`` says whether the file has some that are off.

    Raises:
        FileFault: ``image_too_large``, where the page has to be rendered.
    """
    objects, box, rotation = list_objects(page), page.get_bbox(), page.get_rotation()
    with closing(page.get_textpage()) as text_page:
        text = read_flat_text(text_page, box, frozenset())
        if _is_covered_by_images(objects, box):
            # Text over an image of a page may be white, clipped away or nearly transparent: what people
            # see is in the image, which also shows text that is really printed over it.
            image_type: PageType = "hidden" if len(text) >= FEWEST_CHARS else "scan"
            return PageLook(image_type, frozenset(), box, rotation, text)
        hidden = find_hidden_chars(page, text_page, objects, layers=layers) if text else frozenset[int]()
        seen = len(text) - len(hidden)
        if hidden:
            text = read_flat_text(text_page, box, hidden)
        is_read = not is_unknown(text) and not exchanges_digits(objects)
    # PDFium says which chars are hidden, and its places are those of the page before it is turned.
    is_plain = not hidden or rotation == 0
    page_type = _decide(objects, seen, len(hidden), is_plain=is_plain)
    return PageLook(page_type if is_read or page_type != "text" else "hidden", hidden, box, rotation, text)


def _decide(objects: Sequence[PageObject], seen: int, hidden: int, *, is_plain: bool) -> PageType:
    """Return the type of a page without an image of a page, by its chars that are seen and hidden."""
    if seen >= FEWEST_CHARS and is_plain:
        is_layer = hidden >= FEWEST_CHARS and any(item.is_invisible for item in objects)
        return "hidden" if is_layer else "text"
    if hidden >= FEWEST_CHARS or not is_plain:
        return "hidden"
    is_drawn = sum(item.is_path for item in objects) >= MANY_STROKES
    return "scan" if is_drawn or any(item.is_image for item in objects) else "blank"


def _is_covered_by_images(objects: Sequence[PageObject], page: Rect) -> bool:
    """Return whether images cover the page; some scanners cut a page into strips."""
    area = max((page[2] - page[0]) * (page[3] - page[1]), 1.0)
    covered = sum(find_shared_area(item.find_box(), page) for item in objects if item.is_image)
    return covered >= FULL_PAGE * area
