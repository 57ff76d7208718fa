"""The address blocks of a page, wherever the window is: name lines, street lines, city line.

A block is found from its last line (city, state, ZIP) upward. The IRS's own address, lines of digits, presort
lines and endorsements do not belong to it. Names are parsed in `mailroom.notices.parsing.names`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Box, Line
from mailroom.notices.extraction.labels import find_label_spans
from mailroom.notices.parsing.names import is_care_of
from mailroom.privacy.client_data import ClientData

STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "  # noqa: SIM905 - a list to be read
    "RI SC SD TN TX UT VT VA WA WV WI WY DC PR VI GU AS MP FM MH PW AA AE AP".split()
)
_STATE_NAMES = (
    "ALABAMA|ALASKA|ARIZONA|ARKANSAS|CALIFORNIA|COLORADO|CONNECTICUT|DELAWARE|FLORIDA|GEORGIA|HAWAII|IDAHO|ILLINOIS|"
    "INDIANA|IOWA|KANSAS|KENTUCKY|LOUISIANA|MAINE|MARYLAND|MASSACHUSETTS|MICHIGAN|MINNESOTA|MISSISSIPPI|MISSOURI|"
    "MONTANA|NEBRASKA|NEVADA|NEW HAMPSHIRE|NEW JERSEY|NEW MEXICO|NEW YORK|NORTH CAROLINA|NORTH DAKOTA|OHIO|OKLAHOMA|"
    "OREGON|PENNSYLVANIA|RHODE ISLAND|SOUTH CAROLINA|SOUTH DAKOTA|TENNESSEE|TEXAS|UTAH|VERMONT|VIRGINIA|WASHINGTON|"
    "WEST VIRGINIA|WISCONSIN|WYOMING"
)
_CITY = re.compile(
    rf"(?P<city>[A-Za-z][A-Za-z .'-]*?)\s*,?\s+(?P<state>[A-Za-z]{{2}}|{_STATE_NAMES})\.?,?\s+"
    r"(?P<zip>\d{5}(?:\s?-\s?\d{4})?)(?P<rest>\D*)",
    re.IGNORECASE,
)
_IRS = re.compile(
    r"internal\s*revenue\s*service|department\s*of\s*(?:the\s*)?treasury|^irs\b|\bIRS\b|united states treasury|"
    r"automated\s*underreporter|^aur\b|taxpayer advocate|^stop\b|service center",
    re.IGNORECASE,
)
# ZIP codes of the IRS's own campuses and lockboxes.
_IRS_ZIPS = frozenset(
    "00501 00544 01810 05501 05544 11742 19154 19255 31101 37501 39901 40281 40285 40293 45999 64999 73301 73344 "  # noqa: SIM905 - a list to be read
    "84201 93779 93888".split()
)
_SORTING = re.compile(
    r"^[\W\d]*$|presort|\bauto(?:cr)?\b|\d-?digit|first.class|aadc|service requested|\*{3,}|^[|lI!¦\s]{12,}$"
    r"|^\s*(?:[TPSB]\d+\s*)+$|\bsch\b.*\d|\d{4,}\D.*\d{3,}",
    re.IGNORECASE,
)
# What OCR makes of a postal bar code above the names; besides it a name and a street have to be left.
_BARS = re.compile(r"[HIl|1i!udbh.,'\s]+")
FEWEST_LINES = 2
_STREET = re.compile(
    r"^\s*(?:\d+[A-Z]?\b|P\.?\s?O\.?\s?BOX|POST OFFICE|R\.?R\.?\s?\d|H\.?C\.?\s?\d|RURAL R\w+ \d|(?:APT|UNIT|STE|SUITE|FLOOR|PMB|LOT)\b|"
    r"PSC\b|CMR\b|#|BOX\s?\d|[NSEW]\.?\s?\d|GENERAL DELIVERY|(?:BLDG|BUILDING)\b)",
    re.IGNORECASE,
)

_SPELLED_NUMBER = re.compile(
    r"^(?:ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN)\s.*\b(?:ST|STREET|AVE|AVENUE|RD|ROAD|DR|DRIVE|LN|LANE|BLVD|CT|"
    r"COURT|WAY|PLAZA|PLZ|CENTER|CTR|CIR|SQUARE|SQ|TOWER|PLACE|PL|PARK|TER|TRL)\.?$",
    re.IGNORECASE,
)
# The last line of an address abroad.
_ABROAD = re.compile(
    r"(?:AUSTRALIA|AUSTRIA|BELGIUM|BRAZIL|CANADA|CHILE|CHINA|COLOMBIA|COSTA RICA|CROATIA|CZECH REPUBLIC|DENMARK|"
    r"DOMINICAN REPUBLIC|ECUADOR|EGYPT|ENGLAND|FINLAND|FRANCE|GERMANY|GREECE|GUATEMALA|HONG KONG|HUNGARY|INDIA|INDONESIA|"
    r"IRELAND|ISRAEL|ITALY|JAMAICA|JAPAN|KENYA|KOREA|SOUTH KOREA|LEBANON|MALAYSIA|MEXICO|MOROCCO|NETHERLANDS|NEW ZEALAND|"
    r"NIGERIA|NORWAY|PAKISTAN|PANAMA|PERU|PHILIPPINES|POLAND|PORTUGAL|ROMANIA|SAUDI ARABIA|SCOTLAND|SINGAPORE|"
    r"SOUTH AFRICA|SPAIN|SWEDEN|SWITZERLAND|TAIWAN|THAILAND|TURKEY|UKRAINE|UNITED ARAB EMIRATES|UNITED KINGDOM|"
    r"UNITED KINGDOM OF GREAT BRITAIN|VIETNAM|WALES)\.?",
    re.IGNORECASE,
)
# Companies: payers have addresses too, but CP2000s go to persons only.
_COMPANY = re.compile(
    r"\b(?:LLC|LLP|INC|CORP|CORPORATION|COMPANY|BANK|N\.?A\.|CREDIT UNION|BROKERAGE|PARTNERS|INSURANCE|UNIVERSITY|"
    r"DEPARTMENT|DEPT|COUNTY|STATE OF|CITY OF|SERVICES|GROUP|ASSOCIATES|SECURITIES|FINANCIAL|FUND|HOLDINGS)\b",
    re.IGNORECASE,
)
# Professions, after a name: that person gets a copy as the taxpayer's representative.
_PROFESSION = re.compile(
    r"(?:^|[\s,])(?:E\.?A|C\.?P\.?A|ESQ(?:UIRE)?|ATT(?:ORNE)?Y(?:S)?(?: AT LAW)?|P\.?O\.?A|POWER OF ATTORNEY|REP|"
    r"REPRESENTATIVE|ENROLLED AGENT|J\.?D|LL\.?M)\.?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, repr=False)
class AddressBlock(ClientData):
    """An address block.

    Attributes:
        name_lines: as printed.
        address: streets and city as one line.
        zip: five digits, or five and four with a hyphen; None abroad.
        page: the page's number, from 1.
        box: the place of the block, in points.
        lines: all its lines, from top to bottom.
    """

    name_lines: tuple[str, ...]
    address: str | None
    zip: str | None
    page: int
    box: Box
    lines: tuple[Line, ...] = ()

    @property
    def is_company(self) -> bool:
        """Whether it is the address of a company, such as a payer, and not of a person."""
        return any(_COMPANY.search(line) for line in self.name_lines)

    @property
    def is_representative(self) -> bool:
        """Whether it is the address of the taxpayer's representative, who gets a copy."""
        return any(_PROFESSION.search(line) for line in self.name_lines)


def find_address_blocks(layout: PageLayout) -> list[AddressBlock]:
    """Return every block on the page that is not the IRS's own, from top to bottom."""
    blocks = (_find_block_ending_in(layout, line) for line in layout.lines)
    return [block for block in blocks if block is not None]


def _find_block_ending_in(layout: PageLayout, line: Line) -> AddressBlock | None:
    city = parse_city_line(layout, line)
    if city is not None:
        return _build_block(layout, line, *city)
    if _ABROAD.fullmatch(line.text):
        return _build_block(layout, line, line.text, None)
    return None


def parse_city_line(layout: PageLayout, line: Line) -> tuple[str, str] | None:
    """Return city with state, and ZIP, of a block's last line; the ZIP may be a line of its own."""
    for text in (line.text, _join_with_right(layout, line)):
        match = _CITY.fullmatch(text) if text else None
        if match and _is_state(match["state"]) and not match["rest"].strip(" .,"):
            zip_code = re.sub(r"\s", "", match["zip"])
            return f"{match['city'].strip(' ,')}, {match['state']}", zip_code
    return None


def _is_state(printed: str) -> bool:
    return len(printed) > 2 or printed.upper() in STATES


def _join_with_right(layout: PageLayout, line: Line) -> str | None:
    right = layout.right_of(line)
    if right is None or right.x0 - line.x1 > 5 * line.height:
        return None
    return f"{line.text} {right.text}"


def _build_block(layout: PageLayout, last: Line, city: str, zip_code: str | None) -> AddressBlock | None:
    lines = list(_find_lines_above(layout, last))
    if any(_IRS.search(line.text) for line in lines) or _IRS.search(last.text):
        return None
    names, streets = _split_names_and_streets([line.text for line in lines])
    if not names or not streets or (zip_code and zip_code[:5] in _IRS_ZIPS and "BOX" in streets[-1].upper()):
        return None
    between = " " if zip_code else ", "
    address = f"{between.join(streets)}, {city}"
    return AddressBlock(
        tuple(names), address, zip_code, layout.number, Box.around([*lines, last]), (*lines, last)
    )


def _find_lines_above(layout: PageLayout, last: Line) -> Sequence[Line]:
    """Return the lines of the block above its last one, from top to bottom, at most six."""
    lines: list[Line] = []
    at = last
    for _ in range(6):
        above = _find_line_above(layout, at)
        if above is None or _is_labelled(above.text):
            break
        lines.insert(0, above)
        at = above
    return lines


def _find_line_above(layout: PageLayout, line: Line) -> Line | None:
    near = [
        each
        for each in layout.lines
        if each is not line
        and -0.4 * line.height <= line.top - each.bottom <= 0.95 * line.height
        and abs(each.x0 - line.x0) <= 0.9 * line.height
        and 0.7 <= each.height / line.height <= 1.45
    ]
    return max(near, key=lambda each: each.bottom, default=None)


def _is_labelled(text: str) -> bool:
    """Whether a line has a label, with or without its value: the block does not reach up to it."""
    return any(
        span.start == 0 and not span.weak and (span.end < len(text) or ":" in text)
        for span in find_label_spans(text)
    )


def _split_names_and_streets(lines: list[str]) -> tuple[list[str], list[str]]:
    """Split lines into name and street lines; a bar code or sorting line on top is dropped."""
    while lines and (lines[0][0].isdigit() or _SORTING.search(lines[0])):
        lines = lines[1:]
    if len(lines) > FEWEST_LINES and (_BARS.fullmatch(lines[0]) or lines[0].islower()):
        lines = lines[1:]
    for at, line in enumerate(lines):
        if at and not is_care_of(line) and _is_street(line):
            return _drop_care_of(lines[:at]), lines[at:]
    # No line has a number: the last one is the street.
    return (_drop_care_of(lines[:-1]), lines[-1:]) if len(lines) > 1 else ([], lines)


def _is_street(line: str) -> bool:
    return bool(_STREET.match(line) or _SPELLED_NUMBER.match(line) or any(each.isdigit() for each in line))


def _drop_care_of(lines: list[str]) -> list[str]:
    return [line for line in lines if not is_care_of(line)]
