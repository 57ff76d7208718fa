"""The fields of one letter from everything that was found on its pages, and which of them are in doubt.

Values that a notice states twice are compared: the first page with the coupon and the other pages' heads, the
due date with the notice date, the AUR number with ZIP codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from mailroom.notices import fields
from mailroom.notices.causes import Doubts, join_doubts, make_doubts
from mailroom.notices.confidence.addressee import choose_block
from mailroom.notices.confidence.ranking import Choice, choose
from mailroom.notices.extraction.address import AddressBlock
from mailroom.notices.extraction.candidates import Candidate, Method
from mailroom.notices.extraction.evidence import Evidence, drop_zip_codes
from mailroom.notices.parsing.identifiers import extract_digits, find_control_numbers, find_ssns
from mailroom.notices.parsing.names import Names, parse_names
from mailroom.notices.parsing.values import Value
from mailroom.notices.reading import NoticeFields
from mailroom.notices.scores import DUE_DATE_FITS, MARGIN, MOST_BY_DATES, NOTICE_DATE_FITS, SURE
from mailroom.notices.vocabulary.letter_types import RESPONSE_DAYS, RESPONSE_DAYS_ABROAD, get_letter_type
from mailroom.privacy.client_data import ClientData

# What was chosen for each field.
Choices = Mapping[str, Choice | None]
# A printed due date may be off by some days.
DAYS_OFF = 5
LONGEST_RESPONSE = 160


@dataclass(frozen=True, repr=False)
class ChosenFields(ClientData):
    """A letter's fields, and why which of them are in doubt.

    ``ambiguous``: read without doubt, but what is printed has more than one meaning ("SMITH JONES").
    ``chosen`` has what was chosen for each field, ``block`` is the taxpayer's address block.
    """

    fields: NoticeFields = field(default_factory=NoticeFields)
    doubts: Doubts = field(default_factory=dict)
    ambiguous: Doubts = field(default_factory=dict)
    chosen: Choices = field(default_factory=dict)
    block: AddressBlock | None = None


def lacks_any(read: NoticeFields) -> bool:
    """Return whether a field was not read that a letter of this type prints."""
    unprinted = get_letter_type(read.notice_type).unprinted
    return any(getattr(read, name) is None for name in fields.REQUIRED if name not in unprinted)


def needs_last_page(read: ChosenFields, evidence: Evidence) -> bool:
    """Return whether something is missing or in doubt, or the last page names another SSN."""
    if read.doubts or lacks_any(read.fields):
        return True
    last_text = evidence.other_texts[-1][1] if evidence.other_texts else ""
    return any(each.last4 != read.fields.ssn_last4 for each in find_ssns(last_text))


def choose_fields(evidence: Evidence, letter: str | None, page_count: int) -> ChosenFields:
    """Choose the value of each field, and say which are in doubt."""
    chosen = _choose_values(evidence, letter)
    doubts = _find_doubts(evidence, letter, chosen)
    labelled = choose(evidence.of(fields.NAME_LINE))
    named = str(labelled.value) if labelled and labelled.score >= SURE else None
    # Of a scan the texts are those of heads, until a page is read as a whole.
    whole = {number: layout.text for number, layout in evidence.layouts.items()}
    elsewhere = [whole.get(number, text) for number, text in evidence.other_texts]
    block, block_doubts = choose_block(evidence.blocks or evidence.coupon_blocks, named, elsewhere)
    if block is not None and not evidence.blocks and not _belongs(evidence, block.page):
        elsewhere_only = make_doubts(fields.OF_ADDRESS_BLOCK, "later_page_only", page=block.page)
        block_doubts = join_doubts(block_doubts, elsewhere_only)
    # Without a block, the labelled name.
    names = parse_names(block.name_lines if block else [named] if named else [])
    return ChosenFields(
        _build_fields(chosen, block, names, letter, page_count),
        join_doubts(doubts, block_doubts),
        make_doubts(names.ambiguous if names else (), "ambiguous_name"),
        {**chosen, fields.NAME_LINE: labelled if block is None else None},
        block,
    )


def _choose_values(evidence: Evidence, letter: str | None) -> dict[str, Choice | None]:
    """Return the choice for each field that has a label, except the letter type and the name line."""
    noticed = choose(_list_notice_dates(evidence, letter))
    labelled = (
        row.name for row in fields.FIELDS if row.labels and row.name not in (fields.TYPE, fields.NAME_LINE)
    )
    return {name: choose(evidence.of(name)) for name in labelled} | {
        fields.NOTICE_DATE: noticed,
        fields.AMOUNT: choose(_list_amounts(evidence)),
        fields.CONTROL: choose(drop_zip_codes(evidence.candidates, evidence.first)),
        fields.DUE_DATE: choose(_list_due_dates(evidence, letter, noticed)),
        fields.SSN: _choose_ssn(evidence),
    }


def _find_doubts(evidence: Evidence, letter: str | None, chosen: Choices) -> Doubts:
    """Return the fields whose choices are not sure, or contradict each other."""
    doubts = [
        _explain_unsure(name, choice) for name, choice in chosen.items() if choice and not choice.is_sure
    ]
    ssn, control = chosen[fields.SSN], chosen[fields.CONTROL]
    if ssn is not None and _is_elsewhere(evidence, ssn):
        page = min(each.page for each in ssn.supporting)
        doubts.append(make_doubts([fields.SSN], "later_page_only", page=page))
    if (days := _find_odd_period(chosen, letter)) is not None:
        doubts.append(make_doubts([fields.NOTICE_DATE, fields.DUE_DATE], "dates_disagree", days=days))
    if ssn and control and extract_digits(str(ssn.value)) == extract_digits(str(control.value)):
        # Both are one number: without hyphens they look alike.
        doubts.append(make_doubts([fields.SSN, fields.CONTROL], "same_number"))
    found = join_doubts(*doubts)
    return {**found, fields.SSN_LAST4: found[fields.SSN]} if fields.SSN in found else found


def _explain_unsure(name: str, choice: Choice) -> Doubts:
    """Return why a choice is not sure: another value is nearly as good, or its best finding is weak."""
    if choice.rival_score > choice.score - MARGIN:
        code, best = "other_value", choice.opposing[0]
    else:
        code, best = "weak_finding", choice.supporting[0]
    label = f"by its label, {best.method.value}," if best.label else best.method.value
    return make_doubts([name], code, how=label.rstrip(","), page=best.page)


def _is_elsewhere(evidence: Evidence, ssn: Choice) -> bool:
    """Return whether the SSN is on later pages only, and may be another letter's.

    The first page has one with all its digits hidden, or no later page is known to be this letter's.
    """
    if str(ssn.value)[-4:] in _last_fours_on_first(evidence):
        return False
    is_hidden = any(each.last4 is None for each in find_ssns(evidence.first.text))
    return is_hidden or not any(_belongs(evidence, each.page) for each in ssn.supporting)


def _last_fours_on_first(evidence: Evidence) -> set[str]:
    return {str(each.value)[-4:] for each in evidence.on_first if each.field == fields.SSN}


def _belongs(evidence: Evidence, page: int) -> bool:
    """Return whether a later page has a number or the name of the first one: it may be another client's."""
    layout = evidence.layouts.get(page)
    text = " ".join((layout.text if layout else "", dict(evidence.other_texts).get(page, "")))
    controls = {each.value for each in evidence.on_first if each.field == fields.CONTROL}
    last_fours = _last_fours_on_first(evidence)
    return (
        any(each.value in controls for each in find_control_numbers(text, labelled=True))
        or any(each.last4 in last_fours for each in find_ssns(text, labelled=True))
        or any(block.name_lines[0].upper() in text.upper() for block in evidence.blocks)
    )


def _list_amounts(evidence: Evidence) -> list[Candidate]:
    """Return the amounts; where there is a refund beside a zero balance, only the refund."""
    found = evidence.of(fields.AMOUNT)
    if any(isinstance(each.value, float) and each.value < 0 for each in found):
        return [each for each in found if each.value != 0.0]
    return found


def _list_due_dates(evidence: Evidence, letter: str | None, noticed: Choice | None) -> list[Candidate]:
    """Return the dates by which to answer.

    A date that fits this letter's usual period scores higher. A date to pay by does not count where the
    letter only proposes changes, nor the notice's own date in what looks like a sentence: a gray box may be
    read as one.
    """
    found = evidence.of(fields.DUE_DATE)
    if get_letter_type(letter).proposes_changes:
        found = [each for each in found if each.method is not Method.SENTENCE_TO_PAY]
    if noticed is None:
        return found
    if noticed.is_sure:
        found = [each for each in found if each.score >= SURE or each.value != noticed.value]
    days = ((each, _days_between(noticed.value, each.value)) for each in found)
    fitting = [
        each for each, far in days if any(abs(far - usual) <= DAYS_OFF for usual in _usual_days(letter))
    ]
    return _raise_scores(found, fitting, DUE_DATE_FITS)


def _list_notice_dates(evidence: Evidence, letter: str | None) -> list[Candidate]:
    """Return the dates of the letter.

    A date that fits this letter's usual period before a due date scores higher.
    """
    usual = _usual_days(letter)
    dues = [
        each.value
        for each in evidence.of(fields.DUE_DATE)
        if each.score >= SURE and each.method is not Method.SENTENCE_TO_PAY
    ]
    found = evidence.of(fields.NOTICE_DATE)
    fitting = [each for each in found if any(_days_between(each.value, due) in usual for due in dues)]
    return _raise_scores(found, fitting, NOTICE_DATE_FITS)


def _raise_scores(found: list[Candidate], fitting: list[Candidate], gain: float) -> list[Candidate]:
    return [
        replace(each, score=min(each.score + gain, MOST_BY_DATES)) if each in fitting else each
        for each in found
    ]


def _usual_days(letter: str | None) -> set[int]:
    return {RESPONSE_DAYS, RESPONSE_DAYS_ABROAD, get_letter_type(letter).response_days}


def _choose_ssn(evidence: Evidence) -> Choice | None:
    """Return the choice of the SSN: a masked number confirms the full one that ends alike, and vice versa."""
    found = evidence.of(fields.SSN)
    full = {str(each.value)[-4:]: each.value for each in found if not str(each.value).startswith("*")}
    merged = [replace(each, value=full.get(str(each.value)[-4:], each.value)) for each in found]
    return choose(merged)


def _find_odd_period(chosen: Choices, letter: str | None) -> int | None:
    """Return the days between notice date and due date where the letter's type does not give so many."""
    noticed, due = chosen[fields.NOTICE_DATE], chosen[fields.DUE_DATE]
    if noticed is None or due is None:
        return None
    days = _days_between(noticed.value, due.value)
    if only := get_letter_type(letter).due_after:
        expected = any(abs(days - usual) <= DAYS_OFF for usual in only)
    else:
        expected = 0 < days <= LONGEST_RESPONSE
    return None if expected else days


def _days_between(noticed: Value, due: Value) -> int:
    assert isinstance(noticed, date)  # noqa: S101 - the readers of both fields give dates
    assert isinstance(due, date)  # noqa: S101 - likewise
    return (due - noticed).days


def _build_fields(
    chosen: Choices, block: AddressBlock | None, names: Names | None, letter: str | None, page_count: int
) -> NoticeFields:
    plain: dict[str, object] = {name: choice.value for name, choice in chosen.items() if choice}
    ssn = str(plain.pop(fields.SSN, ""))
    plain |= {
        fields.TYPE: letter,
        fields.SSN: ssn if ssn and not ssn.startswith("*") else None,
        fields.SSN_LAST4: ssn[-4:] or None,
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
