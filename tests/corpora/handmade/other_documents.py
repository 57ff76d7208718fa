"""Other IRS letters, letters of other senders, and CP2000s with contradictions."""

from __future__ import annotations

from collections.abc import Callable

from tests.corpora.handmade.blocks import ADDRESS, BLOCK, DUE, IRS, put_rows, put_summary, put_usual_body
from tests.corpora.handmade.pages import Page, build_pdf

Paper = Callable[[], bytes]
NOT_FROM_THE_IRS: dict[str, Paper] = {}


def _not_from_the_irs(make: Paper) -> Paper:
    NOT_FROM_THE_IRS[make.__name__] = make
    return make


@_not_from_the_irs
def lawyers_answer_to_the_irs() -> bytes:
    """A law firm answers a CP2000, with all its figures in the reference block and the IRS as addressee."""
    page = Page()
    page.put(220, 40, "HALE & BRANDT LLP\nAttorneys at Law\n77 COURT ST\nDAYTON, OH 45402")
    page.put(36, 120, "October 20, 2024")
    page.put(36, 150, IRS)
    page.put(36, 220, "RE: Notice CP2000")
    put_rows(page, 60, 235, BLOCK, 220)
    page.put(
        36,
        320,
        "Dear Sir or Madam:\nWe represent the taxpayer named above. On behalf of our client we disagree.",
    )
    page.put(36, 420, "Very truly yours,\nEdwin Hale, Esq.")
    return build_pdf([page])


@_not_from_the_irs
def taxpayers_own_answer() -> bytes:
    """The taxpayer answers the notice, quoting it."""
    page = Page()
    page.put(36, 40, ADDRESS)
    page.put(36, 110, IRS)
    page.put(
        36,
        200,
        "Re: CP2000\nTax year: 2022\nSocial Security number: 741-55-3907\nAUR control number: 59153-7775",
    )
    page.put(36, 280, "Dear Sir or Madam,\nI do not agree with the proposed changes in your notice CP2000.")
    page.put(36, 380, "Sincerely,\nMartin P Oakley")
    return build_pdf([page])


@_not_from_the_irs
def letter_to_a_client() -> bytes:
    """An accountant tells a client about the CP2000."""
    page = Page()
    page.put(36, 40, "Oak Street Tax Services\n9 OAK ST\nDAYTON, OH 45402")
    page.put(36, 110, "October 20, 2024")
    page.put(36, 140, ADDRESS)
    page.put(
        36, 210, "Dear Mr. Oakley,\nThe Internal Revenue Service sent you a CP2000 notice for tax year 2022."
    )
    page.put(36, 240, "You must respond by November 6, 2024. The amount due is $4,321.50.\nRegards,")
    return build_pdf([page])


@_not_from_the_irs
def bank_statement() -> bytes:
    """A statement with a payment to the IRS."""
    page = Page()
    page.put(36, 40, "First Harbor Bank\nPO BOX 12\nFARGO ND 58102")
    page.put(36, 110, ADDRESS)
    page.put(350, 110, "Statement period\n10/01/2024 - 10/31/2024\nAccount number 000111222")
    page.put(
        36,
        200,
        "Beginning balance  $9,000.00\n10/12  IRS CP2000 PAYMENT  59153-7775  $4,321.50\nEnding balance  $4,678.50",
    )
    return build_pdf([page])


@_not_from_the_irs
def article() -> bytes:
    """A page that explains the CP2000."""
    page = Page()
    page.put(36, 40, "Understanding your CP2000 notice", 16)
    page.put(
        36, 80, "The IRS sends a CP2000 when the income on file does not match the return.\nIt is not a bill."
    )
    return build_pdf([page])


LETTERS = {
    "CP2501": ("We need more information about your 2022 Form 1040", (("Notice", "CP 2501"), *BLOCK[1:])),
    "CP3219A": ("Notice of Deficiency", (("Notice", "CP3219A"), *BLOCK[1:])),
    "CP3219N": ("Notice of Deficiency", (("Notice", "3219N"), *BLOCK[1:4])),
    "CP504": ("Notice of intent to levy", (("Notice", "CP504"), *BLOCK[1:4])),
    "CP14": ("You have a balance due for 2022", (("Notice", "CP14"), *BLOCK[1:4])),
    "CP501": ("Reminder: You have unpaid taxes for 2022", (("Notice", "CP501"), *BLOCK[1:4])),
    "CP503": ("Second reminder: You have unpaid taxes for 2022", (("Notice", "CP503"), *BLOCK[1:4])),
    "LT11": (
        "Notice of Intent to Levy and Your Collection Due Process Right to a Hearing",
        (("Letter", "LT11"), ("Letter date", "10/07/2024"), *BLOCK[3:4]),
    ),
    "LETTER 1058": ("Final Notice", (("Letter number", "1058"), ("Date", "10/07/2024"), *BLOCK[3:4])),
    "CP22A": ("Changes to your 2022 Form 1040", (("Notice", "CP22A"), *BLOCK[1:4])),
}
FOOTED = {
    "LETTER 3172": (
        "Notice of Federal Tax Lien Filing and Your Right to a Hearing",
        "Letter 3172 (Rev. 2-2023)",
    ),
    "LETTER 525": ("We are proposing changes after our examination", "Letter 525 (CG) (Rev. 6-2019)"),
    "FORM 4549": ("Report of Income Tax Examination Changes", "Form 4549 (Rev. 5-2021)"),
}


def other_letter(name: str) -> bytes:
    """Another letter of the IRS's, which mentions the CP2000 that came before it."""
    page = Page()
    page.put(36, 40, IRS)
    page.put(60, 180, ADDRESS)
    if name in LETTERS:
        headline, block = LETTERS[name]
        put_rows(page, 330, 40, block, 480)
    else:
        headline, footer = FOOTED[name]
        put_rows(page, 330, 40, (("Date:", "October 7, 2024"), ("Taxpayer ID number:", "741-55-3907")), 480)
        page.put(36, 770, footer, 7)
    page.put(36, 280, headline, 15)
    page.put(
        36,
        310,
        "We sent you a CP2000 earlier and have not heard from you.\nYour CP2000 told you of the changes.",
    )
    return build_pdf([page])


def cp2000_with(
    *,
    block: tuple[tuple[str, str], ...] = BLOCK,
    address: str = ADDRESS,
    address_at: float = 180,
    pages: tuple[Page, ...] = (),
    on_top: str = "",
    sentences: str = "",
) -> bytes:
    """A plain CP2000 with another block, another address, more lines on page 1 or more pages."""
    page = Page()
    page.put(36, 26, on_top)
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, block, 480)
    page.put(60, address_at, address)
    put_usual_body(page)
    page.put(36, 440, sentences)
    return build_pdf([page, *pages])


def refund_notice() -> bytes:
    """A CP2000 that ends in a refund."""
    page = Page()
    page.put(36, 40, IRS)
    put_rows(page, 330, 40, BLOCK, 480)
    page.put(60, 180, ADDRESS)
    page.put(36, 280, "Proposed changes to your 2022 Form 1040", 15)
    page.put(36, 300, DUE)
    put_summary(page, 330, ("Proposed refund", "$512.00"))
    return build_pdf([page])


def coupon(ssn: str) -> Page:
    """A last page that repeats the block with this SSN."""
    page = Page()
    page.put(36, 600, ADDRESS)
    put_rows(page, 330, 600, (*BLOCK[:3], ("Social Security number", ssn)), 480)
    return page
