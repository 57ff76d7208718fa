"""Documents by a second hand that are no IRS letters: what clients, lawyers, banks, states and programs send.

Each is made to tempt: many mention a CP2000, some quote a whole notice block, some are the IRS's own papers that are no
letters (forms, transcripts, web pages). `papers` has plainer ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from mailroom.sandbox.notices.look import masked, written_date
from mailroom.sandbox.notices.people import Household, household
from mailroom.sandbox.notices.sheet import Hand, Sheet

Rows = list[tuple[str, str]]


@dataclass
class Desk:
    """Somebody's paper while it is written: the sheet, where the next line stands, and whom it is about."""

    sheet: Sheet
    rng: Random
    home: Household
    day: date
    y: float = 60.0

    def says(self, text: str, *, bold: bool = False, size: float = 0, x: float = 60, gap: float = 4) -> None:
        """A paragraph."""
        self.y = self.sheet.paragraph(x, self.y, 490, text, bold=bold, size=size) + gap

    def lists(self, rows: Rows, *, x: float = 60, across: float = 190) -> None:
        """Labels with values beside them."""
        for label, value in rows:
            self.sheet.text(x, self.y, label, bold=self.rng.random() < 0.3)
            self.sheet.text(x + across, self.y, value)
            self.y += self.sheet.leading + 1
        self.y += 6

    def dated(self, days: int = 0) -> str:
        """A date as people write it."""
        return written_date(self.day + timedelta(days=days), self.rng.choice(("long", "slash", "short")))

    @property
    def cp2000(self) -> str:
        """What people call the notice."""
        return self.rng.choice(
            ("CP2000", "CP 2000", "CP-2000", "Notice CP2000", "IRS Notice CP2000", "cp2000")
        )

    @property
    def year(self) -> str:
        """The tax year that it is about."""
        return str(self.day.year - 2)

    @property
    def amount(self) -> str:
        """Some money."""
        return f"${self.rng.randrange(100, 30000):,}.{self.rng.randrange(100):02d}"

    def block(self) -> Rows:
        """A notice block, as somebody copies it out."""
        ssn = masked(self.home.taxpayer, self.rng.choice(("", "XXX-XX-")))
        control = f"{self.rng.randrange(10000, 99999)}-{self.rng.randrange(1000, 9999)}"
        return [(self.rng.choice(("Notice", "Notice:", "Notice number")), "CP2000"), ("Tax year", self.year),
                ("Notice date", self.dated(-20)), ("Social Security number", ssn), ("AUR control number", control),
                ("Amount due", self.amount), ("Response due", self.dated(10))]  # fmt: skip

    @property
    def name(self) -> str:
        """The taxpayer's, in mixed case."""
        return f"{self.home.taxpayer.first} {self.home.taxpayer.last}"

    def to_the_irs(self) -> None:
        """An inside address."""
        self.y = (
            self.sheet.lines(
                60,
                self.y,
                (
                    "Internal Revenue Service",
                    "Automated Underreporter Unit",
                    "PO Box 24015",
                    "Fresno, CA 93779",
                ),
            )
            + 10
        )

    def senders_address(self) -> None:
        """The taxpayer's own."""
        home = self.home
        self.y = (
            self.sheet.lines(
                60, self.y, (self.name, home.street, f"{home.city}, {home.state} {home.full_zip}")
            )
            + 10
        )


Paper = Callable[[Desk], None]
MIXED_PAPERS: dict[str, Paper] = {}


def _paper(make: Paper) -> Paper:
    MIXED_PAPERS[make.__name__.strip("_").replace("_", "-")] = make
    return make


def mixed_paper(rng: Random, name: str) -> bytes:
    """One page of this kind; every choice is the lot's."""
    hand = Hand(rng.choice(("helvetica", "times", "courier")), rng.choice((9.0, 10.0, 11.0)),
                rng.choice(("line", "line", "words", "letters")), rng.random() < 0.2)  # fmt: skip
    day = date(2013, 1, 1) + timedelta(days=rng.randrange(4300))
    desk = Desk(Sheet(hand, rng), rng, household(rng), day)
    MIXED_PAPERS[name](desk)
    return desk.sheet.finish()


@_paper
def _law_firm_cover_letter(desk: Desk) -> None:
    firm = desk.rng.choice(
        (
            "Marsh & Oakes LLP",
            "Law Offices of Perry Dunn",
            "Dunn Tax Resolution Group",
            "Castle Tax Law, P.C.",
        )
    )
    desk.says(firm, bold=True, size=14)
    desk.says(desk.dated())
    desk.to_the_irs()
    desk.says(f"Re: {desk.name}, {desk.cp2000}, tax year {desk.year}")
    desk.lists(desk.block())
    desk.says(
        "Dear Sir or Madam: This firm represents the taxpayer named above. Enclosed please find Form 2848 and our response."
    )
    desk.says("Very truly yours,")


@_paper
def _answer_without_a_letterhead(desk: Desk) -> None:
    """No firm, no greeting, no close: a page that a program printed for a client to sign."""
    desk.senders_address()
    desk.to_the_irs()
    desk.says(f"Response to {desk.cp2000}", bold=True, size=13)
    desk.lists(desk.block())
    desk.says(
        "I do not agree with the proposed changes. The income was reported on Schedule C of my return. Copies are attached."
    )
    desk.says(f"Signature ____________________   Date {desk.dated()}")


@_paper
def _clients_letter(desk: Desk) -> None:
    desk.senders_address()
    desk.says(desk.dated())
    desk.to_the_irs()
    desk.says(
        desk.rng.choice(("To whom it may concern,", "Dear IRS,", "Dear Sir or Madam,", "Attention: AUR"))
    )
    desk.says(
        f"I am writing about the {desk.cp2000} dated {desk.dated(-20)} for {desk.year}. My SSN is {desk.home.taxpayer.ssn}."
    )
    desk.says(
        "I disagree with the amount because the 1099-K counts a sale of my own car. Please correct your records."
    )
    desk.says(desk.rng.choice(("Sincerely,", "Thank you,", "Respectfully,")))
    desk.says(desk.name)


@_paper
def _article(desk: Desk) -> None:
    desk.says(desk.rng.choice(("Understanding Your CP2000 Notice", "Got a CP2000? Here is what to do", "CP2000: what it is and how to answer",
                               "Notice CP2000")), bold=True, size=18)  # fmt: skip
    desk.says("The IRS sends notice CP2000 when income on your return doesn't match what payers reported.")
    desk.says("What the notice looks like", bold=True)
    desk.lists(desk.block()[:5])
    desk.says("Summary of proposed changes", bold=True)
    desk.says(
        "A CP2000 is not a bill. You have 30 days to respond. Our tax experts can help you with it today."
    )


@_paper
def _irs_web_page(desk: Desk) -> None:
    """The IRS's own page about the notice, printed from a browser."""
    desk.says(
        f"{desk.dated()}, 10:14 AM    Understanding your CP2000 notice | Internal Revenue Service", size=8
    )
    desk.says("Understanding your CP2000 notice", bold=True, size=18)
    desk.says("What this notice is about", bold=True)
    desk.says(
        "The income and/or payment information we have on file doesn't match the information you reported on your tax return."
    )
    desk.says("What you need to do", bold=True)
    desk.says(
        "Read your notice carefully. Complete the notice response form. You have 30 days (60 days if you live outside the US)."
    )
    desk.says("https://www.irs.gov/individuals/understanding-your-cp2000-notice    1/3", size=8)


@_paper
def _bank_statement(desk: Desk) -> None:
    desk.says(
        desk.rng.choice(("First Harbor Bank", "Prairie State Credit Union", "Blue Heron Savings")),
        bold=True,
        size=14,
    )
    desk.senders_address()
    desk.lists(
        [
            ("Statement date", desk.dated()),
            ("Account number", "48213-0098"),
            ("Beginning balance", desk.amount),
        ]
    )
    for words in ("IRS USATAXPYMT CP2000", "US TREASURY 310", "PAYROLL", "RENT"):
        desk.lists([(f"{desk.dated(-3)} {words}", desk.amount)], across=300)
    desk.lists([("Ending balance", desk.amount)])


@_paper
def _engagement_letter(desk: Desk) -> None:
    desk.says(
        desk.rng.choice(("Hale Tax Relief, LLC", "Orchard Accounting", "Summit Tax Advocates")),
        bold=True,
        size=14,
    )
    desk.says(desk.dated())
    desk.senders_address()
    desk.says(
        f"Scope of work: representation before the Internal Revenue Service on {desk.cp2000} for tax year {desk.year}."
    )
    desk.says(
        f"Our fee is {desk.amount}, half due on signing. You agree to send us every IRS letter within three days."
    )
    desk.says("Agreed: ______________________   Date: ______________")


@_paper
def _e_mail(desk: Desk) -> None:
    """A client's mail with the notice's block typed out."""
    desk.lists(
        [
            ("From:", desk.home.email),
            ("To:", "help@example.com"),
            ("Sent:", desk.dated()),
            ("Subject:", f"{desk.cp2000} - help"),
        ],
        across=70,
    )
    desk.says("Hi, I got this from the IRS today, can you look? It says:")
    desk.says("Department of the Treasury", gap=0)
    desk.says("Internal Revenue Service")
    desk.lists(desk.block())
    desk.says("Thanks!")


@_paper
def _intake_sheet(desk: Desk) -> None:
    """A firm's own sheet about a client's notice, in the words of the notice."""
    desk.says(
        desk.rng.choice(("CLIENT INTAKE", "Case summary", "Notice tracking sheet", "New matter")),
        bold=True,
        size=14,
    )
    desk.lists([("Client", desk.name), ("Assigned to", "T. Osgood"), *desk.block()])
    if desk.rng.random() < 0.5:
        desk.says(f"{desk.home.taxpayer.printed()}", gap=0)
        desk.says(desk.home.street.upper(), gap=0)
        desk.says(f"{desk.home.city.upper()} {desk.home.state} {desk.home.full_zip}")
    desk.says("Next step: get wage and income transcript, compare with the notice, call the client.")


@_paper
def _power_of_attorney(desk: Desk) -> None:
    desk.says("Form 2848  (Rev. January 2021)  Department of the Treasury  Internal Revenue Service", size=9)
    desk.says("Power of Attorney and Declaration of Representative", bold=True, size=14)
    desk.lists(
        [
            ("Taxpayer name and address", desk.name),
            ("Taxpayer identification number(s)", desk.home.taxpayer.ssn),
        ]
    )
    desk.lists(
        [
            ("Description of Matter", "Income, Notice CP2000"),
            ("Tax Form Number", "1040"),
            ("Year(s) or Period(s)", desk.year),
        ]
    )
    desk.says("Cat. No. 11980J          Form 2848 (Rev. 1-2021)", size=8)


@_paper
def _transcript(desk: Desk) -> None:
    desk.says("Internal Revenue Service", bold=True, gap=0)
    desk.says("United States Department of the Treasury")
    desk.says("This Product Contains Sensitive Taxpayer Data", bold=True)
    desk.says(
        desk.rng.choice(("Account Transcript", "Wage and Income Transcript", "Record of Account")),
        bold=True,
        size=14,
    )
    desk.lists([("Request Date:", desk.dated()), ("Form Number:", "1040"), ("Tax Period Ending:", f"Dec. 31, {desk.year}"),
                ("Taxpayer Identification Number:", f"XXX-XX-{desk.home.taxpayer.ssn[-4:]}")])  # fmt: skip
    desk.lists(
        [
            ("971  Notice issued CP 2000", desk.dated(-60)),
            ("922  Review of unreported income", desk.amount),
            ("Account balance:", desk.amount),
        ]
    )


@_paper
def _state_letter(desk: Desk) -> None:
    desk.says(desk.rng.choice(("STATE OF CALIFORNIA FRANCHISE TAX BOARD", "New York State Department of Taxation and Finance",
                               "Illinois Department of Revenue", "Georgia Department of Revenue")), bold=True)  # fmt: skip
    desk.lists([("Notice date", desk.dated()), ("Notice number", f"{desk.rng.randrange(10**9)}"), ("Tax year", desk.year),
                ("Social Security number", desk.home.taxpayer.ssn), ("Amount due", desk.amount)])  # fmt: skip
    desk.senders_address()
    desk.says("Notice of Proposed Assessment", bold=True, size=14)
    desk.says("We received information from the Internal Revenue Service (CP2000) that your federal income was changed. You have a "
              "balance due for the year. We propose changes to your tax return.")  # fmt: skip
    desk.says(f"Respond by {desk.dated(30)}.")


@_paper
def _invoice(desk: Desk) -> None:
    desk.says(desk.rng.choice(("INVOICE", "Statement of services", "Receipt")), bold=True, size=16)
    desk.lists(
        [
            ("Invoice number", "20184-0013"),
            ("Date", desk.dated()),
            ("Due date", desk.dated(30)),
            ("Client", desk.name),
        ]
    )
    desk.lists(
        [(f"Response to {desk.cp2000}, tax year {desk.year}", desk.amount), ("Amount due", desk.amount)],
        across=330,
    )


@_paper
def _tax_return(desk: Desk) -> None:
    desk.says(
        f"Form 1040  Department of the Treasury-Internal Revenue Service  U.S. Individual Income Tax Return  {desk.year}",
        size=9,
    )
    desk.lists(
        [
            ("Your first name and last name", desk.name),
            ("Your social security number", desk.home.taxpayer.ssn),
        ]
    )
    desk.says(desk.home.street, gap=0)
    desk.says(f"{desk.home.city} {desk.home.state} {desk.home.full_zip}")
    desk.lists(
        [
            ("37  Amount you owe", desk.amount),
            ("34  Overpayment", desk.amount),
            ("24  Total tax", desk.amount),
        ],
        across=330,
    )


@_paper
def _payment_stub(desk: Desk) -> None:
    """A payment voucher cut off a bill: the IRS's, but no letter."""
    desk.says("Form 1040-V  Department of the Treasury  Internal Revenue Service  Payment Voucher", size=10)
    desk.lists(
        [("1 Your social security number", desk.home.taxpayer.ssn), ("3 Amount you are paying", desk.amount)]
    )
    desk.says("Make your check payable to the United States Treasury. Write CP2000 and the tax year on it.")


@_paper
def _checklist(desk: Desk) -> None:
    desk.says(f"{desk.cp2000} response checklist", bold=True, size=14)
    for text in ("Copy of the notice, all pages", "AUR control number on every page", "Response form signed by both spouses",
                 "Fax to the number on the notice before the due date", "If CP3219A or LT11 arrives, call us the same day"):  # fmt: skip
        desk.says(f"[ ] {text}")


@_paper
def _accountants_memo(desk: Desk) -> None:
    desk.says("MEMORANDUM", bold=True, size=14)
    desk.lists(
        [
            ("To:", "File"),
            ("From:", "D. Whitfield, EA"),
            ("Date:", desk.dated()),
            ("Re:", f"{desk.name} {desk.cp2000}"),
        ],
        across=70,
    )
    desk.says("The IRS issued a CP2000 proposing changes to the client's return. The notice says:")
    desk.says("Department of the Treasury Internal Revenue Service", gap=1, x=90)
    for label, value in desk.block():
        desk.says(f"{label}: {value}", gap=0, x=90)
