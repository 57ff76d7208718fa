"""Wear of scanned pages: what handling, faxing and scanning do to a grey or coloured image.

Each function takes an image, its dots per inch and a random source, and returns a worse image. `worn_scans`
combines them. A person can still read the key fields in each result.
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

PageImage = Image.Image
Wear = Callable[[PageImage, int, Random], PageImage]

WORDS = ("RECEIVED", "MAIL ROOM", "COPY", "SCANNED", "FILED")
INKS = ((190, 30, 40), (40, 60, 170), (90, 40, 120), (110, 110, 110), (70, 70, 70))


def skew(image: PageImage, _dpi: int, rng: Random) -> PageImage:
    """Return it rotated by 0.8 to 3 degrees."""
    degrees = rng.choice((-1, 1)) * rng.uniform(0.8, 3.0)
    return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=_white_of(image))


def turn_left(image: PageImage, _dpi: int, _rng: Random) -> PageImage:
    """Return it rotated by 90 degrees counterclockwise."""
    return image.transpose(Image.Transpose.ROTATE_90)


def turn_right(image: PageImage, _dpi: int, _rng: Random) -> PageImage:
    """Return it rotated by 90 degrees clockwise."""
    return image.transpose(Image.Transpose.ROTATE_270)


def turn_upside_down(image: PageImage, _dpi: int, _rng: Random) -> PageImage:
    """Return it rotated by 180 degrees."""
    return image.transpose(Image.Transpose.ROTATE_180)


def fade(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it as printed with little toner: grey characters, thinner in places."""
    weak = rng.uniform(0.45, 0.62)
    clouds = _draw_noise(image, rng, dpi // 2, 0.85, 1.1)
    values = 255 - (255 - _to_array(image)) * (1 - weak) * clouds
    return _to_image(values, image)


def add_grain(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it with dust and sensor noise."""
    random_values = np.random.default_rng(rng.getrandbits(32))
    values = _to_array(image) + random_values.normal(0, rng.uniform(14, 28), _to_array(image).shape)
    specks = random_values.random(values.shape[:2]) < 0.0012 * (150 / dpi)
    values[specks] = 20
    return _to_image(values, image)


def blur(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it out of focus."""
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.9, 1.35) * dpi / 200))


def compress_too_much(image: PageImage, _dpi: int, rng: Random) -> PageImage:
    """Return it saved as JPEG at a quality of 14 to 24."""
    held = io.BytesIO()
    image.save(held, "JPEG", quality=rng.randint(14, 24))
    return Image.open(held).convert(image.mode)


def add_stamp(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it with a coloured stamp, slightly rotated, over the upper part of the page."""
    size = round(rng.uniform(2.2, 2.9) * dpi), round(0.62 * dpi)
    stamp = Image.new("L", size, 0)
    pen = ImageDraw.Draw(stamp)
    line = max(2, dpi // 60)
    pen.rectangle((line, line, size[0] - line, size[1] - line), outline=255, width=line)
    pen.text((size[0] * 0.5, size[1] * 0.3), rng.choice(WORDS), 255, _load_font(0.2 * dpi), anchor="mm")
    pen.text((size[0] * 0.5, size[1] * 0.7), "NOV 03 2026", 255, _load_font(0.2 * dpi), anchor="mm")
    stamp = stamp.rotate(rng.uniform(-14, 14), Image.Resampling.BICUBIC, expand=True)
    cover = Image.new("L", image.size, 0)
    place = (
        round(rng.uniform(0.42, 0.95) * (image.width - stamp.width)),
        round(rng.uniform(0.0, 0.16) * image.height),
    )
    strength = rng.uniform(0.6, 0.9)
    cover.paste(stamp.point(lambda value: round(value * strength)), place)
    coloured = image.convert("RGB")
    inked = ImageChops.multiply(coloured, Image.new("RGB", image.size, rng.choice(INKS)))
    return Image.composite(inked, coloured, cover)


def fax(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it as a fax of 204 by 98 dots per inch, black and white, with lost lines."""
    small = _send(image, (204 / dpi, 98 / dpi), rng, lightest=185, specks=0.0008)
    tall = small.resize((small.width, small.height * 2), Image.Resampling.NEAREST)
    return tall.convert("1", dither=Image.Dither.NONE)


def fax_finely(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it as a fax of 204 by 196 dots per inch, black and white."""
    small = _send(image, (204 / dpi, 196 / dpi), rng, lightest=190, specks=0.001)
    return small.convert("1", dither=Image.Dither.NONE)


def _send(
    image: PageImage, scale: tuple[float, float], rng: Random, *, lightest: int, specks: float
) -> PageImage:
    """Return it scaled, black and white with specks; the threshold is between 150 and ``lightest``."""
    size = round(image.width * scale[0]), round(image.height * scale[1])
    values = np.array(image.convert("L").resize(size, Image.Resampling.BOX))
    random_values = np.random.default_rng(rng.getrandbits(32))
    values = np.where(values > rng.randint(150, lightest), 255, 0).astype(np.uint8)
    values[random_values.random(values.shape) < specks] = 0
    return Image.fromarray(values)


def punch_holes(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it with three holes at the left edge or two at the top, as black discs."""
    out = image.copy()
    pen = ImageDraw.Draw(out)
    radius = 0.14 * dpi
    if rng.random() < 0.5:
        places = [(0.4 * dpi, share * image.height) for share in (0.12, 0.5, 0.88)]
    else:
        places = [(image.width / 2 + side * 1.375 * dpi, 0.4 * dpi) for side in (-1, 1)]
    for x, y in places:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_dark_of(image))
    return out


def fold(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it folded in three: a shadow beside each fold, and characters lost on the fold."""
    values = _to_array(image)
    for share in (1 / 3, 2 / 3):
        at = round((share + rng.uniform(-0.05, 0.05)) * image.height)
        reach = round(0.25 * dpi)
        shade = np.ones(image.height)
        below = np.arange(at, min(at + reach, image.height))
        shade[below] = 0.55 + 0.45 * (below - at) / reach
        values = values * (shade[:, None, None] if values.ndim == 3 else shade[:, None])
        values[at : at + max(1, dpi // 120)] = 235
    return _to_image(values, image)


def darken_edges(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it as scanned with the lid open: black along two edges, and a shadow into the page."""
    values = _to_array(image)
    across = np.arange(image.width) / dpi
    down = np.arange(image.height) / dpi
    if rng.random() < 0.5:
        across = across[::-1]
    shade = np.minimum(1, 0.1 + across / 0.35)[None, :] * np.minimum(1, 0.2 + down / 0.3)[:, None]
    return _to_image(values * (shade[..., None] if values.ndim == 3 else shade), image)


def stain_with_coffee(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it with the ring of a cup on the upper half."""
    y, x = np.ogrid[: image.height, : image.width]
    centre = rng.uniform(0.2, 0.9) * image.width, rng.uniform(0.05, 0.35) * image.height
    away = np.hypot(x - centre[0], y - centre[1]) / dpi
    ring = np.exp(-(((away - 1.5) / 0.07) ** 2)) * rng.uniform(0.35, 0.6) + (away < 1.5) * 0.12
    tint = np.array([0.55, 0.75, 1.0])
    values = np.array(image.convert("RGB"), dtype=float)
    return Image.fromarray((values * (1 - ring[..., None] * tint)).clip(0, 255).astype(np.uint8))


def crumple(image: PageImage, dpi: int, rng: Random) -> PageImage:
    """Return it wavy: lines bend a little, and the light is uneven."""
    values = _to_array(image)
    wave = math.tau / (rng.uniform(2.5, 5) * dpi)
    shift = np.sin(np.arange(image.width) * wave + rng.random() * 6) * 0.02 * dpi
    rows = np.arange(image.height)[:, None] + shift[None, :]
    bent = values[rows.round().astype(int).clip(0, image.height - 1), np.arange(image.width)[None, :]]
    light = _draw_noise(image, rng, dpi, 0.72, 1.0)
    return _to_image(bent * light, image)


def _draw_noise(image: PageImage, rng: Random, cell: int, low: float, high: float) -> NDArray[Any]:
    """Return soft clouds between two values, in the shape of the image."""
    random_values = np.random.default_rng(rng.getrandbits(32))
    coarse = random_values.random((image.height // cell + 2, image.width // cell + 2)) * 255
    field = Image.fromarray(coarse.astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    values = low + np.array(field, dtype=float) / 255 * (high - low)
    return values if image.mode == "L" else values[..., None]


def _to_array(image: PageImage) -> NDArray[Any]:
    return np.array(image, dtype=float)


def _to_image(values: NDArray[Any], like: PageImage) -> PageImage:
    return Image.fromarray(values.clip(0, 255).astype(np.uint8)).convert(like.mode)


def _white_of(image: PageImage) -> int | tuple[int, int, int]:
    return 255 if image.mode in ("L", "1") else (255, 255, 255)


def _dark_of(image: PageImage) -> int | tuple[int, int, int]:
    return 25 if image.mode in ("L", "1") else (25, 25, 25)


def _load_font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
