"""The text layer read by PDFium: the same words at the same places as read by pdfminer."""

from pathlib import Path

import pypdfium2
import pytest

from mailroom.document.page_layout import PageLayout
from mailroom.document.pdf import PdfFile, open_pdf
from mailroom.sandbox.generator.layouts import BY_NAME as LAYOUTS
from tests.corpora.notices import make_synthetic_notices


def read_both(path: Path, index: int) -> tuple[PageLayout, PageLayout]:
    """Return the layout of a page read both ways."""
    with open_pdf(path) as document:
        return document.layout(index), document.quick_layout(index)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_ways_read_alike(tmp_path: Path, layout: str) -> None:
    """Lines have the same words, and begin within two points of each other."""
    (notice,) = make_synthetic_notices(1, seed=31, layouts=[layout])
    path = tmp_path / "notice.pdf"
    path.write_bytes(notice.pdf)
    for index in (0, 2):
        exact, quick = read_both(path, index)
        words = [sorted(word.text for each in one.lines for word in each.words) for one in (exact, quick)]
        assert words[0] == words[1]
        starts = {(each.text, round(each.x0)) for each in exact.lines}
        near = [(each.text, round(each.x0) + by) for each in quick.lines for by in (-2, -1, 0, 1, 2)]
        assert starts <= set(near)


def test_a_turned_page_is_read_the_slower_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PDFium's places would be those of the page as it lay before."""
    (notice,) = make_synthetic_notices(1, seed=31)
    path = tmp_path / "notice.pdf"
    with pypdfium2.PdfDocument(notice.pdf) as document:
        document[0].set_rotation(90)
        document.save(path)
    empty = PageLayout(1, 612, 792, [])
    monkeypatch.setattr(PdfFile, "layout", lambda *_arguments: empty)
    with open_pdf(path) as again:
        assert again.quick_layout(0) is empty
