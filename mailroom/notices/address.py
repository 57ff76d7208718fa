"""The taxpayer's address block on a page: name lines, street lines, city line; wherever the window is.

Found from its last line (city, state, ZIP) upward. The IRS's own address, digit lines, presort lines and
endorsements are not part of it. Names are taken apart in `mailroom.notices.names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailroom.notices.labels import label_spans
from mailroom.notices.names import is_care_of
from mailroom.notices.sheet import Sheet
from mailroom.notices.words import Box, Segment

STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "  # noqa: SIM905
    "RI SC SD TN TX UT VT VA WA WV WI WY DC PR VI GU AS MP FM MH PW AA AE AP".split()
)
_CITY = re.compile(
    r"(?P<city>[A-Za-z][A-Za-z .'-]*?)\s*,?\s+(?P<state>[A-Za-z]{2})\.?,?\s+(?P<zip>\d{5}(?:\s?-\s?\d{4})?)(?P<rest>\D*)"
)
_IRS = re.compile(
    r"internal\s*revenue\s*service|department\s*of\s*(?:the\s*)?treasury|^irs\b|\bIRS\b|united states treasury|"
    r"automated\s*underreporter|^aur\b|taxpayer advocate|^stop\b|service center",
    re.IGNORECASE,
)
# ZIP codes that the IRS's campuses and lockboxes have for themselves.
_IRS_ZIPS = frozenset(
    "00501 00544 01810 05501 05544 11742 19154 19255 31101 37501 39901 40281 40285 40293 45999 64999 73301 73344 "  # noqa: SIM905
    "84201 93779 93888".split()
)
_SORTING = re.compile(
    r"^[\W\d\s]*$|presort|\bauto\b|\bautocr\b|\d-?digit|first.class|aadc|endorse|service requested|^\W*\d[\d\s]{11,}|"
    r"\bsch\b.*\d|^\s*(?:T\d+|P\d+)(?:\s+(?:T\d+|P\d+))*\s*$|\*{3,}|^[|lI!¦\s]{12,}$|mixed|^\d{5,}\s+[\d.]+\s+[A-Z]{2}\s"
    r"|\d{4,}\s+\d{3,}.*\d{3,}",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"^\s*(?:\d+[A-Z]?\b|P\.?\s?O\.?\s?BOX|POST OFFICE|R\.?R\.?\s?\d|H\.?C\.?\s?\d|RURAL R\w+ \d|(?:APT|UNIT|STE|SUITE|FLOOR|PMB|LOT)\b|"
    r"PSC\b|CMR\b|#|BOX\s?\d|[NSEW]\.?\s?\d|GENERAL DELIVERY|(?:BLDG|BUILDING)\b)",
    re.IGNORECASE,
)
_STREET_WORDS = re.compile(
    r"\b(?:ST|STREET|AVE|AVENUE|RD|ROAD|DR|DRIVE|LN|LANE|BLVD|CT|COURT|WAY|PLAZA|CIR|CIRCLE|PKWY|HWY|TRL|TER|PL)\.?$",
    re.IGNORECASE,
)
_COUNTRY = re.compile(r"^[A-Z][A-Za-z .]+$")


@dataclass(frozen=True, repr=False)
class AddressBlock:
    """A block: its name lines as printed, its streets and city as one line, its ZIP (five or nine digits)."""

    name_lines: tuple[str, ...]
    address: str | None
    zip: str | None
    page: int
    box: Box


def address_blocks(sheet: Sheet) -> list[AddressBlock]:
    """Every block on the page that is not the IRS's own, from top to bottom."""
    found = []
    for segment in sheet.segments:
        city = city_line(sheet, segment)
        if city is None:
            continue
        block = _block_above(sheet, segment, *city)
        if block is not None:
            found.append(block)
    return found


def city_line(sheet: Sheet, segment: Segment) -> tuple[str, str] | None:
    """City with state, and ZIP, when the segment is a block's last line, also when its ZIP stands apart."""
    for text in (segment.text, _with_right(sheet, segment)):
        match = _CITY.fullmatch(text) if text else None
        if match and match["state"].upper() in STATES and not match["rest"].strip(" .,"):
            zip_code = re.sub(r"\s", "", match["zip"])
            return f"{match['city'].strip(' ,')}, {match['state'].upper()}", zip_code
    return None


def _with_right(sheet: Sheet, segment: Segment) -> str | None:
    right = sheet.right_of(segment)
    if right is None or right.x0 - segment.x1 > 5 * segment.height:
        return None
    return f"{segment.text} {right.text}"


def _block_above(sheet: Sheet, last: Segment, city: str, zip_code: str) -> AddressBlock | None:
    lines = list(_lines_above(sheet, last))
    if any(_IRS.search(line.text) for line in lines) or _IRS.search(last.text):
        return None
    names, streets = _parted([line.text for line in lines])
    if not names or not streets or (zip_code[:5] in _IRS_ZIPS and "BOX" in streets[-1].upper()):
        return None
    return AddressBlock(
        tuple(names), f"{' '.join(streets)}, {city}", zip_code, sheet.number, Box.around([*lines, last])
    )


def _lines_above(sheet: Sheet, last: Segment) -> Sequence[Segment]:
    """The lines of the block over its last one, from top to bottom, at most six."""
    lines: list[Segment] = []
    at = last
    for _ in range(6):
        above = _line_above(sheet, at)
        if above is None or _SORTING.search(above.text) or _is_labelled(above.text):
            break
        lines.insert(0, above)
        at = above
    return lines


def _line_above(sheet: Sheet, segment: Segment) -> Segment | None:
    near = [
        each
        for each in sheet.segments
        if each is not segment
        and -0.4 * segment.height <= segment.top - each.bottom <= 0.95 * segment.height
        and abs(each.x0 - segment.x0) <= 0.9 * segment.height
        and 0.7 <= each.height / segment.height <= 1.45
    ]
    return max(near, key=lambda each: each.bottom, default=None)


def _is_labelled(text: str) -> bool:
    """A label with its value, or one that is no surname: the block has ended."""
    return any(
        start == 0 and not weak and (end < len(text) or ":" in text)
        for _, start, end, weak in label_spans(text)
    )


def _parted(lines: list[str]) -> tuple[list[str], list[str]]:
    """Name lines and street lines."""
    for at, line in enumerate(lines):
        if at == 0:
            if _STREET.match(line) and any(letter.isdigit() for letter in line):
                return [], lines
            continue
        if is_care_of(line):
            continue
        if _STREET.match(line) or any(letter.isdigit() for letter in line):
            return _without_care_of(lines[:at]), lines[at:]
    # No line has a number: the last line is the street.
    return (_without_care_of(lines[:-1]), lines[-1:]) if len(lines) > 1 else ([], lines)


def _without_care_of(lines: list[str]) -> list[str]:
    return [line for line in lines if not is_care_of(line)]


def lines_of(blocks: Sequence[AddressBlock]) -> Iterator[str]:
    """Every name line of the blocks."""
    for block in blocks:
        yield from block.name_lines
