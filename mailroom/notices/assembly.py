"""The fields of one letter from everything that was found on its pages, and what about them is in doubt.

Here the notice is held against itself: the first page against the coupon and the other pages' heads, the due
date against the notice date, the AUR number against ZIP codes. Opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from mailroom.notices import labels as spelled
from mailroom.notices.address import AddressBlock, address_blocks
from mailroom.notices.addressee import OF_THE_BLOCK, chosen_block, labelled_name, names_of
from mailroom.notices.candidates import Candidate, Value, labelled
from mailroom.notices.control_numbers import REACH, lone_controls, without_zip_codes
from mailroom.notices.fields import NoticeFields
from mailroom.notices.letter_types import RESPONSE_DAYS, RESPONSE_DAYS_ABROAD, letter_type
from mailroom.notices.names import Names
from mailroom.notices.numbers import controls_in, ssns_in
from mailroom.notices.prose import TO_PAY, said
from mailroom.notices.sheet import Sheet
from mailroom.notices.summary import checked
from mailroom.notices.verdict import SURE, Choice, choose
from mailroom.notices.words import Box
from mailroom.privacy.client_data import ClientData

# Printing moves a due date by some days.
DAYS_OFF = 5
LONGEST_RESPONSE = 160
# What is read on the last page counts a little less than the same on the first.
COUPON = 0.95
# The notice block holds these together; what lies so many points away from all of them is not in it.
BLOCK_FIELDS = frozenset({spelled.TYPE, spelled.TAX_YEAR, spelled.NOTICE_DATE, spelled.CONTROL})
BLOCK_REACH, OUTSIDE_THE_BLOCK = REACH, 0.75
# On later pages the income table follows a running head closely, and a block has its labels line by line.
LATER_REACH = 40.0
ON_EVERY_CP2000 = (
    "tax_year",
    "notice_date",
    "response_due_date",
    "last_name",
    "zip",
    "ssn_last4",
    "aur_control_number",
    "amount_due",
)


@dataclass(frozen=True, repr=False)
class Assembled(ClientData):
    """A letter's fields, and the names of those that are in doubt.

    ``ambiguous``: read without doubt, but what is printed has more than one meaning ("SMITH JONES"). ``chosen``
    and ``block`` are where it stands: what was chosen for each field, and the taxpayer's address block.
    """

    fields: NoticeFields
    doubts: frozenset[str]
    ambiguous: frozenset[str] = frozenset()
    chosen: Mapping[str, Choice | None] = field(default_factory=dict)
    block: AddressBlock | None = None


@dataclass(repr=False)
class Evidence(ClientData):
    """What was found in a letter: on its first page, in the other pages' flat text, on its last page if read.

    ``other_texts`` are pairs of page number and text.
    """

    first: Sheet
    other_texts: Sequence[tuple[int, str]]
    on_first: list[Candidate]
    candidates: list[Candidate]
    blocks: list[AddressBlock]
    coupon_blocks: list[AddressBlock] = field(default_factory=list)
    sheets: dict[int, Sheet] = field(default_factory=dict)

    def of(self, name: str) -> list[Candidate]:
        """The candidates of one field."""
        return [each for each in self.candidates if each.field == name]

    def add_page(self, sheet: Sheet) -> None:
        """Take in what another page says: the coupon on the last one, the response form."""
        self.sheets[sheet.number] = sheet
        self.coupon_blocks += address_blocks(sheet)
        found = _in_one_block(labelled(sheet), LATER_REACH, alone=OUTSIDE_THE_BLOCK)
        self.candidates += [replace(each, trust=each.trust * COUPON) for each in found]


def gather(first: Sheet, other_texts: Sequence[tuple[int, str]]) -> Evidence:
    """Find everything on the first page that could be a field's value, and what of it stands on others."""
    found = checked(first, _in_one_block(labelled(first))) + said(first)
    block = [each.box.middle for each in found if each.field in BLOCK_FIELDS and each.how != "said"]
    found += lone_controls(first, block)
    again = _seen_again(found, other_texts)
    return Evidence(first, other_texts, found, found + again, address_blocks(first))


def _in_one_block(
    found: list[Candidate], reach: float = BLOCK_REACH, *, alone: float = 1.0
) -> list[Candidate]:
    """SSNs away from the other labels of the notice block count less: the income table has some too.

    ``alone`` is the factor for a page without any such label.
    """
    companions = [each.box.middle for each in found if each.field in BLOCK_FIELDS]

    def share(each: Candidate) -> float:
        if each.field != spelled.SSN:
            return 1.0
        if not companions:
            return alone
        near = min(abs(each.box.middle - middle) for middle in companions) <= reach
        return 1.0 if near else OUTSIDE_THE_BLOCK

    return [replace(each, trust=each.trust * share(each)) for each in found]


def _seen_again(found: Sequence[Candidate], texts: Sequence[tuple[int, str]]) -> list[Candidate]:
    """SSNs and AUR numbers of the labels that stand on other pages too, whatever is beside them there."""
    known = {(each.field, each.value) for each in found}
    again = []
    for page, text in texts:
        numbers = [(spelled.SSN, each.printed or f"***-**-{each.last4}") for each in ssns_in(text)]
        numbers += [(spelled.CONTROL, each.value) for each in controls_in(text)]
        again += [_again(name, value, page) for name, value in numbers if (name, value) in known]
    return again


def wants_the_coupon(read: Assembled, evidence: Evidence) -> bool:
    """Whether the last page is worth its time: something is missing or in doubt, or it names another SSN."""
    fields = read.fields
    if read.doubts or any(getattr(fields, name) is None for name in ON_EVERY_CP2000):
        return True
    last_text = evidence.other_texts[-1][1] if evidence.other_texts else ""
    return any(each.last4 != fields.ssn_last4 for each in ssns_in(last_text))


def _again(field_name: str, value: str, page: int) -> Candidate:
    return Candidate(field_name, value, 0.5, "again", page, Box(0, 0, 0, 0))


def assemble(evidence: Evidence, letter: str | None, page_count: int) -> Assembled:
    """Choose the value of each field, and say which are in doubt."""
    chosen = {spelled.TAX_YEAR: choose(evidence.of(spelled.TAX_YEAR))}
    chosen[spelled.NOTICE_DATE] = choose(_notice_dates(evidence, letter))
    chosen[spelled.AMOUNT] = choose(_owed_or_refunded(evidence))
    chosen[spelled.CONTROL] = choose(without_zip_codes(evidence.candidates, evidence.first))
    chosen[spelled.DUE_DATE] = choose(_due_dates(evidence, letter, chosen[spelled.NOTICE_DATE]))
    chosen[spelled.SSN] = _chosen_ssn(evidence)
    doubts = {name for name, choice in chosen.items() if choice and not choice.sure}
    if _is_masked(evidence, chosen[spelled.SSN]):
        doubts.add(spelled.SSN)
    if spelled.SSN in doubts:
        doubts.add("ssn_last4")
    doubts |= _dates_that_disagree(chosen, letter) | _one_number_twice(chosen)
    named = labelled_name(evidence.of(spelled.NAME))
    if _is_of_another_page(evidence, chosen[spelled.SSN]):
        doubts |= {spelled.SSN, "ssn_last4"}
    elsewhere = " ".join(text for _, text in evidence.other_texts)
    block, block_doubts = chosen_block(evidence.blocks or evidence.coupon_blocks, named, elsewhere)
    if block is not None and not evidence.blocks and not _belongs(evidence, block.page):
        block_doubts |= OF_THE_BLOCK
    names = names_of(block, named)
    ambiguous = names.ambiguous if names else frozenset[str]()
    fields = _fields(chosen, block, names, letter, page_count)
    chosen[spelled.NAME] = choose(evidence.of(spelled.NAME)) if block is None else None
    return Assembled(fields, frozenset(doubts | block_doubts), ambiguous, chosen, block)


def _is_of_another_page(evidence: Evidence, ssn: Choice | None) -> bool:
    """Whether the SSN stands on later pages only, none of which can be told to belong to this letter."""
    if ssn is None or str(ssn.value)[-4:] in _last_fours_on_first(evidence):
        return False
    return not any(_belongs(evidence, each.page) for each in ssn.grounds)


def _last_fours_on_first(evidence: Evidence) -> set[str]:
    return {str(each.value)[-4:] for each in evidence.on_first if each.field == spelled.SSN}


def _belongs(evidence: Evidence, page: int) -> bool:
    """Whether a later page has a number or the name of the first one: another client's may lie behind it."""
    sheet = evidence.sheets.get(page)
    text = " ".join((sheet.text if sheet else "", dict(evidence.other_texts).get(page, "")))
    controls = {each.value for each in evidence.on_first if each.field == spelled.CONTROL}
    last_fours = _last_fours_on_first(evidence)
    return (
        any(each.value in controls for each in controls_in(text, labelled=True))
        or any(each.last4 in last_fours for each in ssns_in(text, labelled=True))
        or any(block.name_lines[0].upper() in text.upper() for block in evidence.blocks)
    )


def _owed_or_refunded(evidence: Evidence) -> list[Candidate]:
    """Sums; where a refund stands beside a zero balance, the refund is meant."""
    found = evidence.of(spelled.AMOUNT)
    if any(isinstance(each.value, float) and each.value < 0 for each in found):
        return [each for each in found if each.value != 0.0]
    return found


def _one_number_twice(chosen: dict[str, Choice | None]) -> set[str]:
    """Without hyphens an SSN and an AUR number look alike: one number cannot be both."""
    ssn, control = chosen[spelled.SSN], chosen[spelled.CONTROL]
    if ssn is None or control is None or _digits(ssn.value) != _digits(control.value):
        return set()
    return {spelled.SSN, "ssn_last4", spelled.CONTROL}


def _digits(value: Value) -> str:
    return re.sub(r"\D", "", str(value))


def _due_dates(evidence: Evidence, letter: str | None, noticed: Choice | None) -> list[Candidate]:
    """Dates by which to answer; one that stands as far behind the notice date as this letter's does is backed.

    A date to pay by is none where something is only proposed.
    """
    found = evidence.of(spelled.DUE_DATE)
    if letter_type(letter).proposes_changes:
        found = [each for each in found if each.how != TO_PAY]
    if noticed is None:
        return found
    usual = _usual_days(letter)
    return [
        replace(each, trust=min(each.trust + 0.22, 0.97))
        if any(abs(_days_between(noticed.value, each.value) - days) <= DAYS_OFF for days in usual)
        else each
        for each in found
    ]


def _notice_dates(evidence: Evidence, letter: str | None) -> list[Candidate]:
    """Dates of the letter; one that lies as many days before a due date as this letter gives is backed."""
    usual = _usual_days(letter)
    dues = [each.value for each in evidence.of(spelled.DUE_DATE) if each.trust >= SURE and each.how != TO_PAY]
    return [
        replace(each, trust=min(each.trust + 0.1, 0.97))
        if any(_days_between(each.value, due) in usual for due in dues)
        else each
        for each in evidence.of(spelled.NOTICE_DATE)
    ]


def _usual_days(letter: str | None) -> set[int]:
    return {RESPONSE_DAYS, RESPONSE_DAYS_ABROAD, letter_type(letter).response_days}


def _chosen_ssn(evidence: Evidence) -> Choice | None:
    """A masked number backs the full one that ends alike, and the other way round."""
    found = evidence.of(spelled.SSN)
    full = {str(each.value)[-4:]: each.value for each in found if not str(each.value).startswith("*")}
    merged = [replace(each, value=full.get(str(each.value)[-4:], each.value)) for each in found]
    return choose(merged)


def _is_masked(evidence: Evidence, ssn: Choice | None) -> bool:
    """Whether the SSN comes from elsewhere, and the first page has one with all its digits hidden."""
    if ssn is None or not any(each.last4 is None for each in ssns_in(evidence.first.text)):
        return False
    return str(ssn.value)[-4:] not in _last_fours_on_first(evidence)


def _dates_that_disagree(chosen: dict[str, Choice | None], letter: str | None) -> set[str]:
    noticed, due = chosen[spelled.NOTICE_DATE], chosen[spelled.DUE_DATE]
    if noticed is None or due is None:
        return set()
    days = _days_between(noticed.value, due.value)
    if only := letter_type(letter).due_after:
        expected = any(abs(days - usual) <= DAYS_OFF for usual in only)
    else:
        expected = 0 < days <= LONGEST_RESPONSE
    return set() if expected else {spelled.NOTICE_DATE, spelled.DUE_DATE}


def _days_between(noticed: Value, due: Value) -> int:
    assert isinstance(noticed, date)  # noqa: S101 - the readers of both fields give dates
    assert isinstance(due, date)  # noqa: S101 - likewise
    return (due - noticed).days


def _fields(
    chosen: dict[str, Choice | None],
    block: AddressBlock | None,
    names: Names | None,
    letter: str | None,
    page_count: int,
) -> NoticeFields:
    value = {name: choice.value if choice else None for name, choice in chosen.items()}
    ssn = str(value[spelled.SSN]) if value[spelled.SSN] else None
    plain: dict[str, object] = {
        "notice_type": letter,
        "tax_year": value[spelled.TAX_YEAR],
        "notice_date": value[spelled.NOTICE_DATE],
        "response_due_date": value[spelled.DUE_DATE],
        "aur_control_number": value[spelled.CONTROL],
        "amount_due": value[spelled.AMOUNT],
        "ssn": ssn if ssn and not ssn.startswith("*") else None,
        "ssn_last4": ssn[-4:] if ssn else None,
        "address": block.address if block else None,
        "zip": block.zip if block else None,
        "page_count": page_count,
    }
    if names is not None:
        plain |= {
            "name_line": names.line,
            "taxpayer_names": names.persons,
            "last_name": names.last_name,
            "spouse_last_name": names.spouse_last_name,
            "joint": names.joint,
        }
    return NoticeFields(**plain)  # type: ignore[arg-type]  # each reader gives its field's type
