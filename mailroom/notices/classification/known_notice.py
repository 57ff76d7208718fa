"""What the first page says of a notice, against which the later pages are held."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from mailroom.document.page_layout import PageLayout
from mailroom.notices.classification.covers import BANNER_SHARE, CLOCK
from mailroom.notices.extraction.evidence import Evidence
from mailroom.notices.parsing.identifiers import FoundSsn, are_alike, extract_digits, find_ssns
from mailroom.notices.parsing.names import spread_words
from mailroom.notices.parsing.page_numbers import find_page_numbers
from mailroom.notices.reading import NoticeFields
from mailroom.privacy.client_data import ClientData
from mailroom.privacy.identifiers import five_four_shape

# An AUR control number, or a ZIP+4, with all spaces taken out.
FIVE_FOUR = re.compile(five_four_shape("-"))
# A name with fewer letters could be a word of a sentence.
NAME_LETTERS = 6


@dataclass(frozen=True, repr=False)
class KnownNotice(ClientData):
    """What the first page says of the notice; ``is_certain``: its SSN was read clearly."""

    full: str | None
    last4: str | None
    is_certain: bool
    letter: str | None
    dated: date | None
    controls: frozenset[str]
    zips: frozenset[str]
    names: tuple[str, ...]
    count: int | None

    def could_be_own(self, found: FoundSsn, *, scanned: bool = False) -> bool:
        """Return whether an SSN may be the notice's.

        A completely masked one says nothing, one off a scan may be misread.
        """
        theirs, ours = self._pair(found)
        if theirs is None or theirs == ours:
            return True
        return not self.is_certain or (scanned and (ours is None or are_alike(theirs, ours)))

    def is_own(self, found: FoundSsn) -> bool:
        """Return whether an SSN is the notice's: the same digits, or nearly where the notice's is unclear."""
        theirs, ours = self._pair(found)
        if theirs is None or ours is None:
            return False
        return theirs == ours or (not self.is_certain and len(ours) > 4 and are_alike(theirs, ours))

    def is_miscounted(self, count: int | None) -> bool:
        """Return whether a page says that there are more or fewer pages than the first page says."""
        return count is not None and self.count is not None and count != self.count

    def is_named_in(self, text: str) -> bool:
        """Return whether the taxpayer's whole name is in a text."""
        plain = spread_words(text)
        return any(name in plain for name in self.names)

    def is_numbered_in(self, text: str) -> bool:
        """Return whether the notice's SSN or AUR number is in a text."""
        squeezed = squeeze(text)
        found = [*find_ssns(text, labelled=True), *find_ssns(squeezed)]
        return any(map(self.is_own, found)) or bool(self.controls & set(FIVE_FOUR.findall(squeezed)))

    def _pair(self, found: FoundSsn) -> tuple[str | None, str | None]:
        return (found.full, self.full) if found.full and self.full else (found.last4, self.last4)


def read_first_page(evidence: Evidence, fields: NoticeFields, doubts: frozenset[str]) -> KnownNotice:
    """Return what the first page says of the notice; ``doubts`` are the names of fields not read clearly."""
    printed = find_page_numbers(list_text(evidence.first))
    names = () if "name_line" in doubts else (fields.name_line or "", *fields.taxpayer_names)
    plain = (spread_words(name) for name in names)
    return KnownNotice(
        full=extract_digits(fields.ssn) if fields.ssn else None,
        last4=fields.ssn_last4,
        is_certain=not doubts & {"ssn", "ssn_last4"},
        letter=fields.notice_type,
        dated=fields.notice_date,
        controls=frozenset({fields.aur_control_number} if fields.aur_control_number else ()),
        zips=frozenset(FIVE_FOUR.findall(evidence.first.text)),
        names=tuple({name for name in plain if " " in name.strip() and len(name) > NAME_LETTERS + 2}),
        count=printed[0].count if printed and printed[0].number == 1 else None,
    )


def list_text(layout: PageLayout) -> str:
    """Return a page's text without the head line of a fax machine, which numbers its pages too."""
    upper = [each for each in layout.lines if each.middle <= BANNER_SHARE * layout.height]
    clocks = [each for each in upper if CLOCK.search(each.text)]
    kept = [each.text for each in layout.lines if not any(each.on_line_with(clock) for clock in clocks)]
    return "\n".join(kept)


def drop_banners(text: str) -> str:
    """Return the text without the lines of a fax machine, which numbers its pages too."""
    return "\n".join(line for line in text.splitlines() if not CLOCK.search(line))


def squeeze(text: str) -> str:
    """Return the text without its spaces and line ends."""
    return re.sub(r"\s", "", text)
