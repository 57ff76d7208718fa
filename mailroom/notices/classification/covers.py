"""Sheets in a file that are no page of a letter: fax covers, envelopes, separator sheets, enclosures.

A sheet with somebody's SSN on it is none of these, whatever else it says: it is judged like any page.
"""

from __future__ import annotations

import re

from mailroom.document.page_layout import PageLayout
from mailroom.notices.extraction.evidence import Evidence
from mailroom.notices.fields import SSN
from mailroom.notices.parsing.identifiers import FoundSsn, extract_digits, find_ssns

# An envelope or a separator sheet has at most so many words, an envelope with two postal marks so many.
FEW_WORDS, ENVELOPE_WORDS = 45, 70
# The head line that a fax machine prints on every page, also on an empty one, has at most so many.
BANNER_WORDS = 16
# A letter that encloses something has at most so many words, and does not answer the IRS.
COVERING_WORDS = 180
_ANSWER = re.compile(
    r"\b(?:hereby|in (?:response|reply) to (?:your|the)|dear (?:sir|madam|officer))\b|"
    r"^\W*(?:to\W+)?(?:internal revenue service|irs)\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_TO_REPRESENTATIVE = re.compile(
    r"\bdear\s+(?:authorized\s+)?representative\b|\bauthorized\s+to\s+represent\b|\bpower\s+of\s+attorney\b",
    re.IGNORECASE,
)
# The IRS's letters that an amended CP2000 comes behind (IRM 4.19.3.18.4), as `find_types` names them.
LETTERS_BEFORE_AMENDED = frozenset(("LETTER 2625C", "LETTER 2626C", "LETTER 2627C", "LETTER 1802C"))
_ENCLOSES = re.compile(r"\b(?:enclosed|enclosing|attached|copy\s+of)\b", re.IGNORECASE)
_POSTAL = re.compile(
    r"\b(?:official\s*business|penalty\s*for\s*private\s*use|postage\s*(?:and|&)\s*fees|presorted|"
    r"return\s*service\s*requested|no\s*postage\s*necessary|business\s*reply\s*mail|place\s*(?:a\s*)?stamp\s*here|"
    r"first.class\s*mail\s*permit|certified\s*mail)\b",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"^\W*(?:(?:document|batch|scan|scanner|job|page)\s*)?(?:separator|divider|slip\s*sheet|header\s*sheet|"
    r"break\s*sheet)(?:\s*(?:sheet|page))?\W*$|^\W*patch\s*(?:code\s*)?(?:T|I{1,3}|IV|VI|[1-6])\W*$|"
    r"^\W*(?:this\s*page\s*(?:is\s*|was\s*|has\s*been\s*)?)?intentionally\s*(?:left\s*)?blank\W*$|"
    r"^\W*end\s*of\s*(?:document|batch)\W*$|^\W*batch\s*(?:cover|header)(?:\s*sheet)?\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_FAX_COVER = re.compile(
    r"\b(?:facsimile|fax\s*(?:cover|transmi\w+|transmittal)|cover\s*(?:sheet|page))\b", re.IGNORECASE
)
_FAX = re.compile(r"\W*f\s?a\s?x\W*$", re.IGNORECASE)
_SENDER_AND_RECEIVER = tuple(re.compile(rf"{word}\b", re.IGNORECASE) for word in ("from", "to"))
# A title has at most so many chars, a fax cover so many in all.
TITLE_CHARS, FAX_COVER_CHARS = 60, 2500
# A fax machine prints the time in its head line, in this share of the page from its top.
CLOCK = re.compile(r"(?<!\d)\d{1,2}:\d{2}(?!\d)")
BANNER_SHARE = 0.05
# Blank forms and leaflets that the IRS encloses with a notice, by their titles; text further down only
# mentions them, except a form's own foot with its revision.
TITLE_LETTERS = 120
_ENCLOSURE = re.compile(
    r"installmentagreementrequest|yourrightsasataxpayer|collectionappealrights|form(?:9465|433|2848|8821|8822)|"
    r"taxpayeradvocateservice|examinations,appeals,collections|privacyactnotice|notice(?:609|746)(?!\d)|"
    r"publication(?:1|5|594|3498)(?!\d)",
    re.IGNORECASE,
)
_ENCLOSURE_FOOT = re.compile(
    r"(?:(?:publication|pub\.?)(?:1|5|594|3498)|form(?:9465|433|2848|8821|8822)|notice(?:609|746))"
    r"[a-z-]{0,4}\(?rev",
    re.IGNORECASE,
)


def is_cover(layout: PageLayout) -> bool:
    """Return whether the page is a fax cover, an envelope or a separator sheet; a letter may follow it."""
    text = layout.text
    if find_ssns(text):
        return False
    words = len(text.split())
    if words <= BANNER_WORDS and CLOCK.search(text) and len(layout.lines) <= 2:
        return True
    marks = len({re.sub(r"\s", "", each).lower() for each in _POSTAL.findall(text)})
    is_envelope = words <= (ENVELOPE_WORDS if marks > 1 else FEW_WORDS) and marks > 0
    is_separator = words <= FEW_WORDS and _SEPARATOR.search(text)
    return is_envelope or bool(is_separator) or is_fax_cover(layout)


def is_covering_letter(layout: PageLayout) -> bool:
    """Return whether another sender's page is short enough for a letter that encloses something.

    An answer to the IRS may enclose a copy of its notice, which is not to be filed as a new one.
    """
    text = layout.text
    return len(text.split()) <= COVERING_WORDS and not find_ssns(text) and not _ANSWER.search(text)


def is_copy_letter(layout: PageLayout) -> bool:
    """Return whether the page is the IRS's letter to a representative that encloses a copy of a notice."""
    text = layout.text
    is_short = len(text.split()) <= COVERING_WORDS and not find_ssns(text)
    return is_short and bool(_TO_REPRESENTATIVE.search(text) and _ENCLOSES.search(text))


def may_enclose(layout: PageLayout, letter: str | None, *, from_irs: bool) -> bool:
    """Return whether the page is a letter with a notice behind it; ``letter``: its number, if it has one."""
    if letter is not None:
        return letter in LETTERS_BEFORE_AMENDED
    return is_copy_letter(layout) if from_irs else is_covering_letter(layout)


def is_about(layout: PageLayout, letter: str | None, notice: Evidence) -> bool:
    """Return whether a letter names the taxpayer of a notice.

    By the surname; one of the IRS's numbered letters by the SSN too, masked or not, and by no other.
    """
    text = layout.text
    if not any(each.is_named_in(text) for each in notice.blocks):
        return False
    printed = [extract_digits(str(each.value)) for each in notice.on_first if each.field == SSN]
    shown = [each for each in find_ssns(text) or find_ssns(text, labelled=True) if each.last4]
    return letter is None or (
        bool(shown) and all(any(_is_same(ssn, digits) for digits in printed) for ssn in shown)
    )


def _is_same(found: FoundSsn, digits: str) -> bool:
    """Return whether an SSN has these digits: nine, or the last four of a masked one."""
    return digits == found.full if found.full and len(digits) > 4 else digits[-4:] == found.last4


def is_enclosure(text: str) -> bool:
    """Return whether a page's text is of a blank form or a leaflet that the IRS encloses."""
    squeezed = re.sub(r"\s", "", text)
    return bool(_ENCLOSURE.search(squeezed[:TITLE_LETTERS]) or _ENCLOSURE_FOOT.search(squeezed))


def is_fax_cover(layout: PageLayout) -> bool:
    """Whether the page is only the cover of a fax; the letter follows it."""
    if len(layout.text) >= FAX_COVER_CHARS:
        return False
    upper = [each.text for each in layout.lines if each.top < layout.height / 2]
    titles = [text for text in upper if len(text) <= TITLE_CHARS]
    # "Fax" alone is also a label in a letterhead; a cover says from whom to whom.
    named = all(any(line.match(each.text) for each in layout.lines) for line in _SENDER_AND_RECEIVER)
    return any(_FAX_COVER.search(title) or (named and _FAX.match(title)) for title in titles)
