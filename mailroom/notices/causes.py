"""Why a field is in doubt: every cause has a code, and words that name page and place.

The words hold nothing of what is printed, so a cause may be counted in a report and shown to anyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# The words of each code; what is in braces is a page, a place, a figure or a way of finding.
CAUSES = {
    "weak_finding": "found only {how} on page {page}",
    "other_value": "another value is {how} on page {page}",
    "later_page_only": "it is on page {page} only, which may belong to another letter",
    "dates_disagree": "the due date is {days} days after the notice date",
    "same_number": "SSN and AUR control number are the same number",
    "two_address_blocks": "two address blocks: {places} of page {page}",
    "other_name_labelled": "a label gives another name than the address block",
    "ambiguous_name": "the name line can be read in more than one way",
    "ocr_unclear": "OCR read it with {confidence:.2f}, and {wanted:.2f} is needed",
    "ocr_not_found": "OCR read it nowhere as a whole",
    "ocr_other_number": "another number on the pages differs in one or two digits",
    "ocr_odd_name": "a space or a stroke of the name line may be missing",
    "ocr_odd_address": "a space of the address may be missing, or a speck was read",
    "text_layer_differs": "the text layer says something else than the page shows",
    "year_unusual": "the letter's date does not fit the tax year",
    "few_block_values": "the notice block has fewer than two values",
    "two_letter_types": "the notice block names two letters",
    "not_on_top": "the IRS's name is not on top of the page, or the IRS's sentences are missing",
    "foreign_marks": "words of another sender are on page 1",
    "headline_disagrees": "the headline is another letter's",
    "incomplete_letter": "the letter is in another language, or its first page is missing",
}


@dataclass(frozen=True)
class Cause:
    """A cause of doubt: its code of `CAUSES`, and the words for a person."""

    code: str
    words: str


# The causes of each field in doubt.
Doubts = Mapping[str, tuple[Cause, ...]]


def make_doubts(names: Iterable[str], code: str, **places: object) -> Doubts:
    """Return these fields as in doubt for one cause; ``places`` fill in its words."""
    cause = Cause(code, CAUSES[code].format(**places))
    return dict.fromkeys(names, (cause,))


def join_doubts(*doubts: Doubts) -> Doubts:
    """Return the causes of all; each cause of a field once."""
    joined: dict[str, tuple[Cause, ...]] = {}
    for each in doubts:
        for name, causes in each.items():
            joined[name] = tuple(dict.fromkeys((*joined.get(name, ()), *causes)))
    return joined
