"""Signs that a page is not from the IRS: words of lawyers, accountants, banks and taxpayers.

A mark weighs 1 or 2 against a notice; `mailroom.notices.classification.type_evidence` holds them against what
speaks for one.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Line
from mailroom.notices.vocabulary.letter_types import LETTER_TYPES

# The shares of the page's height in which a letterhead and a title are.
LETTERHEAD_SHARE, TITLE_SHARE = 0.2, 0.4
# A letterhead and a title have at most so many words.
LETTERHEAD_WORDS, TITLE_WORDS = 7, 12
_MARKS = tuple(
    (weight, re.compile(pattern, re.IGNORECASE))
    for weight, pattern in (
        (2, r"\b(?:our (?:mutual )?client|we represent|attorney.client|dear client|hereby respond)"),
        (2, r"\b(?:statement period|beginning balance|ending balance|engagement letter)\b"),
        (2, r"\b(?:invoice\s*(?:no|number|date|#|total)|bill to)\b"),
        (1, r"(?:^|\n)\s*(?:re|subject)\s*:"),
        (1, r"\b(?:very truly yours|dear (?:sir|madam|officer)|on behalf of|retainer|this firm)\b"),
        (1, r"(?:^|\n)\s*(?:respectfully|regards|best regards)\b"),
        (2, r"\b(?:I am writing|I (?:received|got) (?:this|the|a|your)|I disagree because|my ssn is)\b"),
        # The IRS has taxpayers; firms have clients.
        (2, r"(?:^|\n)\s*(?:client|assigned to|matter|our file|case manager)\b|\b(?:the|your) client\b"),
        (2, r"(?:^|\n)\s*memorandum\b|\bchecklist\b|\bintake\b"),
        (
            2,
            r"\b(?:IRS|internal revenue service)\s+(?:sends?|sent|issues?|issued|proposed|claims|believes|says|wants)\b",
        ),
        (2, r"(?:^|\n)\s*from:.*\n(?:.*\n)?\s*(?:to|sent|subject|date|re):"),
    )
)
# The IRS ends its letters so too, but under its own letterhead.
_CLOSING = re.compile(r"(?:^|\n)\s*sincerely\b", re.IGNORECASE)
# The IRS itself writes so to say what it has received.
_FROM_IRS = re.compile(r"\b(?:we|our|us)\b|\byour (?:answer|response|reply)\b", re.IGNORECASE)
# Titles about a notice; the notice itself has another title.
_ABOUT = re.compile(
    r"\b(?:understanding|about|got|received|response to|respon(?:d|ding) to|answer(?:ing)? to|reply to|help with|"
    r"regarding)\b[^.]{0,30}\bCP[\s-]?\d{2,4}|\bCP[\s-]?\d{2,4}[A-Z]?(?: notices?)?"
    r"(?::|\s+(?:response (?!form)|explained|case\b|guide|help))",
    re.IGNORECASE,
)
# Forms and leaflets have their number on top, letters at the foot. Some letters are forms.
_FORMS = "|".join(row.name.split()[-1] for row in LETTER_TYPES if row.name.startswith("FORM "))
_LEAFLET = re.compile(rf"(?:publication|form)\s+(?!{_FORMS})\d{{3,5}}(?:-[A-Z]+)?\s*\(?rev", re.IGNORECASE)
# Counts in a letterhead only: payers in a table have such names too.
_LETTERHEAD = re.compile(
    r"\bLLP\b|\bP\.?L\.?L\.?C\b|\bP\.C\.|\besq\b|attorneys?\s+at\s+law|law (?:firm|offices?|group)|\bbank\b|"
    r"credit union|\bCPAs?\b|certified public|tax (?:relief|resolution|group|services)|"
    r"\b(?:fax|facsimile)\s+(?:cover|transm)",
    re.IGNORECASE,
)


def weigh_foreign_marks(
    layout: PageLayout, address_lines: Collection[Line], *, is_under_letterhead: bool
) -> int:
    """Return the weight of all marks on the page.

    Args:
        layout: the page.
        address_lines: its lines in address windows. They never count: a street is a "BANK ST", and clients
            have professions and representatives.
        is_under_letterhead: the IRS's name or notice block is on top.
    """
    lines = [each for each in layout.lines if each not in address_lines]
    text = "\n".join(each.text for each in lines)
    weight = sum(weight for weight, pattern in _MARKS if pattern.search(text))
    if _CLOSING.search(text) and not is_under_letterhead:
        weight += 1
    head, titles = (
        [each.text for each in lines if each.top < share * layout.height]
        for share in (LETTERHEAD_SHARE, TITLE_SHARE)
    )
    found = (
        any(_is_about_a_notice(text) for text in titles),
        any(_LEAFLET.match(text) for text in head),
        any(_LETTERHEAD.search(text) and len(text.split()) <= LETTERHEAD_WORDS for text in head),
    )
    return weight + 2 * sum(found)


def _is_about_a_notice(text: str) -> bool:
    return len(text.split()) <= TITLE_WORDS and bool(_ABOUT.search(text)) and not _FROM_IRS.search(text)
