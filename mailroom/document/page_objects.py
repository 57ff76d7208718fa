"""What is drawn on a page, in drawing order: its objects as PDFium has them, with their places on the page.

Forms are opened. Rectangles are left, bottom, right, top in the page's own units, which its boxes are in too.
Whether anybody can see an object is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_float, c_int, c_uint
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw

# PDFium's C interface, whose names mypy cannot see: they are created when it is imported.
pdfium: Any = pypdfium2.raw

Rect = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]
_UNCHANGED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
EVERYWHERE: Rect = (float("-inf"), float("-inf"), float("inf"), float("inf"))
NOWHERE: Rect = (float("inf"), float("inf"), float("-inf"), float("-inf"))
# Forms in forms are opened so many times; what is in deeper ones is one object.
MAX_DEPTH = 4
# Points by which a box may stand over the edge of its clip path.
CLIP_SLACK = 1.0

_corner = [c_float() for _ in range(4)]
_channels = [c_uint() for _ in range(4)]


class PageObject(NamedTuple):
    """One object: its kind, and what the forms around it do to it.

    ``matrix`` takes it onto the page, ``clip`` is where it may draw as far as those forms say, and ``is_odd``
    says that one of them is transparent.
    """

    raw: Any
    kind: int
    matrix: Matrix = _UNCHANGED
    clip: Rect = EVERYWHERE
    is_odd: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it is text."""
        return bool(self.kind == pdfium.FPDF_PAGEOBJ_TEXT)

    @property
    def is_image(self) -> bool:
        """Whether it is an image."""
        return bool(self.kind == pdfium.FPDF_PAGEOBJ_IMAGE)

    @property
    def is_path(self) -> bool:
        """Whether it is made of lines and filled shapes."""
        return bool(self.kind == pdfium.FPDF_PAGEOBJ_PATH)

    @property
    def mode(self) -> int:
        """The rendering mode of a text: 0 filled, 1 outlined, 2 both, 3 invisible, from 4 on a clip path."""
        return int(pdfium.FPDFTextObj_GetTextRenderMode(self.raw))

    @property
    def is_invisible(self) -> bool:
        """Whether it is text in the rendering mode that draws nothing."""
        return self.is_text and bool(self.mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)

    def find_box(self) -> Rect:
        """Return its place on the page."""
        left, bottom, right, top = _corner
        if not pdfium.FPDFPageObj_GetBounds(self.raw, left, bottom, right, top):
            return NOWHERE
        corners = ((left.value, bottom.value), (right.value, top.value), (left.value, top.value))
        if self.matrix is _UNCHANGED:
            return left.value, bottom.value, right.value, top.value
        return _around([_place(self.matrix, *each) for each in (*corners, (right.value, bottom.value))])

    def find_colour(self) -> tuple[int, int, int, int] | None:
        """Return red, green, blue and opacity of what it is filled with; None for a pattern."""
        if not pdfium.FPDFPageObj_GetFillColor(self.raw, *_channels):
            return None
        red, green, blue, alpha = _channels
        return red.value, green.value, blue.value, alpha.value

    def is_transparent(self) -> bool:
        """Return whether it, or a form around it, is blended with what is below it."""
        return self.is_odd or bool(pdfium.FPDFPageObj_HasTransparency(self.raw))

    def find_clip(self) -> Rect:
        """Return where it may draw; `NOWHERE` where its clip path is no rectangle."""
        path = pdfium.FPDFPageObj_GetClipPath(self.raw)
        count = pdfium.FPDFClipPath_CountPaths(path)
        return self.clip if count <= 0 else _meet(self.clip, _find_clip(path, count, self.matrix))

    def find_paint(self) -> tuple[bool, float]:
        """Return of a path whether it is filled, and the width of its line in points, 0 without one."""
        fill, stroke, width = c_int(), c_int(), c_float()
        pdfium.FPDFPath_GetDrawMode(self.raw, byref(fill), byref(stroke))
        if stroke.value:
            pdfium.FPDFPageObj_GetStrokeWidth(self.raw, byref(width))
        a, b, c, d = self.matrix[:4]
        return bool(fill.value), width.value * abs(a * d - b * c) ** 0.5


def list_objects(page: pypdfium2.PdfPage) -> list[PageObject]:
    """Return the page's objects in drawing order; forms only where they are too deep to be opened."""
    every = (pdfium.FPDFPage_GetObject(page.raw, at) for at in range(pdfium.FPDFPage_CountObjects(page.raw)))
    found: list[PageObject] = []
    for raw in every:
        _add_object(found, PageObject(raw, pdfium.FPDFPageObj_GetType(raw)), MAX_DEPTH - 1)
    return found


def _add_object(found: list[PageObject], item: PageObject, depth: int) -> None:
    if item.kind != pdfium.FPDF_PAGEOBJ_FORM or not depth:
        found.append(item)
        return
    matrix = _multiply(_find_matrix(item.raw), item.matrix)
    clip, is_odd = item.find_clip(), item.is_transparent()
    for at in range(pdfium.FPDFFormObj_CountObjects(item.raw)):
        raw = pdfium.FPDFFormObj_GetObject(item.raw, at)
        kind = pdfium.FPDFPageObj_GetType(raw)
        _add_object(found, PageObject(raw, kind, matrix, clip, is_odd), depth - 1)


def _find_matrix(raw: Any) -> Matrix:
    found = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(raw, byref(found))
    return found.a, found.b, found.c, found.d, found.e, found.f


def _multiply(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    return (*_turn(then, a, b), *_turn(then, c, d), *_place(then, e, f))


def _turn(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    return x * matrix[0] + y * matrix[2], x * matrix[1] + y * matrix[3]


def _place(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    across, up = _turn(matrix, x, y)
    return across + matrix[4], up + matrix[5]


def _find_clip(path: Any, count: int, matrix: Matrix) -> Rect:
    """Return the rectangle that all parts of a clip path leave."""
    clip = EVERYWHERE
    for at in range(count):
        points = [_place(matrix, *each) for each in _list_points(path, at)]
        box = _around(points) if points else NOWHERE
        is_rectangle = all(
            min(abs(x - box[0]), abs(x - box[2])) < 0.1 and min(abs(y - box[1]), abs(y - box[3])) < 0.1
            for x, y in points
        )
        clip = _meet(clip, box if is_rectangle else NOWHERE)
    return clip


def _list_points(path: Any, part: int) -> Iterator[tuple[float, float]]:
    x, y = c_float(), c_float()
    for at in range(pdfium.FPDFClipPath_CountPathSegments(path, part)):
        segment = pdfium.FPDFClipPath_GetPathSegment(path, part, at)
        if pdfium.FPDFPathSegment_GetPoint(segment, byref(x), byref(y)):
            yield x.value, y.value


def _around(points: list[tuple[float, float]]) -> Rect:
    across, up = [x for x, _ in points], [y for _, y in points]
    return min(across), min(up), max(across), max(up)


def _meet(one: Rect, other: Rect) -> Rect:
    """Return what two rectangles share; its sides are the wrong way round where they share nothing."""
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def find_shared_area(one: Rect, other: Rect) -> float:
    """Return the area that two rectangles share."""
    left, bottom, right, top = _meet(one, other)
    return max(0.0, right - left) * max(0.0, top - bottom)


def is_within(box: Rect, clip: Rect) -> bool:
    """Return whether a box is in a clip rectangle, give or take a point."""
    return (
        box[0] >= clip[0] - CLIP_SLACK
        and box[1] >= clip[1] - CLIP_SLACK
        and box[2] <= clip[2] + CLIP_SLACK
        and box[3] <= clip[3] + CLIP_SLACK
    )


def overlaps(one: Rect, other: Rect, least: float) -> bool:
    """Return whether two boxes share more than so many points in both directions."""
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > least
        and min(one[3], other[3]) - max(one[1], other[1]) > least
    )
