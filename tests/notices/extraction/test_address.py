"""The taxpayer's address block is found wherever it stands, and the IRS's is not taken for it."""

import pytest

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import find_lines
from mailroom.notices.extraction.address import AddressBlock, find_address_blocks
from tests.document.test_words import words


def blocks(*lines: str, x: float = 60) -> list[AddressBlock]:
    """The blocks found in lines under each other."""
    page = [word for at, line in enumerate(lines) if line for word in words(line, x, 100 + 12 * at)]
    return find_address_blocks(PageLayout(1, 612, 792, find_lines(page)))


@pytest.mark.parametrize(
    ("lines", "names", "address", "zip_code"),
    [
        (("ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("ANA FOX", "9 POND LN", "TOLEDO, OH 43604-1234"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604-1234"),
        (("ANA FOX", "BEN FOX", "PO BOX 9", "FARGO ND 58102"), ("ANA FOX", "BEN FOX"), "PO BOX 9, FARGO, ND", "58102"),
        (("ANA FOX", "% BO LEE", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("ANA FOX", "9 POND LN", "APT 4", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN APT 4, TOLEDO, OH", "43604"),
        (("ANA FOX", "ONE LAKE PLAZA", "APT 4", "TOLEDO OH 43604"), ("ANA FOX",), "ONE LAKE PLAZA APT 4, TOLEDO, OH", "43604"),
        (("ANA FOX", "PSC 9 BOX 12", "APO AE 09096"), ("ANA FOX",), "PSC 9 BOX 12, APO, AE", "09096"),
        (("ANA FOX", "BROAD STREET", "TOLEDO OH 43604"), ("ANA FOX",), "BROAD STREET, TOLEDO, OH", "43604"),
        (("ANA FOX", "9 POND LN", "Toledo, Ohio 43604"), ("ANA FOX",), "9 POND LN, Toledo, Ohio", "43604"),
        (("0123 0456789 0000012345 0054321 0001", "ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("***AUTO**SCH 5-DIGIT 43604 T12 P1", "ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("Hllllll", "ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("dbiballalla", "ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("ud", "ANA FOX", "BEN FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX", "BEN FOX"), "9 POND LN, TOLEDO, OH", "43604"),
        (("E!P,!,PPP,!]!,", "ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("rapr,qprar", "ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("r:.E.rerl l", "ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("ANA FOX", "9 POND LN", "TOLEDO,OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("STEPHANIE WEST", "9 POND LN", "TOLEDO OH 43604"), ("STEPHANIE WEST",), "9 POND LN, TOLEDO, OH", "43604"),
        (("CARL PAGE", "9 MAY ST", "TOLEDO OH 43604"), ("CARL PAGE",), "9 MAY ST, TOLEDO, OH", "43604"),
        (("NOTICE LEVY", "9 MAY ST", "TOLEDO OH 43604"), ("NOTICE LEVY",), "9 MAY ST, TOLEDO, OH", "43604"),
        (("ANA FOX", "9 POND LN", "TORONTO ON M5V 2T6", "CANADA"), ("ANA FOX",), "9 POND LN, TORONTO ON M5V 2T6, CANADA", "M5V 2T6"),
        (("ANA FOX", "9 POND LN", "LONDON SW1A 1AA", "UNITED KINGDOM"), ("ANA FOX",), "9 POND LN, LONDON SW1A 1AA, UNITED KINGDOM", "SW1A 1AA"),
        (("ANA FOX", "URB LAS FLORES", "12 CALLE B", "CAGUAS PR 00726"), ("ANA FOX",), "URB LAS FLORES 12 CALLE B, CAGUAS, PR", "00726"),
        (("ANA FOX", "SUNSET MANOR APTS", "APT 4", "TOLEDO OH 43604"), ("ANA FOX",), "SUNSET MANOR APTS APT 4, TOLEDO, OH", "43604"),
        (("ANA FOX", "LAKEVIEW GARDENS", "APT 4", "TOLEDO OH 43604"), ("ANA FOX",), "LAKEVIEW GARDENS APT 4, TOLEDO, OH", "43604"),
        (("T12 P1 AT 0.512 43604", "ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
        (("MIXED AADC 436", "#0012345", "ANA FOX 3RD", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX 3RD",), "9 POND LN, TOLEDO, OH", "43604"),
        (("ANA FOX", "10000 HWY 4567", "APT 4", "TOLEDO OH 43604"), ("ANA FOX",), "10000 HWY 4567 APT 4, TOLEDO, OH", "43604"),
        (("s018999546711s", "*****AUTO**SCH 5-DIGIT 43604", "0004211.458813.51204.1021 2 MB 0.485", "ANA FOX", "9 POND LN", "TOLEDO OH 43604"), ("ANA FOX",), "9 POND LN, TOLEDO, OH", "43604"),
    ],
)  # fmt: skip
def test_a_block_is_split(
    lines: tuple[str, ...], names: tuple[str, ...], address: str, zip_code: str | None
) -> None:
    """Name lines, streets and city line come out of each form of block."""
    found = blocks(*lines)
    assert [(each.name_lines, each.address, each.zip) for each in found] == [(names, address, zip_code)]


@pytest.mark.parametrize(
    "lines",
    [
        (
            "Department of the Treasury",
            "Internal Revenue Service",
            "PO BOX 9019",
            "HOLTSVILLE, NY 11742-9019",
        ),
        ("AUR UNIT", "PO BOX 12", "HOLTSVILLE, NY 11742-9019"),
        ("9 POND LN", "TOLEDO OH 43604"),
        ("TOLEDO OH 43604",),
        ("ANA FOX", "9 POND LN", "TOLEDO XX 43604"),
        ("Notice date: 10/06/2025", "TOLEDO OH 43604"),
        (
            "We are sending a copy of this notice to your",
            "authorized representative, BO LEE, CPA,",
            "PO BOX 881,",
            "TOLEDO OH 43604.",
        ),
    ],
)
def test_no_block_is_made_of_anything_else(lines: tuple[str, ...]) -> None:
    """The IRS's address, a block without a name, and a city in no state are none."""
    assert not blocks(*lines)


def test_a_payers_block_is_known() -> None:
    """A company's name in the block tells it from a taxpayer's."""
    (block,) = blocks("HILLTOP PARTNERS LLP", "9 BANK PLZ 3", "TOLEDO OH 43604")
    assert not block.is_personal
