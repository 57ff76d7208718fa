"""The other IRS letters that a mail room gets, as rows: their names, text and requests.

Names, titles and periods follow the IRS's own pages on each letter (irs.gov "Understanding your … notice",
the Taxpayer Advocate's pages on Letters 525 and 3172); the sentences are our own. A new letter is a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mailroom.sandbox.generator.layouts import Block, Entry
from mailroom.sandbox.generator.wording import Section, parse_sections

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


LETTER_TYPES = (
    LetterType("CP2501", ("CP2501", "CP 2501"), "block", _UNDERREPORTER,
        "We need to hear from you about your {year} Form 1040", parse_sections("""
# What this is about
We have information from others that differs from your {year} return. Please explain the differences by
  {due}. No change is proposed yet.
# If we don't hear from you
We will send you a Notice CP2000 with the changes that we propose and the tax that goes with them.
"""), days=30),
    LetterType("CP3219A", ("CP3219A", "CP 3219A"), "block", _DEFICIENCY,
        "Notice of Deficiency: proposed increase in tax for {year}", parse_sections("""
# What this is about
We have found a deficiency in your income tax for {year}. This letter is your notice of deficiency, as the
  law requires.
# If you disagree
You have 90 days from the date of this letter to petition the United States Tax Court. We sent you a CP2000
  notice earlier; a reply to it does not extend this time.
"""), days=90, amount="Deficiency and penalties"),
    LetterType("CP3219N", ("3219N", "CP3219N"), "block", _DEFICIENCY,
        "Notice of Deficiency: we have not received your {year} tax return", parse_sections("""
# What this is about
We have no return from you for {year} and have figured the tax from what employers and banks reported.
# If you disagree
File your return now, or petition the United States Tax Court within 90 days.
"""), days=90, amount="Proposed amount due"),
    LetterType("CP504", ("CP504", "CP 504"), "block", _NOTICE,
        "Notice of intent to levy: intent to seize your property or rights to property", parse_sections("""
# Billing summary
Your unpaid amount for {year} is still on our books. If you do not pay by {due}, we can take your state
  income tax refund and then look for other property.
# Denial or revocation of passport
Seriously delinquent tax debts are reported to the Department of State.
"""), days=30, amount="Amount due immediately"),
    LetterType("CP14", ("CP14", "CP 14"), "block", _NOTICE, "You have a balance due for {year}", parse_sections("""
# What you need to do
Pay the amount by {due} to avoid more penalties and interest. If you already paid or agreed on payments
  within the last 14 days, you need not act.
# If you cannot pay it all
Pay what you can now and ask for a payment plan.
"""), days=21, amount="Amount due by {due}"),
    LetterType("CP501", ("CP501", "CP 501"), "block", _NOTICE,
        "Reminder: you have unpaid taxes for {year}", parse_sections("""
# What you need to do
Our records show unpaid taxes for {year}. Pay by {due} or call us. If a CP2000 notice led to this balance and
  you disagree, send us the documents now.
# If we don't hear from you
We may file a Notice of Federal Tax Lien.
"""), days=10, amount="Amount due by {due}"),
    LetterType("CP503", ("CP503", "CP 503"), "block", _NOTICE,
        "Second reminder: you have unpaid taxes for {year}", parse_sections("""
# What you need to do
We wrote to you before and had no answer. Pay by {due}, or call us to arrange payments.
# If we don't hear from you
We can file a lien against your property, and interest goes on.
"""), days=10, amount="Amount due by {due}"),
    LetterType("LT11", ("LT11", "LT 11"), "block", _NOTICE,
        "Notice of Intent to Levy and Your Collection Due Process Right to a Hearing", parse_sections("""
# Please act
You have not paid your taxes for {year}. We may seize your property 30 days from the date of this letter
  unless you pay, make arrangements, or ask for a hearing with Form 12153 within that time.
"""), amount="Amount due immediately"),
    LetterType("LETTER 1058", ("Letter 1058", "LTR 1058", "Letter 1058 (DO)"), "footer", _LETTER,
        "Final Notice: Notice of Intent to Levy and Notice of Your Right to a Hearing", parse_sections("""
# Please respond immediately
We asked you to pay before and have not been paid. This is our final notice for {year}. To ask for a hearing
  by Appeals, send Form 12153 within 30 days from the date of this letter.
"""), amount="Total due"),
    LetterType("LETTER 3172", ("Letter 3172", "Letter 3172 (DO)"), "footer", _LETTER,
        "Notice of Federal Tax Lien Filing and Your Right to a Hearing Under IRC 6320", parse_sections("""
# We filed a Notice of Federal Tax Lien
It tells creditors that the government has a claim to your property for the tax of {year}.
# Your right to a hearing
Send Form 12153 so that we have it by {due}.
"""), days=37, amount="Amount on lien"),
    LetterType("LETTER 525", ("Letter 525", "Letter 525-B"), "footer", _EXAMINATION,
        "We propose changes to your tax return: please respond within 30 days", parse_sections("""
# What we found
Our examination of your {year} return ended with the changes on the enclosed Form 4549. If you agree, sign it
  and return it by {due}. If you do not, you may ask for a conference with Appeals by the same day.
"""), days=30, amount="Amount you owe"),
    LetterType("FORM 4549", ("Form 4549", "Form 4549-A"), "footer", _LETTER,
        "Report of Income Tax Examination Changes", parse_sections("""
# Adjustments to income
Unreported income as told by payers; itemized deductions without proof. The Automated Underreporter's CP2000
  for this year was closed without change.
# Consent
By signing I agree to the assessment of the tax and penalties shown above.
"""), amount="Balance due or (overpayment)"),
)  # fmt: skip
