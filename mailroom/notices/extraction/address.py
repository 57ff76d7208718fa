"""The address blocks of a page, wherever the window is: name lines, street lines, city line.

A block is found from its last line (city, state, ZIP) upward. The IRS's own address, lines of digits, presort
lines and endorsements do not belong to it. Names are parsed in `mailroom.notices.parsing.names`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Line
from mailroom.notices import vocabulary
from mailroom.notices.extraction.labels import find_label_spans
from mailroom.notices.parsing.names import is_care_of, parse_names, spread_words
from mailroom.notices.vocabulary.given_names import GIVEN_NAMES
from mailroom.privacy.client_data import ClientData

_PLACES = tomllib.loads((files(vocabulary) / "places.toml").read_text(encoding="utf-8"))
_STATES = frozenset([*_PLACES["states"], *_PLACES["other_states"]])
_STATE_NAMES, _COUNTRIES = "|".join(_PLACES["states"].values()), "|".join(_PLACES["countries"])
_CITY = re.compile(
    rf"(?P<city>[A-Za-z][A-Za-z .'-]*?)\s*[,\s]\s*(?P<state>[A-Za-z]{{2}}|{_STATE_NAMES})\.?,?\s+"
    r"(?P<zip>\d{5}(?:\s?-\s?\d{4})?)(?P<rest>\D*)",
    re.IGNORECASE,
)
_IRS = re.compile(
    r"internal\s*revenue\s*service|department\s*of\s*(?:the\s*)?treasury|^irs\b|\bIRS\b|united states treasury|"
    r"automated\s*underreporter|^aur\b|taxpayer advocate|^stop\b|service center",
    re.IGNORECASE,
)
_SORTING = re.compile(
    r"^[\W\d]*$|presort|\bauto(?:cr)?\b|\d-?digit|first.class|aadc|service requested|\*{3,}|^[|lI!¦\s]{12,}$"
    r"|^\s*(?:[TPSB]\d+\s*)+$|\bsch\b.*\d|\d{4,}\D.*\d{3,}|\b(?:ecr(?:lot|wss|wsh)|snglp|prsrt|mixed)\b|"
    r"single.piece|car.rt|carrier route|\ball for\b|postal customer|permit no",
    re.IGNORECASE,
)
# No name has figures or signs, but for "JOHN SMITH 3RD".
_NOT_IN_NAMES, _ORDINAL = re.compile(r"[\d*#@_|=<>\\]"), re.compile(r"\b[2-5](?:ND|RD|TH|D)\b", re.IGNORECASE)
# What OCR makes of a postal bar code above the names; besides it a name and a street have to be left.
_BARS = re.compile(r"[HIl|1i!udbh.,'\s]+|.*[!\[\]\"].*[!\[\]\"].*")
FEWEST_LINES = 2
# Names and streets begin with capitals, but for a word as in "Ana de la Cruz".
_LOWER_WORD = re.compile(
    r"(?<![\w'])(?!(?:de|del|la|las|los|van|von|der|den|and|or|of|the|c/o|st|apt)\b)[a-z]{2,}\b"
)
FEWEST_LOWER_WORDS = 2
_STREET = re.compile(
    r"^\s*(?:\d+[A-Z]?\b|P\.?\s?O\.?\s?BOX|POST OFFICE|R\.?R\.?\s?\d|H\.?C\.?\s?\d|RURAL R\w+ \d|(?:APT|UNIT|STE|SUITE|FLOOR|PMB|LOT)\b|"
    r"PSC\b|CMR\b|#|BOX\s?\d|[NSEW]\.?\s?\d|GENERAL DELIVERY|(?:BLDG|BUILDING)\b|"
    # Puerto Rico's estates and buildings (USPS Publication 28, appendix H).
    r"(?:URB(?:ANIZACION)?|COND(?:OMINIO)?|EDIF(?:ICIO)?|RES(?:IDENCIAL)?|BARRIO|BDA|REPTO|PARC(?:ELAS)?|SECTOR|JARD(?:INES)?|"
    r"CALLE|AVENIDA|PASEO|CAMINO|CARR(?:ETERA)?|VILLAS?|EXT|ALTURAS|MANSIONES|HACIENDA|COM(?:UNIDAD)?)\.?\s\w)",
    re.IGNORECASE,
)

_SPELLED_NUMBER = re.compile(
    r"^(?:ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN)\s.*\b(?:ST|STREET|AVE|AVENUE|RD|ROAD|DR|DRIVE|LN|LANE|BLVD|CT|"
    r"COURT|WAY|PLAZA|PLZ|CENTER|CTR|CIR|SQUARE|SQ|TOWER|PLACE|PL|PARK|TER|TRL)\.?$",
    re.IGNORECASE,
)
# A building or an estate by its name, on a line without a number.
_BUILDING = re.compile(
    r"\s(?:APTS|APARTMENTS|ESTATES|TOWERS|CONDOS|CONDOMINIUMS|TOWNHOMES|TOWNHOUSES|MHP|(?:TRAILER|(?:MOBILE )?HOME) PARK|"
    r"PLAZA|BUILDING|BLDG|VILLAGE|COMMONS|HEIGHTS|TERRACE|GARDENS|ACRES|CENTER|HOMES|MANOR|LODGE|BARRACKS|FARMS?|RANCH)\.?$",
    re.IGNORECASE,
)
# The last line of an address abroad, and the postal code before it: Canada's, Britain's, or figures.
_POSTAL_CODE = re.compile(r"\b(?:[A-Z]\d[A-Z]\s?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|\d{4,6})\b")
_ABROAD = re.compile(rf"(?:{_COUNTRIES})\.?", re.IGNORECASE)
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
        zip: five digits, or five and four with a hyphen; abroad the postal code, None where there is none.
        page: the page's number, from 1.
        lines: all its lines, from top to bottom.
        line_numbers: the first and the last one's number on the page, from 1.
    """

    name_lines: tuple[str, ...]
    address: str | None
    zip: str | None
    page: int
    lines: tuple[Line, ...] = ()
    line_numbers: tuple[int, int] = (0, 0)

    def is_named_in(self, text: str) -> bool:
        """Return whether a text has the first person's surname."""
        names = parse_names(self.name_lines)
        surname = spread_words(names.last_name or "") if names else ""
        return bool(surname.strip()) and surname in spread_words(text)

    @property
    def is_company(self) -> bool:
        """Whether it is a company's, such as a payer's."""
        return any(_COMPANY.search(line) for line in self.name_lines)

    @property
    def is_personal(self) -> bool:
        """Whether it is neither a company's nor of somebody with a profession, who may get a copy."""
        return not self.is_company and not any(_PROFESSION.search(line) for line in self.name_lines)


def find_address_blocks(layout: PageLayout) -> list[AddressBlock]:
    """Return every block on the page that is not the IRS's own, from top to bottom."""
    blocks = []
    for line in layout.lines:
        if city := parse_city_line(layout, line):
            blocks.append(_build_block(layout, line, *city))
        elif _ABROAD.fullmatch(line.text):
            above = _find_line_above(layout, line)
            code = _POSTAL_CODE.search(above.text) if above else None
            blocks.append(_build_block(layout, line, line.text, code and code[0], abroad=True))
    return [block for block in blocks if block is not None]


def parse_city_line(layout: PageLayout, line: Line) -> tuple[str, str] | None:
    """Return city with state, and ZIP, of a block's last line; the ZIP may be a line of its own."""
    right, texts = layout.right_of(line), [line.text]
    if right is not None and right.x0 - line.x1 <= 5 * line.height:
        texts.append(f"{line.text} {right.text}")
    for match in filter(None, map(_CITY.fullmatch, texts)):
        state = match["state"]
        if (len(state) > 2 or state.upper() in _STATES) and not match["rest"].strip(" .,"):
            zip_code = re.sub(r"\s", "", match["zip"])
            return f"{match['city'].strip(' ,')}, {state}", zip_code
    return None


def _build_block(
    layout: PageLayout, last: Line, city: str, zip_code: str | None, *, abroad: bool = False
) -> AddressBlock | None:
    lines = list(_find_lines_above(layout, last))
    if len(lines) > FEWEST_LINES and _is_small_above_capitals([line.text for line in lines]):
        lines = lines[1:]
    if any(_IRS.search(line.text) for line in (*lines, last)):
        return None
    if any(_is_running_text(line.text) for line in (*lines, last)):
        return None
    names, streets = _split_names_and_streets([line.text for line in lines])
    if not names or not streets:
        return None
    if zip_code and zip_code[:5] in _PLACES["irs_zips"] and "BOX" in streets[-1].upper():
        return None
    between = ", " if abroad else " "
    address = f"{between.join(streets)}, {city}"
    on_page = list(layout.lines)
    numbers = on_page.index(lines[0] if lines else last) + 1, on_page.index(last) + 1
    return AddressBlock(tuple(names), address, zip_code, layout.number, (*lines, last), numbers)


def _find_lines_above(layout: PageLayout, last: Line) -> Sequence[Line]:
    """Return the lines of the block above its last one, from top to bottom, at most six."""
    lines = [last]
    while len(lines) <= 6 and (above := _find_line_above(layout, lines[0])) and not _is_labelled(above.text):
        lines.insert(0, above)
    return lines[:-1]


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


def _is_running_text(text: str) -> bool:
    """Whether a line is of a sentence, which may name somebody's address: the representative's, a payer's."""
    return len(_LOWER_WORD.findall(text)) >= FEWEST_LOWER_WORDS


def _is_labelled(text: str) -> bool:
    """Whether a line has a label, with or without its value: the block does not reach up to it."""
    return any(
        span.start == 0 and not span.weak and (span.end < len(text) or ":" in text)
        for span in find_label_spans(text)
    )


def _split_names_and_streets(lines: list[str]) -> tuple[list[str], list[str]]:
    """Split lines into name and street lines; a bar code and sorting lines on top are dropped."""
    while lines and (_SORTING.search(lines[0]) or _NOT_IN_NAMES.search(_ORDINAL.sub("", lines[0]))):
        lines = lines[1:]
    if len(lines) > FEWEST_LINES and (_BARS.fullmatch(lines[0]) or lines[0].islower()):
        lines = lines[1:]
    for at, line in enumerate(lines):
        if at and not is_care_of(line) and _is_street(line):
            break
    else:
        # No line has a number: the last one is the street.
        at = max(len(lines) - 1, 0)
    return [line for line in lines[:at] if not is_care_of(line)], lines[at:]


def _is_small_above_capitals(lines: Sequence[str]) -> bool:
    """Whether the first line has small letters and those below it have none, as specks or bars are read."""
    return any(map(str.islower, lines[0])) and not any(map(str.islower, "".join(lines[1:])))


def _is_street(line: str) -> bool:
    if any(each.isdigit() for each in line) or _STREET.match(line) or _SPELLED_NUMBER.match(line):
        return True
    return bool(_BUILDING.search(line)) and line.split(maxsplit=1)[0].upper() not in GIVEN_NAMES
