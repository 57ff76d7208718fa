"""Files that are made to hurt whoever opens them, or that only look as if: the hostile set.

Each is made by code from a seed, kilobytes to a few megabytes long, and says what may become of it. Used by tests
and benchmarks; nothing here opens a file.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from PIL import Image

from mailroom.sandbox.notices.cp2000 import cp2000, date_in_era
from mailroom.sandbox.notices.layouts import BY_NAME
from mailroom.sandbox.notices.odd_files import ODD_FILES
from mailroom.sandbox.notices.people import Household, household
from mailroom.sandbox.notices.raw_pdf import (
    CATALOG,
    HEAD,
    ONE_PAGE,
    page,
    raw_pdf,
    squeezed,
    stream,
    with_catalog,
)

MEGABYTE = 1024 * 1024
LAYOUT = BY_NAME["block-2011"]
FONT = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
FLATE = b"/Filter/FlateDecode"

Make = Callable[[Random], bytes]


@dataclass(frozen=True)
class Hostile:
    """A file of the set: its name, its maker, and the codes that it may end in.

    ``codes``: error codes; "" is a CP2000 read with its key. Several where a library's version decides.
    ``image_codes``: the same where image files are read.
    """

    name: str
    make: Make
    codes: frozenset[str]
    image_codes: frozenset[str]


HOSTILE: dict[str, Hostile] = {}


def _ends_in(*codes: str, as_image: str | None = None) -> Callable[[Make], Make]:
    def put(make: Make) -> Make:
        name = make.__name__.strip("_").replace("_", "-")
        image_codes = codes if as_image is None else (as_image,)
        HOSTILE[name] = Hostile(name, make, frozenset(codes), frozenset(image_codes))
        return make

    return put


def hostile_files(seed: int = 5) -> Iterator[tuple[Hostile, bytes]]:
    """Every file of the set, one at a time."""
    for each in HOSTILE.values():
        yield each, each.make(_chance(each, seed))


def addressees(each: Hostile, seed: int = 5) -> list[Household]:
    """Whom the first and the second notice in a file of the set are to; nobody is the second where it holds only one.

    A maker that draws a notice begins with its household, so the same chance draws the same people here.
    """
    rng = _chance(each, seed)
    again = _chance(each, seed)
    notice(again)
    return [household(rng), household(again)]


def _chance(each: Hostile, seed: int) -> Random:
    return Random(f"{seed} {each.name}")  # noqa: S311 - chance that must come out the same


def notice(rng: Random) -> bytes:
    """A sound CP2000."""
    return cp2000(rng, LAYOUT, household(rng), date_in_era(rng, LAYOUT))[0]


def _odd(name: str, rng: Random) -> bytes:
    return ODD_FILES[name](rng, LAYOUT, household(rng), date_in_era(rng, LAYOUT))[0]


def _one_page(content: bytes, resources: bytes = FONT, more: dict[int, bytes] | None = None) -> bytes:
    return raw_pdf({1: CATALOG, 2: ONE_PAGE, 3: page(resources), 4: content, **(more or {})})


# Locked, broken off, no PDF at all.


@_ends_in("encrypted")
def _user_password(rng: Random) -> bytes:
    return _odd("encrypted", rng)


@_ends_in("")
def _owner_password(rng: Random) -> bytes:
    return _odd("owner-restricted", rng)


@_ends_in("broken_pdf")
def _truncated(rng: Random) -> bytes:
    return _odd("truncated", rng)


@_ends_in("broken_pdf", "")
def _tail_cut_off(rng: Random) -> bytes:
    """Cut within the cross-reference table, with a stray end mark: every object is there still."""
    return notice(rng)[:-300] + b"\n%%EOF\n"


@_ends_in("empty_file")
def _zero_bytes(_rng: Random) -> bytes:
    return b""


@_ends_in("not_a_pdf")
def _random_bytes(rng: Random) -> bytes:
    return rng.randbytes(200_000)


@_ends_in("broken_pdf")
def _random_bytes_with_a_head(rng: Random) -> bytes:
    return HEAD + rng.randbytes(200_000) + b"\nstartxref\n12\n%%EOF"


@_ends_in("not_a_pdf")
def _html(rng: Random) -> bytes:
    return _odd("html", rng)


@_ends_in("not_a_pdf")
def _zip_with_a_pdf(rng: Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.pdf", notice(rng))
    return out.getvalue()


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("L", (850, 1100), 230).save(out, kind)
    return out.getvalue()


@_ends_in("not_a_pdf", as_image="no_text_layer")
def _jpeg(_rng: Random) -> bytes:
    return _picture("JPEG")


@_ends_in("not_a_pdf", as_image="no_text_layer")
def _png(_rng: Random) -> bytes:
    return _picture("PNG")


@_ends_in("not_a_pdf", as_image="no_text_layer")
def _jpeg_before_a_pdf(rng: Random) -> bytes:
    """A file of two kinds: a small JPEG whose comment is a PDF."""
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "JPEG")
    return out.getvalue() + notice(rng)


@_ends_in("")
def _junk_before_the_head(rng: Random) -> bytes:
    """A mail gateway's lines before the head, as readers accept up to 1,024 bytes of."""
    return b"X-Scanned-By: gateway 7\r\n" * 30 + notice(rng)


@_ends_in("not_a_pdf")
def _too_much_junk_before_the_head(rng: Random) -> bytes:
    return b"X-Scanned-By: gateway 7\r\n" * 60 + notice(rng)


@_ends_in("")
def _junk_behind_the_end(rng: Random) -> bytes:
    return notice(rng) + b"\0" * 1500 + b"\r\n"


# Loops and depth.


@_ends_in("broken_pdf", "no_text_layer")
def _xref_loop(_rng: Random) -> bytes:
    """The table's predecessor is the table itself."""
    objects = {1: CATALOG, 2: ONE_PAGE, 3: page(FONT), 4: stream(b"")}
    start = b"%d" % raw_pdf(objects).rfind(b"xref\n0 1")
    return raw_pdf(objects, prev=start)


@_ends_in("broken_pdf", "no_text_layer")
def _page_tree_loop(_rng: Random) -> bytes:
    return raw_pdf({1: CATALOG, 2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"})


@_ends_in("broken_pdf", "no_text_layer")
def _parent_loop(_rng: Random) -> bytes:
    """The page's parent is the page: what it inherits is looked for without end."""
    return raw_pdf(
        {1: CATALOG, 2: ONE_PAGE, 3: b"<</Type/Page/Parent 3 0 R/Contents 4 0 R>>", 4: stream(b"")}
    )


@_ends_in("broken_pdf", "no_text_layer", "reader_died")
def _deep_page_tree(_rng: Random) -> bytes:
    depth = 20_000
    tree = {number: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 1) for number in range(2, depth)}
    return raw_pdf({1: CATALOG, **tree, depth: b"<</Type/Page/MediaBox[0 0 612 792]>>"})


@_ends_in("broken_pdf", "no_text_layer", "reader_died")
def _form_that_draws_itself(_rng: Random) -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X 5 0 R>>>>"
    more = {5: stream(b"/X Do /X Do", form)}
    return _one_page(stream(b"/X Do"), b"/XObject<</X 5 0 R>>", more)


@_ends_in("broken_pdf", "no_text_layer", "reading_timed_out", "reader_died")
def _forms_that_double(_rng: Random) -> bytes:
    """Forty forms, each drawing the next one twice: a billion billion strokes."""
    more = {}
    for number in range(5, 45):
        entries = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X %d 0 R>>>>" % (
            number + 1
        )
        more[number] = stream(b"/X Do /X Do", entries)
    more[45] = stream(b"0 0 m 9 9 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]")
    return _one_page(stream(b"/X Do"), b"/XObject<</X 5 0 R>>", more)


@_ends_in("broken_pdf", "no_text_layer", "reader_died")
def _deep_brackets(_rng: Random) -> bytes:
    return _one_page(stream(b"[" * 2_000_000))


@_ends_in("broken_pdf", "no_text_layer", "reader_died")
def _deep_dictionaries(_rng: Random) -> bytes:
    """Nested where the parser of objects, not of content, meets it."""
    return raw_pdf({1: CATALOG, 2: ONE_PAGE, 3: page(FONT, more=b"/A" + b"<</A" * 200_000), 4: stream(b"")})


# Bombs.


@_ends_in("too_much_memory", "reader_died", "reading_timed_out")
def _content_bomb(_rng: Random) -> bytes:
    """A gigabyte of drawing operators in two megabytes."""
    return _one_page(stream(squeezed(b"0 0 m 9 9 l S\n" * 74_898, 1024), FLATE))


@_ends_in("too_much_memory", "reader_died", "reading_timed_out")
def _content_bomb_twice_squeezed(_rng: Random) -> bytes:
    once = squeezed(b" " * MEGABYTE, 1024)
    return _one_page(stream(squeezed(once, 1), b"/Filter[/FlateDecode/FlateDecode]"))


@_ends_in("too_much_memory", "reader_died", "reading_timed_out")
def _content_in_very_many_streams(_rng: Random) -> bytes:
    """Every part is small; a page names the same one two thousand times."""
    contents = b"/Contents[" + b"5 0 R " * 2000 + b"]"
    first = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]%s>>" % contents
    return raw_pdf(
        {1: CATALOG, 2: ONE_PAGE, 3: first, 5: stream(squeezed(b"0 0 m 9 9 l S\n" * 37_449, 1), FLATE)}
    )


def _image(width: int, height: int, data: bytes, more: bytes = b"") -> bytes:
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % (
        width,
        height,
    )
    return stream(data, entries + FLATE + more)


DRAW = stream(b"612 0 0 792 0 0 cm /I Do")
IMAGE = b"/XObject<</I 5 0 R>>"


@_ends_in("image_too_large")
def _image_bomb(_rng: Random) -> bytes:
    """Nine hundred million pixels, all white, in a megabyte."""
    return _one_page(DRAW, IMAGE, {5: _image(30_000, 30_000, squeezed(b"\xff" * 900_000, 1000))})


@_ends_in("image_too_large", "too_much_memory", "reader_died", "no_text_layer")
def _mask_bomb(_rng: Random) -> bytes:
    """The image is small, its mask is not."""
    mask = _image(30_000, 30_000, squeezed(b"\xff" * 900_000, 1000))
    return _one_page(
        DRAW, IMAGE, {5: _image(100, 100, squeezed(b"\0" * 10_000, 1), b"/SMask 6 0 R"), 6: mask}
    )


@_ends_in(
    "image_too_large",
    "too_much_memory",
    "reader_died",
    "reading_timed_out",
    "other_document",
    "no_text_layer",
)
def _many_images(_rng: Random) -> bytes:
    """Each just under the limit, drawn five hundred times."""
    strips = stream(b"q 612 0 0 792 0 0 cm /I Do Q\n" * 500)
    return _one_page(strips, IMAGE, {5: _image(7_000, 7_000, squeezed(b"\xff" * 490_000, 100))})


@_ends_in("image_too_large", "no_text_layer", "other_document", "broken_pdf")
def _image_that_lies_about_its_size(rng: Random) -> bytes:
    """A JPEG's own head says 30,000 pixels a side, the PDF's dictionary 100."""
    out = io.BytesIO()
    Image.frombytes("L", (64, 64), rng.randbytes(4096)).save(out, "JPEG")
    jpeg = out.getvalue()
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg = jpeg[:at] + (30_000).to_bytes(2, "big") * 2 + jpeg[at + 4 :]
    entries = b"/Type/XObject/Subtype/Image/Width 100/Height 100/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
    return _one_page(DRAW, IMAGE, {5: stream(jpeg, entries)})


@_ends_in("too_much_memory", "reader_died", "broken_pdf", "no_text_layer", "garbled_text", "other_document")
def _huge_font(_rng: Random) -> bytes:
    """A font program of half a gigabyte."""
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/Big/FirstChar 32/LastChar 33/Widths[500 500]/FontDescriptor 6 0 R>>"
    about = b"<</Type/FontDescriptor/FontName/Big/Flags 4/FontBBox[0 0 9 9]/ItalicAngle 0/Ascent 8/Descent 0/CapHeight 7/StemV 8/FontFile2 7 0 R>>"
    content = stream(b"BT /F1 9 Tf 40 700 Td (" + b"! " * 200 + b") Tj ET")
    return _one_page(
        content, b"/Font<</F1 5 0 R>>", {5: font, 6: about, 7: stream(squeezed(b"\0" * MEGABYTE, 512), FLATE)}
    )


@_ends_in(
    "too_much_memory", "reader_died", "broken_pdf", "reading_timed_out", "garbled_text", "other_document"
)
def _map_of_all_letters(_rng: Random) -> bytes:
    """A map to Unicode with a range of four billion codes."""
    cmap = (
        b"begincmap 1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange "
        b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange endcmap"
    )
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>"
    content = stream(b"BT /F1 9 Tf 40 700 Td (" + b"letters enough to be a page of text " * 4 + b") Tj ET")
    return _one_page(content, b"/Font<</F1 5 0 R>>", {5: font, 6: stream(cmap)})


@_ends_in("too_much_memory", "broken_pdf", "reader_died", "no_text_layer")
def _table_of_all_objects(_rng: Random) -> bytes:
    """A cross-reference stream that announces two billion objects."""
    body = raw_pdf({1: CATALOG, 2: ONE_PAGE, 3: page(FONT), 4: stream(b"")})
    body = body[: body.rfind(b"xref\n0 1")]
    entries = b"/Type/XRef/Size 2147483647/W[1 4 1]/Index[0 2147483647]/Root 1 0 R"
    table = b"9 0 obj\n" + stream(squeezed(b"\1\0\0\0\x0f\0" * 174_000, 64), entries + FLATE) + b"\nendobj\n"
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


@_ends_in("too_much_text", "too_much_memory", "reader_died", "reading_timed_out")
def _ten_million_letters(_rng: Random) -> bytes:
    line = (
        b"(the quick brown fox jumps over the lazy dog, and over the lazy dog again and again) Tj 0 -9 Td\n"
    )
    return _one_page(stream(squeezed(b"BT /F1 6 Tf 9 780 Td\n" + line * 1250 + b"ET\n", 97), FLATE))


@_ends_in("page_too_large")
def _two_hundred_inches(_rng: Random) -> bytes:
    """A scan on a page of 200 inches a side."""
    objects = {
        1: CATALOG,
        2: ONE_PAGE,
        3: page(IMAGE, b"0 0 14400 14400"),
        4: stream(b"14400 0 0 14400 0 0 cm /I Do"),
    }
    return raw_pdf({**objects, 5: _image(1000, 1000, squeezed(b"\xff" * 1000, 1000))})


@_ends_in("page_too_large", "no_text_layer", "broken_pdf")
def _page_without_end(_rng: Random) -> bytes:
    """A box of a billion billion points, in which a scan lies."""
    box = b"0 0 999999999999999999 999999999999999999"
    return raw_pdf(
        {1: CATALOG, 2: ONE_PAGE, 3: page(IMAGE, box), 4: DRAW, 5: _image(10, 10, squeezed(b"\xff" * 100, 1))}
    )


@_ends_in("too_many_pages")
def _ten_thousand_pages(_rng: Random) -> bytes:
    pages = dict.fromkeys(range(3, 10003), b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>")
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    return raw_pdf({1: CATALOG, 2: b"<</Type/Pages/Kids[%s]/Count 10000>>" % kids, **pages})


@_ends_in("too_many_pages", "broken_pdf", "no_text_layer")
def _count_that_lies(_rng: Random) -> bytes:
    """One page, and a count of two billion."""
    objects = {1: CATALOG, 2: b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>", 3: page(FONT), 4: stream(b"")}
    return raw_pdf(objects)


@_ends_in(
    "no_text_layer", "no_ocr_engine", "reading_timed_out", "reader_died", "too_much_memory", "other_document"
)
def _tiling_without_end(_rng: Random) -> bytes:
    """A pattern with a step of a thousandth of a point over the whole page, beside an image to be rendered."""
    tile = stream(
        b"0 0 1 1 re f",
        b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.001/YStep 0.001/Resources<<>>",
    )
    drawn = stream(b"/Pattern cs /P scn 0 0 612 792 re f q 612 0 0 792 0 0 cm /I Do Q")
    resources = IMAGE + b"/Pattern<</P 6 0 R>>"
    return _one_page(drawn, resources, {5: _image(10, 10, squeezed(b"\xff" * 100, 1)), 6: tile})


# What a viewer would act on: sound notices with more in them. They are read, and what is in them is noted.


@_ends_in("")
def _javascript(rng: Random) -> bytes:
    action = b"<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1/'\\);)>>"
    return with_catalog(
        notice(rng), b"/OpenAction 1000 0 R /Names<</JavaScript<</Names[(a) 1000 0 R]>>>>", {1000: action}
    )


@_ends_in("")
def _launch_action(rng: Random) -> bytes:
    return with_catalog(notice(rng), b"/OpenAction<</S/Launch/F(/bin/sh)>>", {})


@_ends_in("")
def _attachment(rng: Random) -> bytes:
    file = b"<</Type/Filespec/F(a.exe)/UF(a.exe)/EF<</F 1001 0 R>>>>"
    names = b"/Names<</EmbeddedFiles<</Names[(a.exe) 1000 0 R]>>>>"
    return with_catalog(notice(rng), names, {1000: file, 1001: stream(b"MZ" + rng.randbytes(500))})


@_ends_in("")
def _form_with_fields(rng: Random) -> bytes:
    field = b"<</FT/Tx/T(ssn)/V(749-00-0001)/Type/Annot/Subtype/Widget/Rect[10 10 200 30]>>"
    return with_catalog(notice(rng), b"/AcroForm<</Fields[1000 0 R]>>", {1000: field})


@_ends_in("dynamic_form")
def _xfa_form(_rng: Random) -> bytes:
    """A dynamic form: its one page asks for another reader, the form itself is XML."""
    xfa = b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template/></xdp:xdp>"
    words = b"BT /F1 9 Tf 40 700 Td (Please wait... If this message is not eventually replaced, your reader is too old.) Tj ET"
    catalog = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA 5 0 R>>/NeedsRendering true>>"
    return raw_pdf({1: catalog, 2: ONE_PAGE, 3: page(FONT), 4: stream(words), 5: stream(xfa)})


@_ends_in("garbled_text")
def _font_without_names(_rng: Random) -> bytes:
    """Letters of which only their shapes are known: a composite font without a map to Unicode."""
    content = stream(b"BT /F1 12 Tf 40 700 Td <" + b"0041" * 80 + b"> Tj ET")
    font = b"<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding/Identity-H/DescendantFonts[6 0 R]>>"
    below = b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Odd/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 7 0 R/DW 500>>"
    about = b"<</Type/FontDescriptor/FontName/Odd/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>"
    return _one_page(content, b"/Font<</F1 5 0 R>>", {5: font, 6: below, 7: about})


@_ends_in("", "broken_pdf")
def _objects_twice(rng: Random) -> bytes:
    """Every object of a notice stands in it twice, the second ones without a table."""
    sound = notice(rng)
    body = sound[: sound.rfind(b"xref\n")]
    return body + body[body.index(b"obj") - 4 :] + sound[sound.rfind(b"xref\n") :]


@_ends_in("", "doubtful_last_name", "doubtful_ssn_last4", "doubtful_letter_type", "several_notices")
def _notice_replaced_by_another(rng: Random) -> bytes:
    """A notice, and behind its end another one's objects under the same numbers: the last ones hold."""
    return notice(rng) + notice(rng)
