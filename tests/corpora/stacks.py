"""Several notices in one file, as a mail room's scanner makes them: stacks, text pages and scans.

The notices are the generator's; here they are put together in some order, with blank and separator sheets
between, pages turned or scanned low. Everything is decided by the random source.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from random import Random

import pypdfium2
from PIL import Image

from mailroom.sandbox.generator.cp2000 import make_cp2000
from mailroom.sandbox.generator.layouts import LAYOUTS, Layout
from mailroom.sandbox.generator.model import SyntheticNotice
from mailroom.sandbox.generator.people import make_household
from tests.corpora.handmade.pages import Page, build_pdf
from tests.corpora.notices import choose_date

# Which notice (by its place in a list) and which of its pages, both from 0; None is a blank sheet.
Sheet = tuple[int, int] | None
DPI = 150


@dataclass(frozen=True)
class Stacking:
    """How notices are stacked: the order of their pages, blank sheets between them, turns, low pages."""

    order: str
    blanks: bool = False
    turned: bool = False
    low: bool = False


def _one_after_another(_rng: Random, counts: Sequence[int]) -> list[Sheet]:
    return [(notice, page) for notice, count in enumerate(counts) for page in range(count)]


def _merge(_rng: Random, counts: Sequence[int]) -> list[Sheet]:
    """Page by page in turn, as two piles that slid into each other."""
    piles = [[(notice, page) for page in range(count)] for notice, count in enumerate(counts)]
    return [each for each in chain.from_iterable(zip_longest(*piles)) if each is not None]


def _reverse_later(rng: Random, counts: Sequence[int]) -> list[Sheet]:
    """The first notice in order, the others from their last page to the first."""
    sheets = _one_after_another(rng, counts)
    return sheets[: counts[0]] + sheets[counts[0] :][::-1]


def _shuffle_later(rng: Random, counts: Sequence[int]) -> list[Sheet]:
    """The first page on top, all others in any order."""
    first, *others = _one_after_another(rng, counts)
    rng.shuffle(others)
    return [first, *others]


def _slip_in(rng: Random, counts: Sequence[int]) -> list[Sheet]:
    """All other notices between two pages of the first."""
    sheets = _one_after_another(rng, counts)
    own, others = sheets[: counts[0]], sheets[counts[0] :]
    at = rng.randrange(1, len(own))
    return [*own[:at], *others, *own[at:]]


ORDERS: dict[str, Callable[[Random, Sequence[int]], list[Sheet]]] = {
    "one after another": _one_after_another,
    "merged": _merge,
    "later ones reversed": _reverse_later,
    "shuffled": _shuffle_later,
    "slipped in": _slip_in,
}


def make_one(rng: Random, *, numbered: bool = True) -> SyntheticNotice:
    """Return a notice in one of the layouts; without ``numbered`` page 1 does not print its number."""
    layout = rng.choice(LAYOUTS)
    if not numbered:
        layout = _drop_page_number(layout)
    pdf, truth = make_cp2000(rng, layout, make_household(rng), choose_date(rng, layout))
    return SyntheticNotice("notice.pdf", None, pdf, truth, "cp2000")


def _drop_page_number(layout: Layout) -> Layout:
    entries = tuple(each for each in layout.block.entries if each[1] not in {"of", "page"})
    return replace(layout, block=replace(layout.block, entries=entries), numbered=False)


def stack_texts(rng: Random, notices: Sequence[bytes], stacking: Stacking) -> bytes:
    """Return the notices' pages as one file with its text."""
    whole, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    opened = [pypdfium2.PdfDocument(each) for each in notices]
    blank = pypdfium2.PdfDocument(build_pdf([Page()]))
    for sheet in _list_sheets(rng, [len(each) for each in opened], stacking):
        whole.import_pages(opened[sheet[0]] if sheet else blank, [sheet[1] if sheet else 0])
        if sheet and sheet != (0, 0) and stacking.turned:
            page = whole[len(whole) - 1]
            page.set_rotation(rng.choice((0, 90, 180, 270)))
    whole.save(out)
    return out.getvalue()


def stack_scans(rng: Random, notices: Sequence[bytes], stacking: Stacking, pages: int = 99) -> bytes:
    """Return the first so many pages of each notice, scanned into one file."""
    opened = [pypdfium2.PdfDocument(each) for each in notices]
    images = []
    for sheet in _list_sheets(rng, [min(pages, len(each)) for each in opened], stacking):
        if sheet is None:
            images.append(Image.new("L", (round(8.5 * DPI), 11 * DPI), 253))
            continue
        drawn = opened[sheet[0]][sheet[1]].render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
        images.append(drawn if sheet[0] == 0 else _misplace(drawn, rng, stacking))
    return pack(images)


def _misplace(image: Image.Image, rng: Random, stacking: Stacking) -> Image.Image:
    if stacking.low:
        lower = Image.new("L", image.size, 255)
        lower.paste(image, (0, round(image.height * rng.uniform(0.12, 0.3))))
        image = lower
    return image.rotate(180) if stacking.turned else image


def pack(images: Sequence[Image.Image]) -> bytes:
    """Return the page images as one PDF."""
    out = io.BytesIO()
    first, *others = images
    first.save(out, "PDF", save_all=True, append_images=others, resolution=DPI, quality=60)
    return out.getvalue()


def _list_sheets(rng: Random, counts: Sequence[int], stacking: Stacking) -> list[Sheet]:
    sheets = ORDERS[stacking.order](rng, counts)
    if not stacking.blanks:
        return sheets
    return [each for sheet in sheets for each in ((sheet, None) if rng.random() < 0.4 else (sheet,))]
