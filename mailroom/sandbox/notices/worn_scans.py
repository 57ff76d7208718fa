"""Scans as a mail room gets them: a notice's pages as pictures, worn in named ways, packed as a scanner packs them.

For development and benchmarks: every wear of ``WEARS`` in turn over every layout, decided by a seed. What a wear
does to a picture is said in ``wear.py``.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from mailroom.sandbox.notices import wear
from mailroom.sandbox.notices.cp2000 import cp2000, date_in_era
from mailroom.sandbox.notices.layouts import BY_NAME, LAYOUTS
from mailroom.sandbox.notices.model import SyntheticNotice, chance
from mailroom.sandbox.notices.people import household
from mailroom.sandbox.notices.scans import page_lines, write_hidden


@dataclass(frozen=True)
class Worn:
    """One way in which a scan is bad: wears of page 1, those of every page, and how it is packed."""

    first: tuple[wear.Wear, ...] = ()
    every: tuple[wear.Wear, ...] = ()
    dpi: tuple[int, ...] = (150, 200, 200, 300)
    hidden: bool = False
    quality: int = 60


WEARS: dict[str, Worn] = {
    "clean": Worn(),
    "low resolution": Worn(dpi=(120, 150), quality=40),
    "skewed": Worn(every=(wear.skewed,)),
    "on its side": Worn(every=(wear.turned_left,)),
    "on its other side": Worn(every=(wear.turned_right, wear.skewed)),
    "upside down": Worn(every=(wear.upside_down,)),
    "page 1 upside down": Worn(first=(wear.upside_down,)),
    "faint": Worn(every=(wear.faint,)),
    "grainy": Worn(every=(wear.grainy,)),
    "blurred": Worn(every=(wear.blurred,)),
    "saved too small": Worn(every=(wear.jpeg_worn,), dpi=(150, 200)),
    "stamped": Worn(first=(wear.stamped,)),
    "stamped and skewed": Worn(first=(wear.stamped,), every=(wear.skewed,)),
    "fax": Worn(every=(wear.faxed,), dpi=(200,)),
    "fine fax, skewed": Worn(every=(wear.skewed, wear.fine_faxed), dpi=(200,)),
    "punched": Worn(every=(wear.punched,)),
    "folded": Worn(every=(wear.folded,)),
    "dark edges": Worn(every=(wear.dark_edged,)),
    "coffee": Worn(first=(wear.coffee_stained,)),
    "crumpled": Worn(every=(wear.crumpled,)),
    "faint and skewed": Worn(every=(wear.faint, wear.skewed, wear.grainy)),
    "hidden text": Worn(hidden=True, every=(wear.skewed,)),
    "stamped fax": Worn(first=(wear.stamped,), every=(wear.fine_faxed,), dpi=(200,)),
}


def worn_scans(
    count: int, seed: int, wears: Sequence[str] | None = None, layouts: Sequence[str] | None = None
) -> Iterator[SyntheticNotice]:
    """Scanned CP2000s: all ``wears`` in turn, and with each round another layout.

    Raises:
        KeyError: a wear or layout has no such name.
    """
    names = list(wears or WEARS)
    looks = [BY_NAME[name] for name in layouts] if layouts else list(LAYOUTS)
    for index in range(count):
        rng = chance("worn", seed, index)
        name, look = names[index % len(names)], looks[(index + index // len(names)) % len(looks)]
        pdf, truth = cp2000(rng, look, household(rng), date_in_era(rng, look))
        yield SyntheticNotice(f"{index:05d}.pdf", None, worn_scan(pdf, WEARS[name], rng), truth, name)


def worn_scan(pdf: bytes, worn: Worn, rng: Random) -> bytes:
    """The document as pictures alone, or as pictures over invisible text with wrong digits."""
    dpi = rng.choice(worn.dpi)
    # Paper is bad in one way on all its pages, and each page differs a little.
    each_page = [_worn(picture, index, worn, dpi, rng) for index, picture in enumerate(_pictures(pdf, dpi))]
    lines = page_lines(pdf) if worn.hidden else ([] for _ in each_page)
    return _packed(each_page, dpi, worn.quality, lines, rng)


def _pictures(pdf: bytes, dpi: int) -> Iterator[Image.Image]:
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            yield page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def _worn(picture: Image.Image, index: int, worn: Worn, dpi: int, rng: Random) -> Image.Image:
    for make_worse in (*(worn.first if index == 0 else ()), *worn.every):
        picture = make_worse(picture, dpi, rng)
    return picture


def _packed(
    pages: Sequence[Image.Image],
    dpi: int,
    quality: int,
    lines: Iterator[list[tuple[float, float, str]]],
    rng: Random,
) -> bytes:
    """Bilevel pages as CCITT G4, the others as JPEG; the pages' sizes follow from the pictures."""
    if pages[0].mode == "1":
        return _group_four(pages)
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    for page, texts in zip(pages, lines, strict=True):
        width, height = page.width / dpi * 72, page.height / dpi * 72
        canvas.setPageSize((width, height))
        write_hidden(canvas, texts, rng)
        held = io.BytesIO()
        page.save(held, "JPEG", quality=quality)
        canvas.drawImage(ImageReader(held), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _group_four(pages: Sequence[Image.Image]) -> bytes:
    target = io.BytesIO()
    epoch = time.gmtime(0)
    first, *others = pages
    first.save(
        target, "PDF", save_all=True, append_images=others, resolution=204, creationDate=epoch, modDate=epoch
    )
    return target.getvalue()
