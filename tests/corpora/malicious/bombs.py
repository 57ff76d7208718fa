"""PDFs that are small on disk and use a huge amount of memory, pixels, pages or time when opened."""

from __future__ import annotations

import io
from random import Random

from PIL import Image

from tests.corpora.malicious.raw_pdf import (
    CATALOG,
    FLATE,
    FONT,
    MEGABYTE,
    ONE_PAGE,
    build_one_page,
    build_page,
    build_pdf,
    build_stream,
    compress_repeated,
)
from tests.corpora.malicious.registry import ends_in


@ends_in("too_much_memory", "reader_died", "reading_timed_out")
def _content_bomb(_rng: Random) -> bytes:
    """A gigabyte of drawing operators in two megabytes."""
    return build_one_page(build_stream(compress_repeated(b"0 0 m 9 9 l S\n" * 74_898, 1024), FLATE))


@ends_in("too_much_memory", "reader_died", "reading_timed_out")
def _content_bomb_twice_squeezed(_rng: Random) -> bytes:
    once = compress_repeated(b" " * MEGABYTE, 1024)
    return build_one_page(build_stream(compress_repeated(once, 1), b"/Filter[/FlateDecode/FlateDecode]"))


@ends_in("too_much_memory", "reader_died", "reading_timed_out")
def _content_in_very_many_streams(_rng: Random) -> bytes:
    """Every part is small; a page names the same one two thousand times."""
    contents = b"/Contents[" + b"5 0 R " * 2000 + b"]"
    first = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]%s>>" % contents
    return build_pdf(
        {
            1: CATALOG,
            2: ONE_PAGE,
            3: first,
            5: build_stream(compress_repeated(b"0 0 m 9 9 l S\n" * 37_449, 1), FLATE),
        }
    )


def _build_image(width: int, height: int, data: bytes, more: bytes = b"") -> bytes:
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % (
        width,
        height,
    )
    return build_stream(data, entries + FLATE + more)


DRAW = build_stream(b"612 0 0 792 0 0 cm /I Do")
IMAGE = b"/XObject<</I 5 0 R>>"


@ends_in("image_too_large")
def _image_bomb(_rng: Random) -> bytes:
    """Nine hundred million pixels, all white, in a megabyte."""
    return build_one_page(
        DRAW, IMAGE, {5: _build_image(30_000, 30_000, compress_repeated(b"\xff" * 900_000, 1000))}
    )


@ends_in("image_too_large", "too_much_memory", "reader_died", "no_text_layer")
def _mask_bomb(_rng: Random) -> bytes:
    """The image is small, its mask is not."""
    mask = _build_image(30_000, 30_000, compress_repeated(b"\xff" * 900_000, 1000))
    return build_one_page(
        DRAW,
        IMAGE,
        {5: _build_image(100, 100, compress_repeated(b"\0" * 10_000, 1), b"/SMask 6 0 R"), 6: mask},
    )


@ends_in(
    "image_too_large",
    "too_much_memory",
    "reader_died",
    "reading_timed_out",
    "other_document",
    "no_text_layer",
)
def _many_images(_rng: Random) -> bytes:
    """Each just under the limit, drawn five hundred times."""
    strips = build_stream(b"q 612 0 0 792 0 0 cm /I Do Q\n" * 500)
    return build_one_page(
        strips, IMAGE, {5: _build_image(7_000, 7_000, compress_repeated(b"\xff" * 490_000, 100))}
    )


@ends_in("image_too_large", "no_text_layer", "other_document", "broken_pdf")
def _image_that_lies_about_its_size(rng: Random) -> bytes:
    """A JPEG's own head says 30,000 pixels a side, the PDF's dictionary 100."""
    out = io.BytesIO()
    Image.frombytes("L", (64, 64), rng.randbytes(4096)).save(out, "JPEG")
    jpeg = out.getvalue()
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg = jpeg[:at] + (30_000).to_bytes(2, "big") * 2 + jpeg[at + 4 :]
    entries = b"/Type/XObject/Subtype/Image/Width 100/Height 100/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
    return build_one_page(DRAW, IMAGE, {5: build_stream(jpeg, entries)})


@ends_in("too_much_memory", "reader_died", "broken_pdf", "no_text_layer", "garbled_text", "other_document")
def _huge_font(_rng: Random) -> bytes:
    """A font program of half a gigabyte."""
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/Big/FirstChar 32/LastChar 33/Widths[500 500]/FontDescriptor 6 0 R>>"
    about = b"<</Type/FontDescriptor/FontName/Big/Flags 4/FontBBox[0 0 9 9]/ItalicAngle 0/Ascent 8/Descent 0/CapHeight 7/StemV 8/FontFile2 7 0 R>>"
    content = build_stream(b"BT /F1 9 Tf 40 700 Td (" + b"! " * 200 + b") Tj ET")
    return build_one_page(
        content,
        b"/Font<</F1 5 0 R>>",
        {5: font, 6: about, 7: build_stream(compress_repeated(b"\0" * MEGABYTE, 512), FLATE)},
    )


@ends_in(
    "too_much_memory", "reader_died", "broken_pdf", "reading_timed_out", "garbled_text", "other_document"
)
def _map_of_all_chars(_rng: Random) -> bytes:
    """A map to Unicode with a range of four billion codes."""
    cmap = (
        b"begincmap 1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange "
        b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange endcmap"
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>"
    content = build_stream(
        b"BT /F1 9 Tf 40 700 Td (" + b"letters enough to be a page of text " * 4 + b") Tj ET"
    )
    return build_one_page(content, b"/Font<</F1 5 0 R>>", {5: font, 6: build_stream(cmap)})


@ends_in("too_much_memory", "broken_pdf", "reader_died", "no_text_layer")
def _table_of_all_objects(_rng: Random) -> bytes:
    """A cross-reference stream that announces two billion objects."""
    body = build_pdf({1: CATALOG, 2: ONE_PAGE, 3: build_page(FONT), 4: build_stream(b"")})
    body = body[: body.rfind(b"xref\n0 1")]
    entries = b"/Type/XRef/Size 2147483647/W[1 4 1]/Index[0 2147483647]/Root 1 0 R"
    table = (
        b"9 0 obj\n"
        + build_stream(compress_repeated(b"\1\0\0\0\x0f\0" * 174_000, 64), entries + FLATE)
        + b"\nendobj\n"
    )
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


@ends_in("too_much_text", "too_much_memory", "reader_died", "reading_timed_out")
def _ten_million_chars(_rng: Random) -> bytes:
    line = (
        b"(the quick brown fox jumps over the lazy dog, and over the lazy dog again and again) Tj 0 -9 Td\n"
    )
    return build_one_page(
        build_stream(compress_repeated(b"BT /F1 6 Tf 9 780 Td\n" + line * 1250 + b"ET\n", 97), FLATE)
    )


@ends_in("page_too_large")
def _two_hundred_inches(_rng: Random) -> bytes:
    """A scan on a page of 200 inches a side."""
    objects = {
        1: CATALOG,
        2: ONE_PAGE,
        3: build_page(IMAGE, b"0 0 14400 14400"),
        4: build_stream(b"14400 0 0 14400 0 0 cm /I Do"),
    }
    return build_pdf({**objects, 5: _build_image(1000, 1000, compress_repeated(b"\xff" * 1000, 1000))})


@ends_in("page_too_large", "no_text_layer", "broken_pdf")
def _page_without_end(_rng: Random) -> bytes:
    """A box of a billion billion points, in which a scan lies."""
    box = b"0 0 999999999999999999 999999999999999999"
    return build_pdf(
        {
            1: CATALOG,
            2: ONE_PAGE,
            3: build_page(IMAGE, box),
            4: DRAW,
            5: _build_image(10, 10, compress_repeated(b"\xff" * 100, 1)),
        }
    )


@ends_in("too_many_pages")
def _ten_thousand_pages(_rng: Random) -> bytes:
    pages = dict.fromkeys(range(3, 10003), b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>")
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    return build_pdf({1: CATALOG, 2: b"<</Type/Pages/Kids[%s]/Count 10000>>" % kids, **pages})


@ends_in("too_many_pages", "broken_pdf", "no_text_layer")
def _count_that_lies(_rng: Random) -> bytes:
    """One page, and a count of two billion."""
    objects = {
        1: CATALOG,
        2: b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>",
        3: build_page(FONT),
        4: build_stream(b""),
    }
    return build_pdf(objects)


@ends_in(
    "no_text_layer", "no_ocr_engine", "reading_timed_out", "reader_died", "too_much_memory", "other_document"
)
def _tiling_without_end(_rng: Random) -> bytes:
    """A pattern with a step of 0.001 points over the whole page, beside an image to be rendered."""
    tile = build_stream(
        b"0 0 1 1 re f",
        b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.001/YStep 0.001/Resources<<>>",
    )
    drawn = build_stream(b"/Pattern cs /P scn 0 0 612 792 re f q 612 0 0 792 0 0 cm /I Do Q")
    resources = IMAGE + b"/Pattern<</P 6 0 R>>"
    return build_one_page(
        drawn, resources, {5: _build_image(10, 10, compress_repeated(b"\xff" * 100, 1)), 6: tile}
    )
