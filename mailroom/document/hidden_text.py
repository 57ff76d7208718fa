"""Which chars of a text layer nobody sees: covered, white on white, clipped away, on a layer that is off.

Two steps. The objects of the page, in drawing order, say for nearly all text that it can be seen: it is dark,
on nothing dark, in its clip path, and nothing is drawn over it. Only for the rest the page is rendered: with
that text, without it, and that text alone. Text is seen where removing it changes the picture.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from ctypes import byref, c_double, c_int, c_void_p, cast
from typing import Any, NamedTuple

import pypdfium2
from PIL import Image, ImageChops

from mailroom.document.page_objects import (
    EVERYWHERE,
    PageObject,
    Rect,
    is_within,
    overlaps,
    pdfium,
)
from mailroom.document.rendering import check_images, render_grey

# What is at least so light (0 to 255) is not seen for certain on white paper; text is not on anything darker.
LIGHT_TEXT, LIGHT_PAPER = 150, 190
LEAST_OPACITY = 200
# A line as thin as that, in points, covers nothing; nor does what reaches into a text by less.
THIN = 2.0
# With more pairs of a text and a shape than this, each text is looked at.
MOST_PAIRS = 200_000
# Dots per point of the pictures that are compared, and from which difference in grey on a dot is seen.
SCALE, SEEN = 2.0, 24
# A char of whose dots a smaller share is seen cannot be read.
LEAST_SHARE = 0.5
# Texts that overlap are looked at one after the other; of more than this in one place none counts as seen.
MOST_LAYERS = 5
# Points of a side of the squares by which near texts are found, and squares at most in each direction.
CELL, CELLS = 40, 500
_INK = [255 if grey < 200 else 0 for grey in range(256)]
_CHANGE = [255 if grey >= SEEN else 0 for grey in range(256)]
# Rendering modes of text that is filled.
FILLED = frozenset({pdfium.FPDF_TEXTRENDERMODE_FILL, pdfium.FPDF_TEXTRENDERMODE_FILL_STROKE})
# Annotations that draw nothing, or only on a click.
_NOT_DRAWN = frozenset({"FPDF_ANNOT_LINK", "FPDF_ANNOT_POPUP"})


class _Shape(NamedTuple):
    """Something that may cover text: its place in the drawing order, its box, and whether it is light."""

    order: int
    box: Rect
    is_light: bool


def find_hidden_chars(
    page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage, objects: Sequence[PageObject], *, layers: bool
) -> frozenset[int]:
    """Return the indices of the text page's chars that a viewer does not show.

    Those outside of the page's box are not among them: whoever reads the chars leaves them out.

    Args:
        page: the page; it cannot be rendered any more afterwards.
        text_page: its chars.
        objects: what is drawn on it.
        layers: whether the file has layers that are off.

    Raises:
        FileFault: ``image_too_large``, where the page has to be looked at.
    """
    doubtful = _find_doubtful(page, objects, layers=layers)
    if not doubtful:
        return frozenset()
    chars = list(_list_chars(text_page, doubtful))
    invisible = {_address(item.raw) for item in doubtful if item.is_invisible}
    rest = [item for item in doubtful if not item.is_invisible]
    hidden = frozenset(char.number for char in chars if char.text in invisible)
    if not rest:
        return hidden
    return hidden | _judge(page, objects, rest, [char for char in chars if char.text not in invisible])


def _find_doubtful(
    page: pypdfium2.PdfPage, objects: Sequence[PageObject], *, layers: bool
) -> list[PageObject]:
    """Return the texts that may be hidden."""
    texts = [(order, item) for order, item in enumerate(objects) if item.is_text]
    modes = [item.mode for _, item in texts]
    shapes = [*_list_shapes(objects), *_list_annotations(page, len(objects))]
    has_text_clips = max(modes, default=0) >= pdfium.FPDF_TEXTRENDERMODE_FILL_CLIP
    if layers or has_text_clips or len(texts) * len(shapes) > MOST_PAIRS:
        return [item for _, item in texts]
    dark = [each for each in shapes if not each.is_light]
    last = max((each.order for each in shapes), default=-1)
    return [
        item
        for mode, (order, item) in zip(modes, texts, strict=True)
        if mode not in FILLED
        or _is_faint(item)
        or _is_hindered(item, order, shapes if last > order else dark)
    ]


def _is_faint(text: PageObject) -> bool:
    """Return whether the text is light or transparent."""
    colour = text.find_colour()
    if colour is None or min(colour[:3]) >= LIGHT_TEXT or colour[3] < LEAST_OPACITY:
        return True
    return text.is_transparent()


def _is_hindered(text: PageObject, order: int, shapes: Sequence[_Shape]) -> bool:
    """Return whether something lies over the text, something dark under it, or its clip path cuts it."""
    clip = text.find_clip()
    if clip is EVERYWHERE and not shapes:
        return False
    box = text.find_box()
    if clip is not EVERYWHERE and not is_within(box, clip):
        return True
    return any((each.order > order or not each.is_light) and overlaps(box, each.box, THIN) for each in shapes)


def _list_shapes(objects: Sequence[PageObject]) -> Iterator[_Shape]:
    for order, item in enumerate(objects):
        if item.is_text:
            continue
        if not item.is_path:
            yield _Shape(order, item.find_box() if item.is_image else EVERYWHERE, is_light=False)
            continue
        is_filled, line = item.find_paint()
        box = item.find_box()
        if line > THIN or (is_filled and min(box[2] - box[0], box[3] - box[1]) > THIN):
            colour = item.find_colour() if is_filled and line <= THIN else None
            is_light = colour is not None and min(colour[:3]) >= LIGHT_PAPER
            yield _Shape(order, box, is_light)


def _list_annotations(page: pypdfium2.PdfPage, order: int) -> Iterator[_Shape]:
    """Annotations are drawn over everything else."""
    not_drawn = {getattr(pdfium, name) for name in _NOT_DRAWN}
    for at in range(pdfium.FPDFPage_GetAnnotCount(page.raw)):
        note = pdfium.FPDFPage_GetAnnot(page.raw, at)
        box = pdfium.FS_RECTF()
        if pdfium.FPDFAnnot_GetSubtype(note) not in not_drawn and pdfium.FPDFAnnot_GetRect(note, byref(box)):
            yield _Shape(order, (box.left, box.bottom, box.right, box.top), is_light=False)
        pdfium.FPDFPage_CloseAnnot(note)


class _Char(NamedTuple):
    """A char that may be hidden: its index on the text page, its text object, its box."""

    number: int
    text: int
    box: Rect


def _address(raw: Any) -> int:
    return cast(raw, c_void_p).value or 0


def _list_chars(text_page: pypdfium2.PdfTextPage, doubtful: Sequence[PageObject]) -> Iterator[_Char]:
    """Yield the chars of these texts; spaces have no ink and are left out."""
    addresses = {_address(item.raw) for item in doubtful}
    left, right, bottom, top = (c_double() for _ in range(4))
    raw = text_page.raw
    for at in range(text_page.count_chars()):
        if (text := _address(pdfium.FPDFText_GetTextObject(raw, at))) not in addresses:
            continue
        is_placed = pdfium.FPDFText_GetCharBox(raw, at, byref(left), byref(right), byref(bottom), byref(top))
        if is_placed and not chr(pdfium.FPDFText_GetUnicode(raw, at)).isspace():
            yield _Char(at, text, (left.value, bottom.value, right.value, top.value))


def _judge(
    page: pypdfium2.PdfPage,
    objects: Sequence[PageObject],
    doubtful: Sequence[PageObject],
    chars: Sequence[_Char],
) -> frozenset[int]:
    """Return the indices of the chars whose removal does not change the picture."""
    by_text: dict[int, list[_Char]] = {}
    for char in chars:
        by_text.setdefault(char.text, []).append(char)
    layers = _split_layers(doubtful, by_text)
    check_images(page)
    complete = render_grey(page, SCALE)
    without = [_render_without(page, layer) for layer in layers]
    for item in objects:
        _show(item, shown=False)
    hidden = {each.number for each in chars}
    for layer, missing in zip(layers, without, strict=True):
        ink = _render_alone(page, layer).point(_INK)
        seen = ImageChops.darker(ink, ImageChops.difference(complete, missing).point(_CHANGE))
        shown = (char for item in layer for char in by_text.get(_address(item.raw), ()))
        hidden -= {char.number for char in shown if _is_seen(_find_dots(page, char.box, ink.size), ink, seen)}
    return frozenset(hidden)


def _split_layers(texts: Sequence[PageObject], said: Container[int]) -> list[list[PageObject]]:
    """Split texts so that those of one layer do not overlap.

    A text that is drawn twice is in one layer: PDFium has no chars for the second, so it is not in ``said``.
    """
    layers: list[list[PageObject]] = []
    grids: list[dict[tuple[int, int], list[tuple[Rect, bool]]]] = []
    for item in texts:
        box, has_chars = item.find_box(), _address(item.raw) in said
        free = (at for at, grid in enumerate(grids) if _is_free(box, grid, has_chars=has_chars))
        at = next(free, len(layers))
        if at == MOST_LAYERS:
            continue
        if at == len(layers):
            layers.append([])
            grids.append({})
        layers[at].append(item)
        for cell in _list_cells(box):
            grids[at].setdefault(cell, []).append((box, has_chars))
    return layers


def _is_free(box: Rect, grid: dict[tuple[int, int], list[tuple[Rect, bool]]], *, has_chars: bool) -> bool:
    return not any(
        overlaps(box, other, 0.5) and (both_have_chars or not _is_same_place(box, other))
        for cell in _list_cells(box)
        for other, others_chars in grid.get(cell, ())
        for both_have_chars in (has_chars and others_chars,)
    )


def _is_same_place(one: Rect, other: Rect) -> bool:
    return all(abs(a - b) < THIN for a, b in zip(one, other, strict=True))


def _list_cells(box: Rect) -> Iterator[tuple[int, int]]:
    """Yield the squares of a grid that a box touches, so that only near ones are compared."""
    left, bottom, right, top = (round(max(-CELLS, min(each / CELL, CELLS))) for each in box)
    return ((x, y) for x in range(left, right + 1) for y in range(bottom, top + 1))


def _show(item: PageObject, *, shown: bool) -> None:
    pdfium.FPDFPageObj_SetIsActive(item.raw, int(shown))


def _render_without(page: pypdfium2.PdfPage, layer: Sequence[PageObject]) -> Image.Image:
    for item in layer:
        _show(item, shown=False)
    image = render_grey(page, SCALE)
    for item in layer:
        _show(item, shown=True)
    return image


def _render_alone(page: pypdfium2.PdfPage, layer: Sequence[PageObject]) -> Image.Image:
    """Return the texts of a layer in black, of a page whose objects are all switched off."""
    for item in layer:
        _show(item, shown=True)
        pdfium.FPDFPageObj_SetFillColor(item.raw, 0, 0, 0, 255)
        pdfium.FPDFPageObj_SetStrokeColor(item.raw, 0, 0, 0, 255)
    image = render_grey(page, SCALE, annotations=False)
    for item in layer:
        _show(item, shown=False)
    return image


def _find_dots(page: pypdfium2.PdfPage, box: Rect, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return a char's box in dots from the top left corner of the picture."""
    x, y = c_int(), c_int()
    across, down = [], []
    for corner in ((box[0], box[1]), (box[2], box[3])):
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, *corner, byref(x), byref(y))
        across.append(x.value)
        down.append(y.value)
    return min(across), min(down), max(across) + 1, max(down) + 1


def _is_seen(dots: tuple[int, int, int, int], ink: Image.Image, seen: Image.Image) -> bool:
    """Return whether enough of the char's ink changes the picture."""
    printed = ink.crop(dots).histogram()[255]
    return printed > 0 and seen.crop(dots).histogram()[255] >= LEAST_SHARE * printed
