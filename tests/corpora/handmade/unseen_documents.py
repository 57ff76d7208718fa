"""Documents from a third source, written without knowing the reader's rules; none is an IRS letter."""

from __future__ import annotations

from collections.abc import Callable

from tests.corpora.handmade.blocks import ADDRESS, BLOCK, put_rows
from tests.corpora.handmade.pages import Page, build_pdf

Paper = Callable[[], bytes]
UNSEEN_DOCUMENTS: dict[str, Paper] = {}
TREASURY = "Department of the Treasury\nInternal Revenue Service"


def _unseen(make: Paper) -> Paper:
    UNSEEN_DOCUMENTS[make.__name__] = make
    return make


def _page(*texts: tuple[float, float, str], block_at: float | None = None) -> bytes:
    page = Page()
    for x, y, text in texts:
        page.put(x, y, text)
    if block_at is not None:
        put_rows(page, 36, block_at, BLOCK, 220)
    return build_pdf([page])


@_unseen
def template_of_an_answer() -> bytes:
    """A form letter from the web, filled in."""
    return _page(
        (36, 40, "October 20, 2024"),
        (36, 70, "Internal Revenue Service\nAUR Unit\n310 LOWELL ST\nANDOVER MA 05501"),
        (36, 230, "The changes proposed are not correct. Form 1099-B did not show what the shares cost."),
        (36, 260, "The attached Schedule D shows the gain. Please abate the penalty and close this case."),
        (36, 300, "Martin P Oakley, under penalties of perjury"),
        block_at=140,
    )


@_unseen
def tax_court_petition() -> bytes:
    """A petition, which names the notice of deficiency."""
    return _page(
        (200, 40, "UNITED STATES TAX COURT"),
        (36, 80, "MARTIN P OAKLEY,\n  Petitioner,\nv.\nCOMMISSIONER OF INTERNAL REVENUE,\n  Respondent."),
        (36, 180, "PETITION"),
        (36, 210, "1. Which IRS ACTION do you dispute? Notice of Deficiency (CP3219A)"),
        (36, 230, "2. The date the IRS issued the notice: October 7, 2024    Year: 2022"),
        (36, 250, "3. Internal Revenue Service office: Andover, MA"),
    )


@_unseen
def junk_mail_like_a_levy() -> bytes:
    """A company's mailing that is made to look official."""
    return _page(
        (36, 40, "TAX RESOLUTION UNIT\nPublic Judgment Records"),
        (36, 80, "FINAL NOTICE: Intent to seize your property"),
        (350, 40, "Notice ID: LT11-99812\nDate: October 7, 2024\nRespond by: October 21, 2024"),
        (36, 130, ADDRESS),
        (
            36,
            220,
            "The Internal Revenue Service has filed a tax lien against you. You must call within 10 days.",
        ),
        (36, 240, "We can stop the levy. We are not affiliated with any government agency."),
    )


@_unseen
def social_security_letter() -> bytes:
    """Another agency's letter with the claim number that is an SSN."""
    return _page(
        (36, 40, "Social Security Administration\nRetirement, Survivors and Disability Insurance"),
        (350, 40, "Date: October 7, 2024\nClaim Number: 741-55-3907A"),
        (36, 130, ADDRESS),
        (
            36,
            220,
            "We are writing to tell you that your benefit amount changed. Your taxes: see IRS Publication 915.",
        ),
    )


@_unseen
def county_tax_bill() -> bytes:
    """A county's notice with a due date."""
    return _page(
        (36, 40, "Montgomery County Treasurer\n451 W Third St\nDayton, OH 45422"),
        (350, 40, "Notice date 10/07/2024\nTax year 2023\nAmount due $1,911.20\nDue by 11/06/2024"),
        (36, 130, ADDRESS),
        (36, 220, "Property tax notice. You have a balance due for 2023."),
    )


@_unseen
def print_of_a_crm_page() -> bytes:
    """What a screen shows of the case."""
    return _page(
        (36, 40, "Logiqs CRM | Case 410332 | Martin Oakley"),
        (36, 70, "Status: Active - CP2000    Officer: D. Whitfield"),
        (
            36,
            220,
            "Activities\n10/20/2024 Internal Revenue Service called, hold 45 min\n10/21/2024 Response faxed",
        ),
        block_at=100,
    )


@_unseen
def irs_publication() -> bytes:
    """The leaflet about reviews by mail that is sent with such letters."""
    return _page(
        (36, 40, TREASURY),
        (36, 80, "Publication 5181 (Rev. 3-2019)  Catalog Number 67371X"),
        (36, 110, "Tax Return Reviews by Mail"),
        (36, 130, "CP2000, Letter 2030, CP2501, Letter 2531"),
        (
            36,
            160,
            "We propose changes when the information we received differs from your return. You may agree or disagree.",
        ),
    )


@_unseen
def installment_request() -> bytes:
    """A form that the taxpayer fills in."""
    return _page(
        (36, 40, "Form 9465 (Rev. September 2020)\n" + TREASURY),
        (36, 80, "Installment Agreement Request"),
        (
            36,
            110,
            "1a Your first name and initial  MARTIN P   Last name OAKLEY   Your social security number 741-55-3907",
        ),
        (36, 130, "If your notice is a CP2000 attach this form to the front. You must file all returns."),
        (36, 150, "48 QUARRY RD\nDAYTON, OH 45402-1234"),
        (36, 190, "5 Amount you owe as shown on the notice   $4,321.50"),
    )


@_unseen
def wage_statement() -> bytes:
    """A wage statement (form W-2) as a PDF."""
    return _page(
        (
            36,
            40,
            "Form W-2 Wage and Tax Statement 2022   Department of the Treasury-Internal Revenue Service",
        ),
        (36, 70, "a Employee's social security number 741-55-3907"),
        (36, 100, "b Employer identification number 07-1234567\nc Employer's name: PRAIRIE WORKS INC"),
        (36, 140, "e " + ADDRESS),
    )


@_unseen
def online_account_page() -> bytes:
    """The list of notices in the taxpayer's online account, printed."""
    return _page(
        (36, 40, "10/20/24, 9:02 AM     Notices and Letters | Internal Revenue Service"),
        (36, 70, "Welcome, MARTIN"),
        (36, 100, "Notice       Tax year    Notice date"),
        (36, 120, "CP2000       2022        10/07/2024      View (PDF)"),
        (36, 140, "CP14         2021        05/02/2023      View (PDF)"),
        (36, 170, "You can view digital copies of certain notices from the IRS here."),
    )


@_unseen
def accountants_table_of_notices() -> bytes:
    """A firm's weekly list."""
    return _page(
        (36, 40, "Notices received, week of October 7, 2024"),
        (36, 70, "Name  SSN  Notice  Tax year  Notice date  AUR control number  Amount due"),
        (36, 90, "OAKLEY MARTIN  741-55-3907  CP2000  2022  10/07/2024  59153-7775  $4,321.50"),
        (36, 110, "STONE PETER  742-66-1188  CP504  2021  10/01/2024    $922.00"),
    )


@_unseen
def quoted_in_a_mail_below() -> bytes:
    """A forwarded mail: polite lines, then the notice's text pasted."""
    return _page(
        (36, 40, "Hello Dana, below is what came today, I typed it off. Please tell me what to do next."),
        (36, 60, "Best,\nMartin"),
        (36, 100, TREASURY + "\nPO BOX 9019\nHOLTSVILLE, NY 11742-9019"),
        (
            36,
            250,
            "Proposed changes to your 2022 Form 1040\nAmount due: $4,321.50\nPlease respond by November 6, 2024",
        ),
        (36, 300, "We propose changes to your return. You must respond. Visit www.irs.gov/cp2000."),
        block_at=160,
    )


@_unseen
def letter_of_the_taxpayer_advocate_to_a_firm() -> bytes:
    """From inside the Treasury, about the case, and no notice."""
    return _page(
        (
            36,
            40,
            "Department of the Treasury\nTaxpayer Advocate Service\n10 MetroTech Center\nBrooklyn, NY 11201",
        ),
        (36, 120, "Re: Martin Oakley, CP2000, tax year 2022"),
        (36, 160, "Dear Ms. Whitfield: We received your request for assistance. I will be your contact."),
        (36, 180, "Sincerely,\nCase Advocate"),
    )


@_unseen
def receipt_for_certified_mail() -> bytes:
    """What the post office gives."""
    return _page(
        (36, 40, "U.S. Postal Service CERTIFIED MAIL RECEIPT\nDomestic Mail Only"),
        (36, 90, "Sent To: Internal Revenue Service, AUR CP2000 Response\n310 Lowell St\nAndover, MA 05501"),
        (36, 150, "Certified Mail Fee $4.35   Postmark OCT 21 2024   7019 2280 0001 5555 0133"),
    )
