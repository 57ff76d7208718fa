"""Scans: a notice's pages as images, optionally with a hidden text layer that cannot be trusted.

The image is the drawn page, made worse as the `Scanner` says.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

import pypdfium2
from PIL import Image, ImageChops, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from mailroom.sandbox.generator.canvas import HEIGHT, WIDTH


@dataclass(frozen=True)
class Scanner:
    """How badly a machine scans: dots per inch, degrees of skew, blur in pixels, grain, JPEG quality."""

    dpi: int = 130
    skew: float = 0.0
    blur: float = 0.0
    grain: int = 0
    quality: int = 45


def render_pages(pdf: bytes, scanner: Scanner, rng: Random) -> Iterator[Image.Image]:
    """Yield a grey image of each page."""
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            image = page.render(scale=scanner.dpi / 72, grayscale=True).to_pil().convert("L")
            yield _degrade(image, scanner, rng)


def _degrade(image: Image.Image, scanner: Scanner, rng: Random) -> Image.Image:
    if scanner.skew:
        image = image.rotate(scanner.skew, Image.Resampling.BILINEAR, fillcolor=255)
    if scanner.blur:
        image = image.filter(ImageFilter.GaussianBlur(scanner.blur))
    if scanner.grain:
        grain = Image.frombytes("L", image.size, rng.randbytes(image.width * image.height))
        image = ImageChops.subtract(image, grain.point(lambda value: value * scanner.grain // 255))
    return image


def scan(pdf: bytes, scanner: Scanner, rng: Random) -> bytes:
    """Return a PDF of page images without text."""
    first, *others = render_pages(pdf, scanner, rng)
    target = io.BytesIO()
    epoch = time.gmtime(0)
    first.save(
        target, "PDF", save_all=True, append_images=others, resolution=scanner.dpi, quality=scanner.quality,
        creationDate=epoch, modDate=epoch,
    )  # fmt: skip
    return target.getvalue()


def scan_with_hidden_text(pdf: bytes, scanner: Scanner, rng: Random) -> bytes:
    """Return a PDF of page images over invisible text with some wrong digits, like scanning software."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(WIDTH, HEIGHT), invariant=1)
    for image, lines in zip(render_pages(pdf, scanner, rng), read_lines(pdf), strict=True):
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=scanner.quality)
        write_hidden_text(canvas, lines, rng)
        canvas.drawImage(ImageReader(jpeg), 0, 0, WIDTH, HEIGHT)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def write_hidden_text(canvas: Canvas, texts: Iterable[tuple[float, float, str]], rng: Random) -> None:
    """Draw invisible text at these places, with some wrong digits."""
    pen = canvas.beginText()
    pen.setTextRenderMode(3)
    pen.setFont("Helvetica", 9)
    for x, y, text in texts:
        pen.setTextOrigin(x, y)
        pen.textOut(misread_digits(text, rng))
    canvas.drawText(pen)


def read_lines(pdf: bytes) -> Iterator[list[tuple[float, float, str]]]:
    """Yield each page's pieces of text, each with its lower left corner in points from the page's."""
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            boxes = [text.get_rect(number) for number in range(text.count_rects())]
            yield [(box[0], box[1], text.get_text_bounded(*box).strip()) for box in boxes]


def misread_digits(text: str, rng: Random) -> str:
    """Return the text with a few digits replaced by similar ones."""
    alike = {"1": "7", "7": "1", "0": "8", "8": "3", "3": "8", "5": "6", "6": "5", "4": "9", "9": "4"}
    return "".join(alike.get(char, char) if rng.random() < 0.05 else char for char in text)
