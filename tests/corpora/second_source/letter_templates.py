"""The letter types of the second source: the IRS's wording, and many spellings of each number.

Titles follow the specimens on irs.gov; rows without a source there follow letters of the same series.
"""

from __future__ import annotations

from dataclasses import dataclass

EN_DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class SecondSourceLetter:
    """A letter type: its name, how it is spelled, its titles, and sentences that could mislead a reader.

    ``place``: where its number is: "block" (in the notice block and mostly elsewhere too), "foot" (only at
    the foot), "form" (a form's upper left corner and foot). ``days``: to answer, None where the page prints
    no date.
    """

    name: str
    spellings: tuple[str, ...]
    titles: tuple[str, ...]
    says: tuple[str, ...] = ()
    place: str = "block"
    days: int | None = 30
    aur: bool = False


def _spell_cp(number: str) -> tuple[str, ...]:
    return (f"CP{number}", f"CP {number}", f"CP-{number}", f"CP{EN_DASH}{number}", f"cp{number}", f"Notice CP{number}",
            f"CP {number} ")  # fmt: skip


_EARLIER = (
    "We sent you a CP2000 notice on an earlier date and have not received your response.",
    "This balance follows from the changes proposed in your CP 2000 notice.",
    "See the enclosed copy of your Notice CP2000, Request for Verification of Unreported Income.",
)
LETTERS = (
    SecondSourceLetter("CP2501", _spell_cp("2501"), ("You need to contact us about your {year} tax return",
        "We need more information about your {year} Form 1040", "The income and payment information on file doesn't match"),
        ("If you do not answer we will send you a CP2000 with proposed changes to your tax return.",), aur=True),
    SecondSourceLetter("CP3219A", (*_spell_cp("3219A"), "Letter 3219A", "3219A"), ("Notice of Deficiency",
        "Notice of Deficiency: Proposed increase in tax and notice of your right to challenge",
        "Statutory Notice of Deficiency for {year}"),
        ("Summary of proposed changes", *_EARLIER), days=90, aur=True),
    SecondSourceLetter("CP3219N", (*_spell_cp("3219N"), "3219N", "Notice 3219N"), ("Notice of Deficiency",
        "Notice of Deficiency: Intent to assess tax and notice of your right to challenge"),
        ("We haven't received your tax return for {year}.",), days=90),
    SecondSourceLetter("CP504", (*_spell_cp("504"), "CP504B"), ("Notice of intent to levy",
        "Notice of intent to levy: Intent to seize your property or rights to property",
        "Intent to seize your property or rights to property"), (*_EARLIER, "Second reminder was sent to you.")),
    SecondSourceLetter("CP14", _spell_cp("14"), ("You have a balance due for {year}", "You have unpaid taxes for {year}",
        "Your {year} tax return shows a balance due"), _EARLIER, days=21),
    SecondSourceLetter("CP501", _spell_cp("501"), ("Reminder: You have unpaid taxes for {year}", "You have unpaid taxes for {year}",
        "Reminder notice: balance due"), _EARLIER, days=10),
    SecondSourceLetter("CP503", _spell_cp("503"), ("Second reminder: You have unpaid taxes for {year}",
        "Second reminder about your unpaid taxes for {year}", "Immediate action is required"), _EARLIER, days=10),
    SecondSourceLetter("LT11", ("LT11", "LT 11", "LT-11", "Letter LT11", "LT11 "),
        ("Notice of Intent to Levy and Your Collection Due Process Right to a Hearing",
         "Notice of intent to seize (levy) your property or rights to property"), _EARLIER, days=None),
    SecondSourceLetter("LETTER 1058", ("Letter 1058", "LTR 1058", "Letter 1058 (DO)", "Letter 1058-D", "1058"),
        ("Final Notice: Notice Of Intent To Levy And Notice Of Your Right To A Hearing",
         "Final Notice of Intent to Levy and Notice of Your Right to a Hearing", "Final notice before levy"),
        _EARLIER, "foot", None),
    SecondSourceLetter("LETTER 3172", ("Letter 3172", "Letter 3172 (DO)", "LTR 3172"),
        ("Notice of Federal Tax Lien Filing and Your Right to a Hearing under IRC 6320",
         "You have a right to a hearing about the lien"), _EARLIER, "foot", 37),
    SecondSourceLetter("LETTER 525", ("Letter 525", "Letter 525 (CG)", "Letter 525-B", "LTR 525"),
        ("We have completed the examination of your tax return", "Report of proposed changes: your 30-day letter",
         "We propose changes to your {year} tax return", "Examination report enclosed"),
        ("We are enclosing an examination report showing proposed changes to your tax for the year shown above.",
         "Form 4549, Report of Income Tax Examination Changes, is enclosed."), "foot"),
    SecondSourceLetter("FORM 4549", ("Form 4549", "Form 4549-A", "Form 4549-E", "Form 4549 (Rev. May 2008)"),
        ("Income Tax Examination Changes", "Report of Income Tax Examination Changes",
         "Report of Income Tax Examination Changes (Unagreed and Excepted Agreed)"),
        ("Adjustments to income from the Automated Underreporter program, CP2000.",), "form", None),
)  # fmt: skip
# Letters without a row in the reader's table: whatever they are called, none is a CP2000.
UNLISTED_LETTERS = tuple(
    SecondSourceLetter(name, spellings, titles, (*_EARLIER, "We have considered your answer to our CP2000."), place)
    for name, spellings, titles, place in (
        ("CP2005", _spell_cp("2005"), ("We accept the information you provided", "We closed our inquiry into your {year} return"), "block"),
        ("CP2006", _spell_cp("2006"), ("We received your information", "We are considering your answer to our CP2000"), "block"),
        ("CP2057", _spell_cp("2057"), ("You may need to amend your {year} return",), "block"),
        ("CP22A", _spell_cp("22A"), ("We made changes to your {year} Form 1040", "Changes to your {year} Form 1040"), "block"),
        ("CP21A", _spell_cp("21A"), ("We changed your {year} tax return",), "block"),
        ("CP12", _spell_cp("12"), ("We corrected your tax return", "Changes to your {year} Form 1040"), "block"),
        ("CP71C", _spell_cp("71C"), ("Annual reminder of balance due taxes for {year}",), "block"),
        ("CP90", _spell_cp("90"), ("Final notice: Intent to levy and notice of your right to a hearing",), "block"),
        ("CP523", _spell_cp("523"), ("Intent to terminate your installment agreement",), "block"),
        ("CP2100A", _spell_cp("2100A"), ("Backup withholding: missing or incorrect names and TINs",), "block"),
        ("LT16", ("LT16", "LT 16"), ("Please call us about your overdue taxes",), "block"),
        ("LETTER 2626C", ("Letter 2626C", "LTR 2626C"), ("We need more time", "Thank you for your answer"), "foot"),
        ("LETTER 4314C", ("LTR 4314C", "Letter 4314C"), ("We received your answer to our CP2000",), "foot"),
        ("LETTER 2205", ("Letter 2205", "LTR 2205"), ("Your return was selected for examination",), "foot"),
        ("LETTER 5071C", ("Letter 5071C", "LTR 5071C"), ("Please verify your identity",), "foot"),
    )
)  # fmt: skip
CP2000 = SecondSourceLetter(
    "CP2000",
    (*_spell_cp("2000"), "C P 2 0 0 0", "C P 2000", "CP2000 (Rev. 1-2020)", "IRS Notice CP2000", "Cp2000", "CP.2000"),
    ("Proposed changes to your {year} Form 1040", "We propose to change your {year} tax return",
     "Notice of proposed adjustment for underpayment or overpayment", "You may owe more tax for {year}",
     "Request for Verification of Unreported Income, Payments, or Credits"),
    ("Summary of proposed changes", "If you don't respond, we will send you a Notice of Deficiency (CP3219A).",
     "If you do not pay, we may send you a CP504, Notice of intent to levy."), aur=True,
)  # fmt: skip
