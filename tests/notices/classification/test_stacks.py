"""Stacks of the generator's notices: none passes as one, and single notices do."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from mailroom.notices import Reading
from mailroom.notices.reader import read_file
from mailroom.sandbox.generator.layouts import BY_NAME as LAYOUTS
from mailroom.sandbox.generator.model import SyntheticNotice, make_random
from tests.corpora.handmade.blocks import BLOCK
from tests.corpora.handmade.other_documents import cp2000_with
from tests.corpora.notices import make_synthetic_notices
from tests.corpora.stacks import ORDERS, Stacking, make_one, stack_scans, stack_texts
from tests.document.ocr_engines import InProcessEngine
from tests.notices.classification.test_multiple_notices import OWN_HEAD, joined, prose
from tests.notices.conftest import Read

ANOTHER = (
    *BLOCK[:2], ("Notice date", "March 3, 2025"), ("Social Security number", "742-66-1188"),
    ("AUR control number", "31204-8841"),
)  # fmt: skip
PLAIN = Stacking("one after another")
ANOTHER_ADDRESS = "ZOE R QUILL\n1 ELM ST\nTOLEDO, OH 43604"


def _by_lot() -> Sequence[SyntheticNotice]:
    return [
        each
        for at, name in enumerate(LAYOUTS)
        for each in make_synthetic_notices(1, seed=60 + at, layouts=[name])
    ]


def test_no_two_notices_pass_as_one(read: Read) -> None:
    """Pairs over all layouts, each notice alone clean."""
    notices = _by_lot()
    lot = Random(3)
    assert all(read(each.pdf).outcome == "extract" for each in notices)
    for one in notices:
        other = lot.choice([each for each in notices if each.truth["ssn_last4"] != one.truth["ssn_last4"]])
        reading = read(joined(one.pdf, other.pdf))
        assert (reading.outcome, reading.error) == ("review", "several_notices")


@pytest.mark.parametrize("order", ORDERS)
def test_no_order_of_the_pages_makes_one_of_several(read: Read, order: str) -> None:
    """Also where the first page prints no number, with blank sheets between and pages turned."""
    for index in range(3):
        rng = make_random("stack", order, index)
        notices = [make_one(rng, numbered=index % 2 == 0).pdf for _ in range(2 + index)]
        reading = read(stack_texts(rng, notices, Stacking(order, blanks=index > 1, turned=index % 2 == 1)))
        assert (reading.outcome, reading.error) == ("review", "several_notices")


@pytest.mark.parametrize("numbered", [True, False])
def test_single_notices_raise_no_doubt(read: Read, *, numbered: bool) -> None:
    """Whatever their layout, also with blank backs."""
    for index in range(5):
        rng = make_random("single", numbered, index)
        pdf = stack_texts(
            rng, [make_one(rng, numbered=numbered).pdf], Stacking("one after another", blanks=True)
        )
        assert read(pdf).error is None


def scanned(folder: Path, *notices: bytes, stacking: Stacking = PLAIN) -> Reading:
    """The notices as one scan, as the real engine reads it."""
    path = folder / "scan.pdf"
    path.write_bytes(stack_scans(Random(1), notices, stacking))
    return read_file(path, InProcessEngine())


@pytest.mark.parametrize(
    "stacking",
    [
        pytest.param(Stacking("one after another"), id="behind it"),
        pytest.param(Stacking("one after another", blanks=True, low=True), id="low, behind a blank sheet"),
        pytest.param(Stacking("one after another", turned=True), id="upside down"),
    ],
)
def test_a_second_notice_in_a_scan_is_seen(tmp_path: Path, stacking: Stacking) -> None:
    """Its letterhead alone is in the strip that is read of each page: more of it is read."""
    notice = cp2000_with(pages=(prose(OWN_HEAD),))
    reading = scanned(
        tmp_path, notice, cp2000_with(block=ANOTHER, address=ANOTHER_ADDRESS), stacking=stacking
    )
    assert (reading.outcome, reading.error) == ("review", "several_notices")
    assert len(reading.page_ranges) == 2


def test_the_foot_of_a_scanned_page_shows_whose_it_is(tmp_path: Path) -> None:
    """Only the page number is printed there, and nothing above; without it nothing shows whose it is."""
    page = prose()
    page.put(280, 768, "Page 2 of 2")
    assert scanned(tmp_path, cp2000_with(pages=(page,))).outcome == "extract"
    assert scanned(tmp_path, cp2000_with(pages=(prose(),))).error == "unknown_pages"


def test_a_file_of_two_notices_has_one_reading(read: Read) -> None:
    """Joined the other way round it is the other client's file, and a person's too."""
    one, other = cp2000_with(), cp2000_with(block=ANOTHER, address=ANOTHER_ADDRESS)
    assert {read(joined(*pair)).error for pair in ((one, other), (other, one))} == {"several_notices"}
