"""Pages as images: what an office scanner, a copier, a fax machine or a careless hand makes of a document."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import numpy as np
import numpy.typing as npt
import pypdfium2
from fpdf import FPDF
from PIL import Image, ImageFilter

Pixels = npt.NDArray[np.floating]
Effect = Callable[[Image.Image, Random], Image.Image]


@dataclass(frozen=True)
class Wear:
    """One way of scanning; after a harsh one a person may be needed."""

    name: str
    weight: int
    dpi: tuple[int, ...]
    effects: tuple[Effect, ...]
    harsh: bool = False
    color: bool = False


@dataclass(frozen=True)
class Turn:
    """What is wrong with some pages: turned by half, or moved down by a part of the height."""

    pages: frozenset[int]
    half_turn: bool = False
    drop: float = 0.0


def _to_pixels(image: Image.Image) -> Pixels:
    return np.asarray(image, dtype=np.float32)


def _to_image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _seed_noise(rng: Random) -> np.random.Generator:
    return np.random.default_rng(rng.randint(0, 2**32))


def _paper(image: Image.Image, level: int) -> int | tuple[int, int, int]:
    return level if image.mode == "L" else (level, level, level)


def skew(image: Image.Image, rng: Random) -> Image.Image:
    """Turn the page by up to two and a half degrees."""
    angle = rng.choice((-1, 1)) * rng.uniform(0.4, 2.5)
    return image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_paper(image, 250))


def skew_slightly(image: Image.Image, rng: Random) -> Image.Image:
    """Turn the page by less than half a degree, as every feeder does."""
    return image.rotate(rng.uniform(-0.4, 0.4), Image.Resampling.BILINEAR, fillcolor=_paper(image, 254))


def add_noise(image: Image.Image, rng: Random) -> Image.Image:
    """Grain over the page, and specks of dirt."""
    pixels, source = _to_pixels(image), _seed_noise(rng)
    grain = source.normal(0, rng.uniform(4, 12), pixels.shape[:2]).astype(np.float32)
    pixels = pixels + (grain if pixels.ndim == 2 else grain[..., None])
    for _ in range(rng.randint(20, 120)):
        y, x, size = rng.randrange(pixels.shape[0]), rng.randrange(pixels.shape[1]), rng.randint(1, 3)
        pixels[y : y + size, x : x + size] = rng.randint(20, 140)
    return _to_image(pixels)


def blur(image: Image.Image, rng: Random) -> Image.Image:
    """A lens that is a little out of focus."""
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.15) * image.width / 1700))


def fade(image: Image.Image, rng: Random) -> Image.Image:
    """Gray text on gray paper: toner is low."""
    low, high = rng.uniform(80, 140), rng.uniform(205, 240)
    return _to_image(low + _to_pixels(image) * (high - low) / 255)


def shade(image: Image.Image, rng: Random) -> Image.Image:
    """Light that falls from one side, as on a photograph."""
    pixels = _to_pixels(image)
    ramp = np.linspace(1.0, rng.uniform(0.6, 0.85), pixels.shape[1], dtype=np.float32)
    ramp = ramp if rng.random() < 0.5 else ramp[::-1]
    return _to_image(pixels * (ramp if pixels.ndim == 2 else ramp[:, None]))


def fold(image: Image.Image, rng: Random) -> Image.Image:
    """The two folds of a letter in an envelope: a dark line with a light one beside it."""
    pixels = _to_pixels(image)
    height = pixels.shape[0]
    for share in (1 / 3, 2 / 3):
        row = int(height * (share + rng.uniform(-0.02, 0.02)))
        width = max(2, height // 500)
        pixels[row : row + width] *= 0.7
        pixels[row + width : row + 3 * width] = np.minimum(255, pixels[row + width : row + 3 * width] + 26)
        reach = height // 40
        pixels[row - reach : row] *= np.linspace(1, 0.86, reach, dtype=np.float32).reshape(
            -1, *[1] * (pixels.ndim - 1)
        )
    return _to_image(pixels)


def shift(image: Image.Image, rng: Random) -> Image.Image:
    """The page lies off the glass: moved, with a black edge."""
    canvas = Image.new(image.mode, image.size, _paper(image, rng.choice((255, 30))))
    canvas.paste(
        image, (int(image.width * rng.uniform(-0.03, 0.05)), int(image.height * rng.uniform(-0.02, 0.05)))
    )
    return canvas


def darken_edges(image: Image.Image, rng: Random) -> Image.Image:
    """Black bars of a copier with its lid open, and holes of a punch."""
    pixels = _to_pixels(image)
    bar = int(pixels.shape[1] * rng.uniform(0.004, 0.02))
    pixels[:, :bar] = 25
    pixels[-bar:] = 40
    for share in (0.36, 0.64):
        row, radius = int(pixels.shape[0] * share), pixels.shape[1] // 75
        pixels[row - radius : row + radius, bar + radius : bar + 3 * radius] = 20
    return _to_image(pixels)


def copy_again(image: Image.Image, rng: Random) -> Image.Image:
    """A copy of a copy: harder edges, thinner or thicker strokes."""
    size = rng.choice((0, 3))
    thicker = image.filter(ImageFilter.MinFilter(size)) if size and image.width > 2000 else image
    pixels = _to_pixels(thicker.filter(ImageFilter.GaussianBlur(0.8)))
    return _to_image((pixels - rng.uniform(110, 160)) * rng.uniform(1.6, 2.6) + 128)


def fax(image: Image.Image, rng: Random) -> Image.Image:
    """Black and white only, at a fax's resolution, with gray areas as dots and some lines lost."""
    low = image.convert("L").resize((1728, 2200 if rng.random() < 0.6 else 1100), Image.Resampling.BILINEAR)
    if rng.random() < 0.4:
        dots = low.convert("1")
    else:
        limit = rng.randint(120, 170)
        dots = low.point(lambda level: 255 if level > limit else 0).convert("1")
    pixels = np.asarray(dots).copy()
    for _ in range(rng.randint(0, 4)):
        pixels[rng.randrange(pixels.shape[0])] = rng.random() < 0.5
    return Image.fromarray(pixels).resize((1728, 2200), Image.Resampling.NEAREST)


WEARS = (
    Wear("office", 24, (200, 200, 300), (skew_slightly,)),
    Wear("office_color", 14, (150, 200), (skew_slightly,), color=True),
    Wear("skewed", 14, (200, 200, 300), (skew, blur)),
    Wear("noisy", 10, (150, 200), (skew_slightly, blur, add_noise), harsh=True),
    Wear("copy_of_copy", 9, (200, 200, 300), (copy_again, skew, darken_edges), harsh=True),
    Wear("low_contrast", 7, (150, 200), (fade, skew_slightly, add_noise), harsh=True),
    Wear("folded", 7, (200,), (fold, skew_slightly, blur)),
    Wear("photo", 4, (150,), (skew, shade, blur), harsh=True, color=True),
    Wear("shifted", 4, (200,), (shift, skew_slightly), harsh=True),
    Wear("fax", 7, (200,), (skew_slightly, fax), harsh=True),
)


def choose_wear(rng: Random) -> Wear:
    """A way of scanning, as often as its weight says."""
    return rng.choices(WEARS, [wear.weight for wear in WEARS])[0]


def scan(
    document: bytes, wear: Wear, rng: Random, turns: Sequence[Turn] = (), *, layer: bool = False
) -> bytes:
    """The document with one image per page; with ``layer``, invisible text with many wrong characters."""
    source, made = pypdfium2.PdfDocument(document), FPDF(unit="pt", format="letter")
    made.set_creation_date(datetime(2026, 1, 1, tzinfo=UTC))
    made.set_auto_page_break(auto=False)
    dpi, quality = rng.choice(wear.dpi), rng.randint(38, 88)
    for number, page in enumerate(source):
        image = page.render(scale=dpi / 72, grayscale=not wear.color).to_pil()
        for effect in wear.effects:
            image = effect(image, rng)
        image = _turn(image, number, turns)
        made.add_page()
        if layer:
            _write_layer(made, page.get_textpage().get_text_bounded(), rng)
        made.image(_encode(image, quality, dpi), x=0, y=0, w=612, h=792)
        page.close()
    return bytes(made.output())


def _turn(image: Image.Image, number: int, turns: Sequence[Turn]) -> Image.Image:
    for turn in turns:
        if number in turn.pages and turn.half_turn:
            image = image.transpose(Image.Transpose.ROTATE_180)
        if number in turn.pages and turn.drop:
            moved = Image.new(image.mode, image.size, "white")
            moved.paste(image, (0, int(image.height * turn.drop)))
            image = moved
    return image


def _encode(image: Image.Image, quality: int, dpi: int) -> io.BytesIO:
    stream = io.BytesIO()
    if image.mode == "1":
        image.save(stream, "PNG")
    else:
        image.save(stream, "JPEG", quality=quality, dpi=(dpi, dpi))
    stream.seek(0)
    return stream


def _write_layer(made: FPDF, text: str, rng: Random) -> None:
    """Text of a bad OCR engine, roughly from the top down, and not where the words are."""
    wrong = {"0": "O", "1": "l", "5": "S", "8": "B", "3": "8", "4": "1", "6": "5", "e": "c", "m": "rn"}
    y = 40.0
    made.set_font("helvetica", size=8)
    with made.local_context(text_mode="INVISIBLE"):
        for line in text.splitlines():
            bad = "".join(wrong.get(char, char) if rng.random() < 0.12 else char for char in line)
            if y < 780 and bad.strip():
                made.text(40, y, bad.encode("latin-1", "ignore").decode("latin-1"))
            y += 10
