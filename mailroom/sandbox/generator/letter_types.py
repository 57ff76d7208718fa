"""The other IRS letters that a mail room gets, as rows: their names, text and requests.

Names, titles and periods follow the IRS's own pages on each letter (irs.gov "Understanding your … notice",
the Taxpayer Advocate's pages on Letters 525 and 3172); the sentences are our own. A new letter is a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mailroom.sandbox.generator.layouts import Block, Entry
from mailroom.sandbox.generator.wording import Section, parse_pages, read_text

_NOTICE: tuple[Entry, ...] = (
    ("Notice", "notice"), ("Tax year", "year"), ("Notice date", "date"), ("Social Security number", "ssn"),
    ("To contact us", "phone"), ("Your caller ID", "caller"), ("", "page"),
)  # fmt: skip
_UNDERREPORTER: tuple[Entry, ...] = (
    ("Notice", "notice"), ("Tax year", "year"), ("Notice date", "date"), ("Social Security number", "ssn"),
    ("AUR control number", "aur"), ("To contact us", "phone"), ("", "page"),
)  # fmt: skip
_DEFICIENCY: tuple[Entry, ...] = (
    ("Notice", "notice"), ("Tax year", "year"), ("Notice date", "date"), ("Social Security number", "ssn"),
    ("AUR control number", "aur"), ("Last day to petition\nTax Court", "due"), ("To contact us", "phone"),
    ("Certified mail", "certified"), ("", "page"),
)  # fmt: skip
_LETTER: tuple[Entry, ...] = (
    ("Date:", "date"), ("Taxpayer ID number:", "ssn"), ("Form:", "form"), ("Tax year:", "year"),
    ("Person to contact:", "contact"), ("Contact telephone number:", "phone"),
    ("Employee ID number:", "caller"),
)  # fmt: skip
_EXAMINATION: tuple[Entry, ...] = (
    ("Date:", "date"), ("Taxpayer ID number:", "ssn"), ("Form:", "form"), ("Tax year:", "year"),
    ("Person to contact:", "contact"), ("Contact telephone number:", "phone"), ("Response due date:", "due"),
)  # fmt: skip

SIDE = Block("side", _NOTICE, 340, 44, 232)
"""The place of the block of labels and values on each letter."""


@dataclass(frozen=True)
class LetterType:
    """A letter type: its name, how and where it is printed, and its text.

    ``place``: in the block, or in the footer as letters and forms have it. ``days`` to respond, None where no
    date is printed. ``amount``: the words before the amount, None where it names none.
    """

    name: str
    printed: tuple[str, ...]
    place: Literal["block", "footer"]
    entries: tuple[Entry, ...]
    title: str
    parts: tuple[Section, ...]
    days: int | None = None
    amount: str | None = None


_TEXT = dict(parse_pages(read_text("letter_types")))

LETTER_TYPES = (
    LetterType("CP2501", ("CP2501", "CP 2501"), "block", _UNDERREPORTER,
        "We need to hear from you about your {year} Form 1040", _TEXT["CP2501"], days=30),
    LetterType("CP3219A", ("CP3219A", "CP 3219A"), "block", _DEFICIENCY,
        "Notice of Deficiency: proposed increase in tax for {year}", _TEXT["CP3219A"], days=90, amount="Deficiency and penalties"),
    LetterType("CP3219N", ("3219N", "CP3219N"), "block", _DEFICIENCY,
        "Notice of Deficiency: we have not received your {year} tax return", _TEXT["CP3219N"], days=90, amount="Proposed amount due"),
    LetterType("CP504", ("CP504", "CP 504"), "block", _NOTICE,
        "Notice of intent to levy: intent to seize your property or rights to property", _TEXT["CP504"], days=30, amount="Amount due immediately"),
    LetterType("CP14", ("CP14", "CP 14"), "block", _NOTICE, "You have a balance due for {year}", _TEXT["CP14"], days=21, amount="Amount due by {due}"),
    LetterType("CP501", ("CP501", "CP 501"), "block", _NOTICE,
        "Reminder: you have unpaid taxes for {year}", _TEXT["CP501"], days=10, amount="Amount due by {due}"),
    LetterType("CP503", ("CP503", "CP 503"), "block", _NOTICE,
        "Second reminder: you have unpaid taxes for {year}", _TEXT["CP503"], days=10, amount="Amount due by {due}"),
    LetterType("LT11", ("LT11", "LT 11"), "block", _NOTICE,
        "Notice of Intent to Levy and Your Collection Due Process Right to a Hearing", _TEXT["LT11"], amount="Amount due immediately"),
    LetterType("LETTER 1058", ("Letter 1058", "LTR 1058", "Letter 1058 (DO)"), "footer", _LETTER,
        "Final Notice: Notice of Intent to Levy and Notice of Your Right to a Hearing", _TEXT["LETTER 1058"], amount="Total due"),
    LetterType("LETTER 3172", ("Letter 3172", "Letter 3172 (DO)"), "footer", _LETTER,
        "Notice of Federal Tax Lien Filing and Your Right to a Hearing Under IRC 6320", _TEXT["LETTER 3172"], days=37, amount="Amount on lien"),
    LetterType("LETTER 525", ("Letter 525", "Letter 525-B"), "footer", _EXAMINATION,
        "We propose changes to your tax return: please respond within 30 days", _TEXT["LETTER 525"], days=30, amount="Amount you owe"),
    LetterType("FORM 4549", ("Form 4549", "Form 4549-A"), "footer", _LETTER,
        "Report of Income Tax Examination Changes", _TEXT["FORM 4549"], amount="Balance due or (overpayment)"),
)  # fmt: skip
