"""Sets the image of a page straight: evens its paper, finds which way up it is, cuts out its lines.

Pixels and places only; what a line says is not read here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from mailroom.document.ocr.onnx_engine import Char, Grey, Reals

# A line so much longer than high tells which way the page lies.
LONG = 1.7
# Paper is lighter than this.
BLANK = 150
# Blank paper wider than this many line heights is between columns; shorter lines are not looked through.
GUTTER, LONG_ENOUGH = 0.75, 5


@dataclass(frozen=True)
class ImageLine:
    """A line's corners in pixels, and what it says once it is read."""

    corners: Reals
    chars: tuple[Char, ...] = ()

    @property
    def width(self) -> float:
        """Its length in pixels."""
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        """Its height in pixels."""
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def middle(self) -> Reals:
        """The x and y of its middle in pixels."""
        return np.asarray(self.corners.mean(axis=0), dtype=np.float32)


def even_paper(image: Grey) -> Grey:
    """Return the image without shadows and stains, and with black print."""
    small = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), (0, 0), 6)
    paper = cv2.resize(paper, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    even = cv2.divide(image, np.maximum(paper, 40), scale=255)
    # A strip may hold one line only: its ink is a thousandth of it.
    dark = float(np.percentile(even[::2, ::2], 0.15))
    stretch = 255 / max(255 - dark, 110)
    # Not `cv2.convertScaleAbs`: what is darker than black would come out light.
    levels = np.clip(np.rint(255 - (255 - np.arange(256)) * stretch), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(even, levels), dtype=np.uint8)


def cut_line(image: Grey, corners: Reals, wider: float = 0.0) -> Grey:
    """Return the line as an image of its own, deskewed.

    ``wider`` by a share of its height on each side.
    """
    right, down = corners[1] - corners[0], corners[3] - corners[0]
    width, height = float(np.linalg.norm(right)), float(np.linalg.norm(down))
    if wider:
        side, up = right / max(width, 1) * height * wider, down * wider
        corners = corners + np.array([-side - up, side - up, side + up, -side + up], dtype=np.float32)
        width, height = width + 2 * height * wider, height * (1 + 2 * wider)
    wide, high = max(4, round(width)), max(4, round(height))
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    line = cv2.warpPerspective(
        image, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(line, dtype=np.uint8)


def split_columns(image: Grey, corners: Reals) -> list[Reals]:
    """Split a line where the paper between two columns is blank: the detector bridges narrow gutters."""
    line = cut_line(image, corners)
    height, width = line.shape
    if width < LONG_ENOUGH * height:
        return [corners]
    blank = np.flatnonzero(np.diff(np.pad(line.min(axis=0) > BLANK, 1).astype(np.int8)))
    runs = [
        (start, end) for start, end in zip(blank[::2], blank[1::2], strict=True) if start > 0 and end < width
    ]
    edges = [0.0, *((start + end) / 2 / width for start, end in runs if end - start > GUTTER * height), 1.0]
    right_top, right_foot = corners[1] - corners[0], corners[2] - corners[3]
    return [
        np.array(
            [
                corners[0] + right_top * left, corners[0] + right_top * right,
                corners[3] + right_foot * right, corners[3] + right_foot * left,
            ],
            dtype=np.float32,
        )
        for left, right in pairwise(edges)
    ]  # fmt: skip


def is_sideways(corners: Sequence[Reals]) -> bool:
    """Return whether more of the lines stand than lie."""
    lying, standing = 0.0, 0.0
    for each in corners:
        width, height = float(np.ptp(each[:, 0])), float(np.ptp(each[:, 1]))
        lying += width if width > LONG * height else 0
        standing += height if height > LONG * width else 0
    return standing > lying


def turn_quarter(image: Grey, corners: Sequence[Reals]) -> tuple[Grey, list[Reals]]:
    """Turn an image and its lines by 90 degrees counter-clockwise."""
    width = image.shape[1]
    turned = [np.stack([each[:, 1], width - each[:, 0]], axis=1) for each in corners]
    ordered = [np.roll(each, -1, axis=0) for each in turned]
    out = np.asarray(cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE), dtype=np.uint8)
    return out, [_start_top_left(each) for each in ordered]


def _start_top_left(corners: Reals) -> Reals:
    """Return the same box, its corners counted from the one nearest to the top left."""
    return np.asarray(np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0), dtype=np.float32)


class Deskew:
    """Moves places to where they would be had the page been fed straight.

    ``angle`` is its skew in radians.
    """

    def __init__(self, corners: Sequence[Reals], width: int, height: int) -> None:
        lines = [ImageLine(each) for each in corners]
        long = sorted((each for each in lines if each.width > 5 * each.height), key=lambda each: each.width)
        slopes = [
            float(np.arctan2(*(each.corners[1] - each.corners[0])[::-1])) for each in long[len(long) // 2 :]
        ]
        self.angle = float(np.median(slopes)) if slopes else 0.0
        self._centre = np.array([width / 2, height / 2])

    def place(self, point: Reals) -> tuple[float, float]:
        """Return the x and y in pixels at which a point of the image is on the straight page."""
        x, y = point - self._centre
        cos, sin = math.cos(-self.angle), math.sin(-self.angle)
        return float(x * cos - y * sin + self._centre[0]), float(x * sin + y * cos + self._centre[1])
