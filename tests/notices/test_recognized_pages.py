"""What is made of a page that was seen, whatever saw it: told words in, a reading out."""

from pathlib import Path

import pytest
from PIL import Image

from mailroom.document.ocr.engine import OcrPage, PageImage, Region
from mailroom.notices import Reading
from mailroom.notices.reader import read_file
from tests.document.ocr_engines import FakeEngine, Row

CLEAR, UNCLEAR = 0.99, 0.6
BLOCK: list[Row] = [
    (0.04, 60, "Department of the Treasury", CLEAR),
    (0.06, 60, "Internal Revenue Service", CLEAR),
    (0.06, 380, "Tax year", CLEAR), (0.06, 500, "2022", CLEAR),
    (0.08, 380, "Notice date", CLEAR), (0.08, 500, "October 7, 2024", CLEAR),
    (0.10, 380, "Social Security number", CLEAR), (0.10, 540, "741-55-3907", CLEAR),
    (0.12, 380, "AUR control number", CLEAR), (0.12, 540, "59153-7775", CLEAR),
]  # fmt: skip
ADDRESS: list[Row] = [
    (0.200, 60, "MARTIN P OAKLEY", CLEAR),
    (0.216, 60, "12 ELM ST", CLEAR),
    (0.232, 60, "DAYTON, OH 45402", CLEAR),
]
BODY: list[Row] = [
    (0.33, 40, "Respond by November 6, 2024", CLEAR),
    (0.36, 40, "Amount due: $4,321.50", CLEAR),
    (0.40, 40, "We propose changes to your tax return because it does not match what payers sent us.", CLEAR),
]
NAMED: Row = (0.04, 380, "Notice CP2000", CLEAR)


def read(folder: Path, engine: FakeEngine) -> Reading:
    """A page as this engine reads it."""
    path = folder / "page.png"
    Image.new("L", (1700, 2200), 255).save(path)
    return read_file(path, engine, images=True)


def changed(rows: list[Row], text: str, sure: float, into: str = "") -> list[Row]:
    """The rows with one read less clearly, or otherwise."""
    return [(y, x, into or said, sure) if said == text else (y, x, said, was) for y, x, said, was in rows]


def test_a_clear_page_is_read_once_and_by_one_engine(tmp_path: Path) -> None:
    """Nothing is in doubt: neither the foot nor the other engine is asked for."""
    engine = FakeEngine([NAMED, *BLOCK, *ADDRESS, *BODY])
    reading = read(tmp_path, engine)
    assert (reading.outcome, reading.needs_review) == ("extract", False)
    assert [region.until < 1 for region in engine.asked] == [True]
    assert engine.asked_again == 0


def test_the_foot_is_read_where_it_has_the_letters_number(tmp_path: Path) -> None:
    """Without a number in the block the rest of the page is looked at, and says which letter it is."""
    engine = FakeEngine([*BLOCK, *ADDRESS, *BODY, (0.97, 40, "CP2000 (Rev. 10-2024)", CLEAR)])
    reading = read(tmp_path, engine)
    assert (reading.outcome, reading.fields.notice_type) == ("extract", "CP2000")
    assert [region.until < 1 for region in engine.asked] == [True, False]


def test_the_foot_is_read_for_a_field_that_is_missing(tmp_path: Path) -> None:
    """The amount may stand on a coupon at the foot of the first page, the due date in a sentence there."""
    body = [row for row in BODY if "Amount" not in row[2]]
    engine = FakeEngine([NAMED, *BLOCK, *ADDRESS, *body, (0.9, 40, "Amount due: $4,321.50", CLEAR)])
    assert read(tmp_path, engine).fields.amount_due == 4321.5
    assert [region.sentences for region in engine.asked] == [False, True]


@pytest.mark.parametrize(
    ("sure", "outcome", "error"),
    [(CLEAR, "not_cp2000", None), (UNCLEAR, "unreadable", "unclear_scan")],
)
def test_a_page_that_is_unclear_is_not_called_another_document(
    tmp_path: Path, sure: float, outcome: str, error: str | None
) -> None:
    """What was read badly may be a notice anyway."""
    rows: list[Row] = [(0.1 + 0.05 * at, 40, "some words of a letter about nothing", sure) for at in range(8)]
    reading = read(tmp_path, FakeEngine(rows))
    assert (reading.outcome, reading.error) == (outcome, error)


UNSURE_NAME = changed(ADDRESS, "MARTIN P OAKLEY", UNCLEAR)
NAME = (0.2, 60, "MARTIN P OAKLEY", 0.95)
COUPON: list[Row] = [(0.05, 40, "CP2000 741-55-3907 Page 2 of 2", CLEAR), (0.8, 60, "MARTIN P OAKLEY", CLEAR)]
WHITE = 255
OF_NAME = ["joint", "last_name", "name_line", "taxpayer_names"]


@pytest.mark.parametrize(
    ("again", "doubtful"),
    [
        pytest.param(None, True, id="there is no other engine"),
        pytest.param([], True, id="it sees nothing"),
        pytest.param([NAME], False, id="it sees the same"),
        pytest.param([(0.2, 60, "MARTIN P OAKLEY", 0.8)], True, id="it is unsure too"),
        pytest.param([(0.2, 60, "MARTIN P OAXLEY", 0.95)], True, id="it sees another name"),
        pytest.param([(0.2, 60, "MARTINP OAKLEY", 0.95)], False, id="the surname alone is the same"),
    ],
)
def test_another_engine_confirms_a_name(tmp_path: Path, again: list[Row] | None, *, doubtful: bool) -> None:
    """Two that read independently and agree are believed; a lone doubtful reading goes to a person."""
    reading = read(tmp_path, FakeEngine([NAMED, *BLOCK, *UNSURE_NAME, *BODY], again))
    assert reading.fields.last_name == "OAKLEY"
    assert ("last_name" in reading.review_fields) == doubtful


class TwoPages(FakeEngine):
    """Reads the coupon on a page that is not quite white."""

    def __init__(self, first: list[Row], coupon: list[Row]) -> None:
        super().__init__(first)
        self.coupon = coupon

    def recognize(self, image: PageImage, region: Region) -> OcrPage:
        """Return the rows of the first page, or of the coupon."""
        is_first = image.pixels[0] == WHITE
        return FakeEngine.recognize(self if is_first else FakeEngine(self.coupon), image, region)


@pytest.mark.parametrize(("name", "doubts"), [(NAME[2], []), ("MARTIN P OAXLEY", OF_NAME)])
def test_the_last_page_confirms_a_name_that_was_unclear(tmp_path: Path, name: str, doubts: list[str]) -> None:
    """The coupon repeats it; another name there does not."""
    path = tmp_path / "notice.tiff"
    first, last = (Image.new("L", (1700, 2200), shade) for shade in (WHITE, WHITE - 1))
    first.save(path, save_all=True, append_images=[last])
    engine = TwoPages([NAMED, *BLOCK, *UNSURE_NAME, *BODY], changed(COUPON, NAME[2], CLEAR, name))
    reading = read_file(path, engine, images=True)
    assert (reading.fields.last_name, reading.review_fields) == ("OAKLEY", doubts)


def test_another_engine_that_reads_another_number_makes_doubt(tmp_path: Path) -> None:
    """An SSN that was clear, and differs in a digit where it was read again, is nobody's to rely on."""
    rows: list[Row] = [NAME, (0.1, 540, "741-55-3901", 0.95)]
    reading = read(tmp_path, FakeEngine([NAMED, *BLOCK, *UNSURE_NAME, *BODY], rows))
    assert reading.outcome == "review"
    assert "ssn_last4" in reading.review_fields
