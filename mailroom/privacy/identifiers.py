"""The shapes of the numbers that name a taxpayer or a case, for reader, OCR, CRM and redaction.

Each is a regular expression as text. What stands between the groups of digits and around a number differs
between a printed page, an OCR line and a log, so whoever uses a shape adds it.
"""

from __future__ import annotations

# Signs that hide digits on notices, forms and screens, in lower case.
MASK_SIGNS = "xn*#•●·"
_MASK = f"[XN{MASK_SIGNS}]"
# A number without its hyphens: an SSN or ITIN, an EIN, an AUR control number, a ZIP+4.
NINE_DIGITS = r"\d{9}"


def ssn_shape(*gaps: str, first: str = r"\d{3}") -> str:
    """An SSN or ITIN, 3-2-4 digits with one of the gaps twice; ``first`` matches the first group."""
    middle = "|".join(rf"{gap}\d{{2}}{gap}" for gap in gaps)
    return rf"{first}(?:{middle})\d{{4}}"


def masked_ssn_shape(gap: str) -> str:
    """An SSN that hides its first five digits or all; group 1 is the last four, digits or signs."""
    return rf"{_MASK}{{3}}{gap}{_MASK}{{2}}{gap}(\d{{4}}|{_MASK}{{4}})"


def any_ssn_shape(gap: str) -> str:
    """An SSN, masked or not, of which the last four digits are shown in group 1."""
    return rf"(?:\d{{3}}|{_MASK}{{3}}){gap}(?:\d{{2}}|{_MASK}{{2}}){gap}(\d{{4}})"


def five_four_shape(gap: str, first: str = r"\d{5}") -> str:
    """An AUR control number or a ZIP+4, 5-4 digits; ``first`` matches the first group."""
    return rf"{first}{gap}\d{{4}}"
