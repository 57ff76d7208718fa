"""Where a reading has its fields from: the reader's own places, for people who would rather look."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mailroom.document.ocr.engine import OcrEngine
from mailroom.document.words import Box
from mailroom.notices import Reading
from mailroom.notices.explain import explanation
from mailroom.notices.explain.explained_image import draw_explanation
from mailroom.notices.explain.explanation import Explanation
from mailroom.notices.extraction.candidates import Method
from mailroom.notices.reader import read_file
from mailroom.notices.stages import Findings
from mailroom.sandbox.generator.layouts import BY_NAME as LAYOUTS
from tests.corpora.handmade.blocks import BLOCK
from tests.corpora.handmade.other_documents import bank_statement, cp2000_with, other_letter
from tests.corpora.notices import make_synthetic_notices
from tests.corpora.worn_scans import make_worn_scans
from tests.document.ocr_engines import InProcessEngine

Explain = Callable[..., tuple[Reading, dict[str, Explanation], bytes]]


@pytest.fixture
def explain(tmp_path: Path) -> Explain:
    """Reads bytes as a file; the groups by the name of their first field, and the image."""

    def _explain(
        pdf: bytes, engine: OcrEngine | None = None
    ) -> tuple[Reading, dict[str, Explanation], bytes]:
        path = tmp_path / "a file"
        path.write_bytes(pdf)
        told: list[Explanation] = []
        images: list[bytes] = []

        def observer(findings: Findings, reading: Reading) -> None:
            told.extend(explanation.explain(findings, reading))
            images.append(draw_explanation(findings, reading))

        reading = read_file(path, engine, observer=observer)
        return reading, {next(iter(each.values)): each for each in told}, images[0]

    return _explain


def size_of(png: bytes) -> tuple[int, int]:
    """Of an image that can be opened."""
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        return image.size


def drawn_at(each: Explanation) -> Box:
    """The place that the value was taken from."""
    box = each.sources[0].box
    assert each.sources[0].role == "value"
    assert box is not None
    return box


def test_each_field_says_where_it_stands(explain: Explain) -> None:
    """Label, kind of finding and place of a value in the block; the name inside the address block."""
    reading, told, png = explain(cp2000_with())
    assert reading.outcome == "extract"
    ssn = told["ssn"]
    assert (ssn.values["ssn_last4"], ssn.doubtful) == ("3907", False)
    assert (ssn.sources[0].label, ssn.sources[0].method) == ("Social Security number", Method.RIGHT)
    assert drawn_at(told["tax_year"]).bottom < drawn_at(ssn).bottom < drawn_at(told["amount_due"]).top
    surname, line = drawn_at(told["last_name"]), drawn_at(told["name_line"])
    assert line.x0 < surname.x0
    assert (surname.x1, surname.top) == (line.x1, line.top)
    assert drawn_at(told["address"]).top >= line.bottom - 1
    assert size_of(png)[0] > size_of(png)[1]


def test_a_conflicting_value_is_shown_too(explain: Explain) -> None:
    """Two SSNs in the block: the doubt names the other one and shows its place."""
    reading, told, _ = explain(cp2000_with(block=(*BLOCK, ("SSN", "741-55-3901"))))
    assert reading.error == "doubtful_ssn_last4"
    rivals = [each for each in told["ssn"].sources if each.role == "other"]
    assert told["ssn"].doubtful
    assert [each.value for each in rivals] == ["741-55-3901"]
    assert rivals[0].box is not None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_field_of_every_layout_has_a_place(explain: Explain, layout: str) -> None:
    """What was read was found somewhere, and that is on the page."""
    (notice,) = make_synthetic_notices(1, seed=21, layouts=[layout])
    _, told, _ = explain(notice.pdf)
    printed = told.keys() & notice.truth.keys() - {"page_count"}
    assert len(printed) == 10
    for name in printed:
        box = drawn_at(told[name])
        assert 0 <= box.x0 < box.x1 <= 612
        assert 0 <= box.top < box.bottom <= 792


@pytest.mark.parametrize("name", ["CP504", "LETTER 525"])
def test_a_letters_type_has_a_place(explain: Explain, name: str) -> None:
    """Whether a block names it or a headline."""
    _, told, _ = explain(other_letter(name))
    assert told["notice_type"].values == {"notice_type": name}
    assert drawn_at(told["notice_type"]).height > 0


def test_what_is_not_read_has_no_place(explain: Explain) -> None:
    """Another document is shown as it is, with nothing boxed."""
    reading, told, png = explain(bank_statement())
    assert reading.outcome == "not_cp2000"
    assert not any(each.sources for each in told.values())
    assert size_of(png)[1] == 1650


def test_a_scan_is_shown_as_it_was_read(explain: Explain) -> None:
    """Turned upright; the places are those of the words that were seen."""
    (scan,) = make_worn_scans(1, seed=3, wears=["on its side"], layouts=["block-2011"], pages=1)
    reading, told, png = explain(scan.pdf, InProcessEngine())
    assert reading.fields.notice_type == "CP2000"
    box = drawn_at(told["tax_year"])
    assert box.x0 > 300
    assert box.bottom < 150
    assert size_of(png)[1] == 1650


def test_a_page_that_is_too_large_leaves_the_legend(
    explain: Explain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not rendered; the fields are told anyway."""
    monkeypatch.setattr("mailroom.document.rendering.MAX_PIXELS", 1000)
    reading, told, png = explain(cp2000_with())
    assert reading.outcome == "extract"
    assert told["tax_year"].values == {"tax_year": 2022}
    assert size_of(png)[1] == 1650
