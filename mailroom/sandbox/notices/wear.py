"""What handling, faxing and scanning do to a page, each with a name, on grey or coloured pictures of it.

Each takes a picture, its dots per inch and chance, and gives the picture made worse; nothing else decides.
What a scan is made of is said in ``worn_scans.py``. A person can still read the key fields in each of these.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Picture = Image.Image
Wear = Callable[[Picture, int, Random], Picture]

WORDS = ("RECEIVED", "MAIL ROOM", "COPY", "SCANNED", "FILED")
INKS = ((190, 30, 40), (40, 60, 170), (90, 40, 120), (110, 110, 110), (70, 70, 70))


def skewed(picture: Picture, _dpi: int, rng: Random) -> Picture:
    """Fed at an angle of up to three degrees."""
    degrees = rng.choice((-1, 1)) * rng.uniform(0.8, 3.0)
    return picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=_white(picture))


def turned_left(picture: Picture, _dpi: int, _rng: Random) -> Picture:
    """Lying on its side."""
    return picture.transpose(Image.Transpose.ROTATE_90)


def turned_right(picture: Picture, _dpi: int, _rng: Random) -> Picture:
    """Lying on its other side."""
    return picture.transpose(Image.Transpose.ROTATE_270)


def upside_down(picture: Picture, _dpi: int, _rng: Random) -> Picture:
    """Fed with its foot first."""
    return picture.transpose(Image.Transpose.ROTATE_180)


def faint(picture: Picture, dpi: int, rng: Random) -> Picture:
    """The toner nearly empty: grey letters, here and there thinner still."""
    weak = rng.uniform(0.45, 0.62)
    clouds = _noise(picture, rng, dpi // 2, 0.85, 1.1)
    values = 255 - (255 - _array(picture)) * (1 - weak) * clouds
    return _picture(values, picture)


def grainy(picture: Picture, dpi: int, rng: Random) -> Picture:
    """Dust and sensor noise."""
    lot = np.random.default_rng(rng.getrandbits(32))
    values = _array(picture) + lot.normal(0, rng.uniform(14, 28), _array(picture).shape)
    specks = lot.random(values.shape[:2]) < 0.0012 * (150 / dpi)
    values[specks] = 20
    return _picture(values, picture)


def blurred(picture: Picture, dpi: int, rng: Random) -> Picture:
    """Out of focus."""
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.9, 1.35) * dpi / 200))


def jpeg_worn(picture: Picture, _dpi: int, rng: Random) -> Picture:
    """Saved too small."""
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=rng.randint(14, 24))
    return Image.open(held).convert(picture.mode)


def stamped(picture: Picture, dpi: int, rng: Random) -> Picture:
    """A stamp over the upper part of the page, in some ink, a little turned."""
    size = round(rng.uniform(2.2, 2.9) * dpi), round(0.62 * dpi)
    stamp = Image.new("L", size, 0)
    pen = ImageDraw.Draw(stamp)
    line = max(2, dpi // 60)
    pen.rectangle((line, line, size[0] - line, size[1] - line), outline=255, width=line)
    pen.text((size[0] * 0.5, size[1] * 0.3), rng.choice(WORDS), 255, _font(0.2 * dpi), anchor="mm")
    pen.text((size[0] * 0.5, size[1] * 0.7), "NOV 03 2026", 255, _font(0.2 * dpi), anchor="mm")
    stamp = stamp.rotate(rng.uniform(-14, 14), Image.Resampling.BICUBIC, expand=True)
    cover = Image.new("L", picture.size, 0)
    place = (
        round(rng.uniform(0.42, 0.95) * (picture.width - stamp.width)),
        round(rng.uniform(0.0, 0.16) * picture.height),
    )
    strength = rng.uniform(0.6, 0.9)
    cover.paste(stamp.point(lambda value: round(value * strength)), place)
    coloured = picture.convert("RGB")
    inked = ImageChops.multiply(coloured, Image.new("RGB", picture.size, rng.choice(INKS)))
    return Image.composite(inked, coloured, cover)


def faxed(picture: Picture, dpi: int, rng: Random) -> Picture:
    """Sent at 204 by 98 dots to the inch, black or white, with lost lines."""
    small = _sent(picture, (204 / dpi, 98 / dpi), rng, lightest=185, specks=0.0008)
    tall = small.resize((small.width, small.height * 2), Image.Resampling.NEAREST)
    return tall.convert("1", dither=Image.Dither.NONE)


def fine_faxed(picture: Picture, dpi: int, rng: Random) -> Picture:
    """Sent at 204 by 196 dots to the inch, black or white."""
    small = _sent(picture, (204 / dpi, 196 / dpi), rng, lightest=190, specks=0.001)
    return small.convert("1", dither=Image.Dither.NONE)


def _sent(
    picture: Picture, scale: tuple[float, float], rng: Random, *, lightest: int, specks: float
) -> Picture:
    """Fewer dots, each black or white, and a share of specks; what is black begins between 150 and ``lightest``."""
    size = round(picture.width * scale[0]), round(picture.height * scale[1])
    values = np.array(picture.convert("L").resize(size, Image.Resampling.BOX))
    lot = np.random.default_rng(rng.getrandbits(32))
    values = np.where(values > rng.randint(150, lightest), 255, 0).astype(np.uint8)
    values[lot.random(values.shape) < specks] = 0
    return Image.fromarray(values)


def punched(picture: Picture, dpi: int, rng: Random) -> Picture:
    """Three holes at the left edge or two at the top, seen as black discs."""
    out = picture.copy()
    pen = ImageDraw.Draw(out)
    radius = 0.14 * dpi
    if rng.random() < 0.5:
        places = [(0.4 * dpi, share * picture.height) for share in (0.12, 0.5, 0.88)]
    else:
        places = [(picture.width / 2 + side * 1.375 * dpi, 0.4 * dpi) for side in (-1, 1)]
    for x, y in places:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_dark(picture))
    return out


def folded(picture: Picture, dpi: int, rng: Random) -> Picture:
    """Folded in three: a shadow to one side of each fold, and letters lost on the line itself."""
    values = _array(picture)
    for share in (1 / 3, 2 / 3):
        at = round((share + rng.uniform(-0.05, 0.05)) * picture.height)
        reach = round(0.25 * dpi)
        shade = np.ones(picture.height)
        below = np.arange(at, min(at + reach, picture.height))
        shade[below] = 0.55 + 0.45 * (below - at) / reach
        values = values * (shade[:, None, None] if values.ndim == 3 else shade[:, None])
        values[at : at + max(1, dpi // 120)] = 235
    return _picture(values, picture)


def dark_edged(picture: Picture, dpi: int, rng: Random) -> Picture:
    """The lid stood open: black along two edges, and a shadow into the page."""
    values = _array(picture)
    across = np.arange(picture.width) / dpi
    down = np.arange(picture.height) / dpi
    if rng.random() < 0.5:
        across = across[::-1]
    shade = np.minimum(1, 0.1 + across / 0.35)[None, :] * np.minimum(1, 0.2 + down / 0.3)[:, None]
    return _picture(values * (shade[..., None] if values.ndim == 3 else shade), picture)


def coffee_stained(picture: Picture, dpi: int, rng: Random) -> Picture:
    """A cup stood on the upper half."""
    y, x = np.ogrid[: picture.height, : picture.width]
    centre = rng.uniform(0.2, 0.9) * picture.width, rng.uniform(0.05, 0.35) * picture.height
    away = np.hypot(x - centre[0], y - centre[1]) / dpi
    ring = np.exp(-(((away - 1.5) / 0.07) ** 2)) * rng.uniform(0.35, 0.6) + (away < 1.5) * 0.12
    tint = np.array([0.55, 0.75, 1.0])
    values = np.array(picture.convert("RGB"), dtype=float)
    return Image.fromarray((values * (1 - ring[..., None] * tint)).clip(0, 255).astype(np.uint8))


def crumpled(picture: Picture, dpi: int, rng: Random) -> Picture:
    """Paper that waves: lines bend a little, and light falls unevenly."""
    values = _array(picture)
    wave = math.tau / (rng.uniform(2.5, 5) * dpi)
    shift = np.sin(np.arange(picture.width) * wave + rng.random() * 6) * 0.02 * dpi
    rows = np.arange(picture.height)[:, None] + shift[None, :]
    bent = values[rows.round().astype(int).clip(0, picture.height - 1), np.arange(picture.width)[None, :]]
    light = _noise(picture, rng, dpi, 0.72, 1.0)
    return _picture(bent * light, picture)


def _noise(picture: Picture, rng: Random, cell: int, low: float, high: float) -> NDArray[Any]:
    """Soft clouds between two values, over the whole picture."""
    lot = np.random.default_rng(rng.getrandbits(32))
    coarse = lot.random((picture.height // cell + 2, picture.width // cell + 2)) * 255
    field = Image.fromarray(coarse.astype(np.uint8)).resize(picture.size, Image.Resampling.BICUBIC)
    values = low + np.array(field, dtype=float) / 255 * (high - low)
    return values if picture.mode == "L" else values[..., None]


def _array(picture: Picture) -> NDArray[Any]:
    return np.array(picture, dtype=float)


def _picture(values: NDArray[Any], like: Picture) -> Picture:
    return Image.fromarray(values.clip(0, 255).astype(np.uint8)).convert(like.mode)


def _white(picture: Picture) -> int | tuple[int, int, int]:
    return 255 if picture.mode in ("L", "1") else (255, 255, 255)


def _dark(picture: Picture) -> int | tuple[int, int, int]:
    return 25 if picture.mode in ("L", "1") else (25, 25, 25)


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # noqa: S101 - Pillow gives the other one only without FreeType
    return font
