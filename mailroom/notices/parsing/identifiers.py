"""The numbers that name a taxpayer or a case: SSNs (also masked ones) and AUR control numbers.

Without hyphens they have the same shape as a ZIP+4. Nine bare digits are an SSN or an AUR control number only
with a label; five and four are an AUR number, unless there is a state before them: then they are a ZIP+4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailroom.privacy.client_data import ClientData
from mailroom.privacy.identifiers import NINE_DIGITS, five_four_shape, masked_ssn_shape, ssn_shape

# Not within a longer number.
_LEFT, _RIGHT = r"(?<![\d-])", r"(?!\d|-\d)"
_SSN = re.compile(_LEFT + ssn_shape(r"(?:\s?-\s?|\s)") + _RIGHT)
_MASKED = re.compile(r"(?<![\w*])" + masked_ssn_shape(r"\s?-?\s?") + r"(?!\w)")
_LAST_FOUR = re.compile(
    r"(?:ending\s+in|last\s+(?:four|4)(?:\s+digits)?)\s*:?\s*(\d{4})(?!\d)", re.IGNORECASE
)
_NINE = re.compile(_LEFT + NINE_DIGITS + _RIGHT)
_FIVE_FOUR = re.compile(_LEFT + five_four_shape(r"\s?-\s?") + _RIGHT)
_SPACED_FIVE_FOUR = re.compile(_LEFT + five_four_shape(r"\s") + _RIGHT)
# Numbers that differ in so many digits may be one number, of which one was misread.
ALIKE = 2
ENDS_IN_STATE = re.compile(r"(?:^|[\s,])[A-Z]{2}\.?,?\s*$")


@dataclass(frozen=True, repr=False)
class FoundSsn(ClientData):
    """An SSN: nine digits in ``full``, None where masked; ``last4`` is None where masked too."""

    full: str | None
    last4: str | None
    start: int
    end: int

    @property
    def printed(self) -> str | None:
        """The SSN as 123-45-6789, or None when masked."""
        return f"{self.full[:3]}-{self.full[3:5]}-{self.full[5:]}" if self.full else None


@dataclass(frozen=True, repr=False)
class FoundControlNumber(ClientData):
    """An AUR control number in its printed form, 59153-7775."""

    value: str
    start: int
    end: int


def find_ssns(text: str, *, labelled: bool = False) -> list[FoundSsn]:
    """Return every SSN, masked ones too; nine bare digits and "ending in 1234" only with ``labelled``."""
    forms = (_SSN, _NINE) if labelled else (_SSN,)
    found = [
        FoundSsn(digits, digits[5:], *match.span())
        for form in forms
        for match in form.finditer(text)
        if could_be_ssn(digits := extract_digits(match[0]))
    ]
    for form in (_MASKED, _LAST_FOUR) if labelled else (_MASKED,):
        matches = form.finditer(text)
        found += [FoundSsn(None, each[1] if each[1].isdigit() else None, *each.span()) for each in matches]
    return sorted(found, key=lambda each: each.start)


def extract_digits(number: str) -> str:
    """Return the digits of a printed number, without what is between them."""
    return re.sub(r"\D", "", number)


def could_be_ssn(digits: str) -> bool:
    """Whether nine digits may be a person's: no group is all zeros.

    Areas 666 and 900 and above are accepted: taxpayers without an SSN have an ITIN, which begins with 9, and
    the value is compared with the case's anyway.
    """
    return digits[:3] != "000" and digits[3:5] != "00" and digits[5:] != "0000"


def find_control_numbers(text: str, *, labelled: bool = False) -> list[FoundControlNumber]:
    """Return every AUR control number; without a label only with its hyphen, and not after a state."""
    forms = (_FIVE_FOUR, _SPACED_FIVE_FOUR, _NINE) if labelled else (_FIVE_FOUR,)
    found = []
    for form in forms:
        for match in form.finditer(text):
            if ENDS_IN_STATE.search(text[: match.start()]):
                continue
            digits = extract_digits(match[0])
            found.append(FoundControlNumber(f"{digits[:5]}-{digits[5:]}", *match.span()))
    return sorted(found, key=lambda each: each.start)


def are_alike(one: str, other: str) -> bool:
    """Return whether two numbers may be one, of which a digit or two were misread."""
    pairs = zip(extract_digits(one), extract_digits(other), strict=False)
    return sum(a != b for a, b in pairs) <= ALIKE
