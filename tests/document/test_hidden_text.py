"""The words of a page are those that a viewer shows, whichever way they are read."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from mailroom.document.pdf import open_pdf
from tests.corpora.malicious.raw_pdf import add_to_catalog

LINE = "A line of a letter that everybody can read, and long enough for a page of text."
Draw = Callable[[Canvas], None]
AT = (60, 600)


def build(draw: Draw, *, form: bool = False) -> bytes:
    """A page with one honest line, and what ``draw`` draws below it, in a form that is half as large."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1, pageCompression=0)
    canvas.drawString(60, 700, LINE)
    if form:
        canvas.beginForm("part", 0, 0, 1224, 1584)
        draw(canvas)
        canvas.endForm()
        canvas.saveState()
        canvas.scale(0.5, 0.5)
        canvas.doForm("part")
        canvas.restoreState()
    else:
        draw(canvas)
    canvas.save()
    return out.getvalue()


def read(path: Path, content: bytes) -> set[str]:
    """Return the words below the honest line, after checking that all three ways say the same."""
    path.write_bytes(content)
    with open_pdf(path) as document:
        ways = (document.layout(0).text, document.quick_layout(0).text, document.flat_text(0))
    words = [set(way.split()) - set(LINE.split()) for way in ways]
    assert words[0] == words[1] == words[2]
    return words[0]


def covered_and_retyped(canvas: Canvas) -> None:
    """A number under a white rectangle, and another one typed over it."""
    canvas.drawString(*AT, "741-55-3907")
    canvas.setFillGray(1)
    canvas.rect(55, 595, 90, 18, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.drawString(*AT, "741-55-1188")


def covered_by_a_round_shape(canvas: Canvas) -> None:
    """A number under an ellipse."""
    canvas.drawString(*AT, "741-55-3907")
    canvas.setFillGray(1)
    canvas.ellipse(40, 570, 160, 640, stroke=0, fill=1)


def covered_by_an_image(canvas: Canvas) -> None:
    """A number under a picture."""
    canvas.drawString(*AT, "741-55-3907")
    canvas.drawImage(ImageReader(Image.new("L", (9, 9), 255)), 55, 595, 90, 18)


def crossed_out_broadly(canvas: Canvas) -> None:
    """A number under a line as thick as it is high."""
    canvas.drawString(*AT, "741-55-3907")
    canvas.setLineWidth(16)
    canvas.line(50, 604, 150, 604)


def white_on_white(canvas: Canvas) -> None:
    """A number that is not there for anybody."""
    canvas.setFillGray(1)
    canvas.drawString(*AT, "741-55-3907")


def black_on_black(canvas: Canvas) -> None:
    """A number on a bar of its own colour."""
    canvas.rect(55, 595, 90, 18, stroke=0, fill=1)
    canvas.drawString(*AT, "741-55-3907")


def transparent(canvas: Canvas) -> None:
    """A number without opacity."""
    canvas.setFillColor(Color(0, 0, 0, alpha=0.01))
    canvas.drawString(*AT, "741-55-3907")


def clipped_away(canvas: Canvas) -> None:
    """A number outside of its clip path."""
    path = canvas.beginPath()
    path.rect(300, 300, 50, 50)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawString(*AT, "741-55-3907")


def invisible(canvas: Canvas) -> None:
    """A number in the mode that draws nothing."""
    words = canvas.beginText(*AT)
    words.setTextRenderMode(3)
    words.textLine("741-55-3907")
    canvas.drawText(words)


HIDDEN: dict[Draw, set[str]] = {
    covered_and_retyped: {"741-55-1188"},
    covered_by_a_round_shape: set[str](),
    covered_by_an_image: set[str](),
    crossed_out_broadly: set[str](),
    white_on_white: set[str](),
    black_on_black: set[str](),
    transparent: set[str](),
    clipped_away: set[str](),
    invisible: set[str](),
}


# The canvas gives a form none of the page's resources for opacity.
OPAQUE = [(draw, True) for draw in HIDDEN if draw is not transparent]


@pytest.mark.parametrize(("draw", "form"), [*((draw, False) for draw in HIDDEN), *OPAQUE])
def test_what_nobody_sees_is_not_read(tmp_path: Path, draw: Draw, form: bool) -> None:
    """Whatever hides it, on the page itself or in a form."""
    assert read(tmp_path / "page.pdf", build(draw, form=form)) == HIDDEN[draw]


def white_on_a_bar(canvas: Canvas) -> None:
    """A headline of a table."""
    canvas.rect(55, 595, 90, 18, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.drawString(*AT, "741-55-3907")


def highlighted(canvas: Canvas) -> None:
    """A number under a marker's yellow."""
    canvas.drawString(*AT, "741-55-3907")
    canvas.setFillColor(Color(1, 1, 0, alpha=0.4))
    canvas.rect(55, 595, 90, 18, stroke=0, fill=1)


def drawn_twice(canvas: Canvas) -> None:
    """Text over text, as some programs print bold, under a shape that hides nothing of it."""
    for shift in (0, 0.2):
        canvas.drawString(AT[0] + shift, AT[1], "741-55-3907")
    canvas.setFillColor(Color(1, 1, 0, alpha=0.4))
    canvas.rect(55, 595, 90, 18, stroke=0, fill=1)


def clipped_beside(canvas: Canvas) -> None:
    """A number in its clip path."""
    path = canvas.beginPath()
    path.rect(50, 590, 200, 50)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawString(*AT, "741-55-3907")


def underlined(canvas: Canvas) -> None:
    """A line through the lowest part of a number, and a box around it."""
    canvas.drawString(*AT, "741-55-3907")
    canvas.rect(55, 599, 90, 1, stroke=0, fill=1)
    canvas.rect(50, 590, 100, 30)


SEEN: list[Draw] = [white_on_a_bar, clipped_beside, underlined]


@pytest.mark.parametrize(
    ("draw", "form"),
    [(highlighted, False), (drawn_twice, False), *((draw, form) for draw in SEEN for form in (False, True))],
)
def test_what_can_be_seen_is_read(tmp_path: Path, draw: Draw, form: bool) -> None:
    """Colours, shapes and clip paths that hide nothing cost nothing."""
    assert read(tmp_path / "page.pdf", build(draw, form=form)) == {"741-55-3907"}


def boxed(box: str, rotation: int = 0, media: str = "0 0 612 792") -> bytes:
    """The page of `build` with a number, with this crop box, media box and rotation."""

    def draw(canvas: Canvas) -> None:
        canvas.drawString(*AT, "741-55-3907")
        canvas.drawString(*AT[::-1], "742-66-1188")

    changed = b"/CropBox [ %s ] /Rotate %d /MediaBox [ %s ]" % (box.encode(), rotation, media.encode())
    return build(draw).replace(b"/MediaBox [ 0 0 612 792 ]", changed).replace(b"/Rotate 0", b"")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("media", ["0 0 612 792", "-100 -50 700 800"])
def test_only_what_is_in_the_crop_box_is_read(tmp_path: Path, rotation: int, media: str) -> None:
    """Places count from the corner of what is shown, wherever the page's zero is."""
    path = tmp_path / "page.pdf"
    assert read(path, boxed("0 500 612 792", rotation, media)) == {"741-55-3907"}
    with open_pdf(path) as document:
        layout = document.layout(0)
        image, scale = document.colour_image(0)
    assert {layout.width, layout.height} == {612.0, 292.0}
    assert {round(side / scale) for side in image.size} == {612, 292}
    (found,) = [word for line in layout.lines for word in line.words if word.text == "741-55-3907"]
    # Its baseline is 192 points below the upper edge of what is shown, when the page is turned upright.
    assert (round(found.x0), 180 < found.top < found.bottom < 198) == (60, True)


def test_an_annotation_covers_what_is_below_it(tmp_path: Path) -> None:
    """A note with an opaque filling lies over a number; a link's rectangle hides nothing."""
    filled = b"<</Type/XObject/Subtype/Form/BBox[0 0 90 18]/Length 26>>stream\n1 1 1 rg 0 0 90 18 re f   \nendstream"
    note = b"<</Type/Annot/Subtype/%s/Rect[55 595 145 613]/F 4/AP<</N 1001 0 R>>>>"

    def draw(canvas: Canvas) -> None:
        canvas.drawString(*AT, "741-55-3907")

    for kind, words in ((b"Square", set()), (b"Link", {"741-55-3907"})):
        page = build(draw).replace(b"/Contents", b"/Annots [ 1000 0 R ] /Contents", 1)
        assert (
            read(tmp_path / "page.pdf", add_to_catalog(page, b"", {1000: note % kind, 1001: filled})) == words
        )


@pytest.mark.parametrize(("off", "words"), [(b"1000 0 R", set[str]()), (b"", {"741-55-3907"})])
def test_a_layer_that_is_off_is_not_read(tmp_path: Path, off: bytes, words: set[str]) -> None:
    """One that is on is read."""

    def draw(canvas: Canvas) -> None:
        canvas._code.append("/OC /Layer BDC")
        canvas.drawString(*AT, "741-55-3907")
        canvas._code.append("EMC")

    page = build(draw).replace(b"/ProcSet", b"/Properties << /Layer 1000 0 R >> /ProcSet", 1)
    layers = b"/OCProperties<</OCGs[1000 0 R]/D<</OFF[%s]/Order[]>>>>" % off
    assert (
        read(tmp_path / "page.pdf", add_to_catalog(page, layers, {1000: b"<</Type/OCG/Name(a)>>"})) == words
    )
