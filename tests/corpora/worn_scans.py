"""ScanWear scans: a notice's pages as images, worn in named ways, packed as a scanner packs them.

For tests and benchmarks: every wear of `WEARS` in turn over every layout, decided by a seed. `scan_wear` has
the single effects.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from random import Random

import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from mailroom.sandbox.generator.cp2000 import make_cp2000
from mailroom.sandbox.generator.layouts import BY_NAME, LAYOUTS
from mailroom.sandbox.generator.model import SyntheticNotice, make_random
from mailroom.sandbox.generator.people import make_household
from mailroom.sandbox.generator.scans import read_lines, write_hidden_text
from tests.corpora import scan_wear
from tests.corpora.notices import choose_date


@dataclass(frozen=True)
class ScanWear:
    """One way in which a scan is bad: effects on page 1, effects on every page, and how it is packed."""

    first: tuple[scan_wear.Wear, ...] = ()
    every: tuple[scan_wear.Wear, ...] = ()
    dpi: tuple[int, ...] = (150, 200, 200, 300)
    hidden: bool = False
    quality: int = 60


WEARS: dict[str, ScanWear] = {
    "clean": ScanWear(),
    "low resolution": ScanWear(dpi=(120, 150), quality=40),
    "skewed": ScanWear(every=(scan_wear.skew,)),
    "on its side": ScanWear(every=(scan_wear.turn_left,)),
    "on its other side": ScanWear(every=(scan_wear.turn_right, scan_wear.skew)),
    "upside down": ScanWear(every=(scan_wear.turn_upside_down,)),
    "page 1 upside down": ScanWear(first=(scan_wear.turn_upside_down,)),
    "faint": ScanWear(every=(scan_wear.fade,)),
    "grainy": ScanWear(every=(scan_wear.add_grain,)),
    "blurred": ScanWear(every=(scan_wear.blur,)),
    "saved too small": ScanWear(every=(scan_wear.compress_too_much,), dpi=(150, 200)),
    "stamped": ScanWear(first=(scan_wear.add_stamp,)),
    "stamped and skewed": ScanWear(first=(scan_wear.add_stamp,), every=(scan_wear.skew,)),
    "fax": ScanWear(every=(scan_wear.fax,), dpi=(200,)),
    "fine fax, skewed": ScanWear(every=(scan_wear.skew, scan_wear.fax_finely), dpi=(200,)),
    "punched": ScanWear(every=(scan_wear.punch_holes,)),
    "folded": ScanWear(every=(scan_wear.fold,)),
    "dark edges": ScanWear(every=(scan_wear.darken_edges,)),
    "coffee": ScanWear(first=(scan_wear.stain_with_coffee,)),
    "crumpled": ScanWear(every=(scan_wear.crumple,)),
    "faint and skewed": ScanWear(every=(scan_wear.fade, scan_wear.skew, scan_wear.add_grain)),
    "hidden text": ScanWear(hidden=True, every=(scan_wear.skew,)),
    "stamped fax": ScanWear(first=(scan_wear.add_stamp,), every=(scan_wear.fax_finely,), dpi=(200,)),
}


def make_worn_scans(
    count: int,
    seed: int,
    wears: Sequence[str] | None = None,
    layouts: Sequence[str] | None = None,
    pages: int | None = None,
) -> Iterator[SyntheticNotice]:
    """Yield ``count`` scanned CP2000s: all ``wears`` in turn, and with each round another layout.

    ``pages``: how many of each are scanned, from the first one on; None: all.

    Raises:
        KeyError: a wear or layout has no such name.
    """
    names = list(wears or WEARS)
    looks = [BY_NAME[name] for name in layouts] if layouts else list(LAYOUTS)
    for index in range(count):
        rng = make_random("worn", seed, index)
        name, look = names[index % len(names)], looks[(index + index // len(names)) % len(looks)]
        pdf, truth = make_cp2000(rng, look, make_household(rng), choose_date(rng, look))
        scan = make_worn_scan(pdf, WEARS[name], rng, pages)
        yield SyntheticNotice(f"{index:05d}.pdf", None, scan, truth, name)


def make_worn_scan(pdf: bytes, worn: ScanWear, rng: Random, pages: int | None = None) -> bytes:
    """Return the document as images alone, or as images over invisible text with wrong digits."""
    dpi = rng.choice(worn.dpi)
    # All pages of a document are worn in the same way, and each page differs a little.
    each_page = [
        _wear_page(image, index, worn, dpi, rng)
        for index, image in enumerate(islice(_render_pages(pdf, dpi), pages))
    ]
    lines = read_lines(pdf) if worn.hidden else repeat([])
    return _pack(each_page, dpi, worn.quality, lines, rng)


def _render_pages(pdf: bytes, dpi: int) -> Iterator[Image.Image]:
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            yield page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def _wear_page(image: Image.Image, index: int, worn: ScanWear, dpi: int, rng: Random) -> Image.Image:
    for effect in (*(worn.first if index == 0 else ()), *worn.every):
        image = effect(image, dpi, rng)
    return image


def _pack(
    pages: Sequence[Image.Image],
    dpi: int,
    quality: int,
    lines: Iterator[list[tuple[float, float, str]]],
    rng: Random,
) -> bytes:
    """Return a PDF with bilevel pages as CCITT G4, the others as JPEG; the images give the pages' sizes."""
    if pages[0].mode == "1":
        return _pack_group_four(pages)
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    for page, texts in zip(pages, lines, strict=False):
        width, height = page.width / dpi * 72, page.height / dpi * 72
        canvas.setPageSize((width, height))
        write_hidden_text(canvas, texts, rng)
        held = io.BytesIO()
        page.save(held, "JPEG", quality=quality)
        canvas.drawImage(ImageReader(held), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _pack_group_four(pages: Sequence[Image.Image]) -> bytes:
    target = io.BytesIO()
    epoch = time.gmtime(0)
    first, *others = pages
    first.save(
        target, "PDF", save_all=True, append_images=others, resolution=204, creationDate=epoch, modDate=epoch
    )
    return target.getvalue()
