"""Pages whose fonts do not say what they draw are looked at."""

from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from mailroom.document.page_type import PageType
from mailroom.document.pages import Pages
from mailroom.document.pdf import open_pdf
from tests.corpora.malicious import MALICIOUS_FILES
from tests.corpora.malicious.raw_pdf import build_one_page, build_stream
from tests.document.ocr_engines import FakeEngine
from tests.notices.test_recognized_pages import ADDRESS, BLOCK, BODY, NAMED

TEXT = "A line of a letter of 2024 with the numbers 0123456789 and 741-55-3907 in it."


def embedded(*exchanged: str) -> bytes:
    """A page in an embedded font whose map exchanges these two digits."""
    registerFont(TTFont("Vera", "Vera.ttf"))
    out = BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=0)
    canvas.setFont("Vera", 10)
    canvas.drawString(60, 700, TEXT)
    canvas.save()
    one, other = (b"<%02X> <%04X>" % (ord(each), ord(each)) for each in exchanged or "77")
    first, second = one[:5] + other[5:-1] + b">", other[:5] + one[5:-1] + b">"
    return out.getvalue().replace(one, b"<one>").replace(other, second).replace(b"<one>", first)


def codes_only() -> bytes:
    """A page whose chars are numbers of shapes in their font, 29 below the codes of the chars."""
    codes = b"".join(b"%04X" % (ord(each) - 29) for each in TEXT)
    about = b"<</Type/FontDescriptor/FontName/Odd/Flags 4/FontBBox[0 0 999 999]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>"
    below = b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Odd/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 7 0 R/DW 500>>"
    font = b"<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding/Identity-H/DescendantFonts[6 0 R]>>"
    content = build_stream(b"BT /F1 10 Tf 40 700 Td <" + codes + b"> Tj ET")
    return build_one_page(content, b"/Font<</F1 5 0 R>>", {5: font, 6: below, 7: about})


@pytest.mark.parametrize(
    ("content", "page_type"),
    [
        (embedded(), "text"),
        (embedded("7", "8"), "hidden"),
        (embedded("0", "8"), "hidden"),
        (embedded("1", "6"), "hidden"),
        (codes_only(), "hidden"),
    ],
)
def test_a_map_that_cannot_be_believed(tmp_path: Path, content: bytes, page_type: PageType) -> None:
    """The shapes of digits, or chars that no letter has, speak against the text layer."""
    path = tmp_path / "page.pdf"
    path.write_bytes(content)
    with open_pdf(path) as document:
        assert document.page_type(0) == page_type


def test_text_that_cannot_be_decoded_is_read_like_a_scan(tmp_path: Path) -> None:
    """With an engine there is something to be read; the flat text is the engine's too."""
    path = tmp_path / "page.pdf"
    path.write_bytes(MALICIOUS_FILES["font-without-names"].make(Random(1)))
    with open_pdf(path) as document:
        pages = Pages(document, FakeEngine([NAMED, *BLOCK, *ADDRESS, *BODY])).read_page(0)
        assert pages.is_scanned(0)
        assert "741-55-3907" in pages.flat_text(0)
