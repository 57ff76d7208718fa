"""Pages that are read one after the other: every reading is a new value."""

from pathlib import Path

import pytest
from PIL import Image

from mailroom.document.image_file import open_image
from mailroom.document.pages import FIRST, Pages
from mailroom.notices.pipeline import STAGES
from mailroom.notices.stages import Findings
from tests.document.ocr_engines import FakeEngine, Row
from tests.notices.test_recognized_pages import ADDRESS, BLOCK, BODY, NAMED

FOOT: Row = (0.9, 40, "Amount due: $1.00", 0.99)
ROWS = [NAMED, *BLOCK, *ADDRESS, *BODY, FOOT]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A file of two scanned pages."""
    path = tmp_path / "scans.tif"
    paper = Image.new("L", (1700, 2200), 255)
    paper.save(path, save_all=True, append_images=[paper], dpi=(200, 200))
    return path


def test_reading_a_page_leaves_the_pages_as_they_were(scans: Path) -> None:
    """What a stage was given answers the same after another page has been read."""
    with open_image(scans) as document:
        before = Pages(document, FakeEngine(ROWS))
        first = before.identify(0)
        both = first.identify(1)
        whole = both.read_rest(0)
        assert [len(each.read) for each in (before, first, both, whole)] == [0, 1, 2, 2]
        assert [len(each.scanned_layouts) for each in (before, first, both)] == [0, 1, 2]
        assert "Amount due: $1.00" not in both.layout(0).text
        assert "Amount due: $1.00" in whole.layout(0).text


def test_only_the_first_page_is_read_to_where_its_fields_end(scans: Path) -> None:
    """Of the others the head is read, until a stage asks for more; nothing is read twice."""
    engine = FakeEngine(ROWS)
    with open_image(scans) as document:
        pages = Pages(document, engine).identify(0).identify(1)
        # The second image is cut to its head already, and read as a whole.
        assert [(region.until, region.values) for region in engine.asked] == [(FIRST, True), (1, False)]
        pages.identify(0).read_page(0).read_head(1)
        assert len(engine.asked) == 2
        pages.read_page(1)
        assert [region.values for region in engine.asked] == [True, False, True]


def test_behind_a_cover_a_page_is_read_to_where_the_fields_of_a_notice_end(scans: Path) -> None:
    """Its foot is read when a stage asks for it, as that of a file's first page."""
    with open_image(scans) as document:
        pages = Pages(document, FakeEngine(ROWS)).identify(0).identify(1).read_page(1, begins=True)
        assert "Amount due: $1.00" not in pages.layout(1).text
        assert "Amount due: $1.00" in pages.read_rest(1).layout(1).text


def test_a_page_that_was_not_read_has_no_content(scans: Path) -> None:
    """A question never reads a page by itself."""
    engine = FakeEngine(ROWS)
    with open_image(scans) as document:
        pages = Pages(document, engine)
        for ask in (pages.content, pages.flat_text, pages.layout):
            with pytest.raises(KeyError):
                ask(0)
    assert engine.asked == []


def test_each_stage_leaves_what_it_was_given(scans: Path) -> None:
    """Every stage gives the same once more, from the same findings."""
    with open_image(scans) as document:
        findings = Findings(Pages(document, FakeEngine(ROWS)), 0.93)
        for stage in STAGES:
            once, again = stage(findings), stage(findings)
            assert (once.document, once.chosen_fields.fields, once.reading) == (
                again.document,
                again.chosen_fields.fields,
                again.reading,
            )
            findings = once
    assert findings.reading is not None
    assert findings.reading.outcome == "extract"


def test_a_photograph_shows_the_same_twice(tmp_path: Path) -> None:
    """A JPEG is unpacked smaller than it is; that is not remembered for the next time."""
    path = tmp_path / "large.jpg"
    Image.new("L", (4961, 7016), 255).save(path, dpi=(600, 600))
    with open_image(path) as document:
        shown = [document.colour_image(0) for _ in range(2)]
    assert len({(image.size, scale) for image, scale in shown}) == 1
