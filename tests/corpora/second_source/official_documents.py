"""Forms, transcripts, returns and state letters, and what firms print beside them."""

from __future__ import annotations

from tests.corpora.second_source.draft import Draft, register


@register
def _power_of_attorney(draft: Draft) -> None:
    draft.write(
        "Form 2848  (Rev. January 2021)  Department of the Treasury  Internal Revenue Service", size=9
    )
    draft.write("Power of Attorney and Declaration of Representative", bold=True, size=14)
    draft.list_rows(
        [
            ("Taxpayer name and address", draft.name),
            ("Taxpayer identification number(s)", draft.home.taxpayer.ssn),
        ]
    )
    draft.list_rows(
        [
            ("Description of Matter", "Income, Notice CP2000"),
            ("Tax Form Number", "1040"),
            ("Year(s) or Period(s)", draft.year),
        ]
    )
    draft.write("Cat. No. 11980J          Form 2848 (Rev. 1-2021)", size=8)


@register
def _transcript(draft: Draft) -> None:
    draft.write("Internal Revenue Service", bold=True, gap=0)
    draft.write("United States Department of the Treasury")
    draft.write("This Product Contains Sensitive Taxpayer Data", bold=True)
    draft.write(
        draft.rng.choice(("Account Transcript", "Wage and Income Transcript", "Record of Account")),
        bold=True,
        size=14,
    )
    draft.list_rows([("Request Date:", draft.format_day()), ("Form Number:", "1040"), ("Tax Period Ending:", f"Dec. 31, {draft.year}"),
                ("Taxpayer Identification Number:", f"XXX-XX-{draft.home.taxpayer.ssn[-4:]}")])  # fmt: skip
    draft.list_rows(
        [
            ("971  Notice issued CP 2000", draft.format_day(-60)),
            ("922  Review of unreported income", draft.amount),
            ("Account balance:", draft.amount),
        ]
    )


@register
def _state_letter(draft: Draft) -> None:
    draft.write(draft.rng.choice(("STATE OF CALIFORNIA FRANCHISE TAX BOARD", "New York State Department of Taxation and Finance",
                               "Illinois Department of Revenue", "Georgia Department of Revenue")), bold=True)  # fmt: skip
    draft.list_rows([("Notice date", draft.format_day()), ("Notice number", f"{draft.rng.randrange(10**9)}"), ("Tax year", draft.year),
                ("Social Security number", draft.home.taxpayer.ssn), ("Amount due", draft.amount)])  # fmt: skip
    draft.write_sender()
    draft.write("Notice of Proposed Assessment", bold=True, size=14)
    draft.write("We received information from the Internal Revenue Service (CP2000) that your federal income was changed. You have a "
              "balance due for the year. We propose changes to your tax return.")  # fmt: skip
    draft.write(f"Respond by {draft.format_day(30)}.")


@register
def _invoice(draft: Draft) -> None:
    draft.write(draft.rng.choice(("INVOICE", "Statement of services", "Receipt")), bold=True, size=16)
    draft.list_rows(
        [
            ("Invoice number", "20184-0013"),
            ("Date", draft.format_day()),
            ("Due date", draft.format_day(30)),
            ("Client", draft.name),
        ]
    )
    draft.list_rows(
        [
            (f"Response to {draft.notice_name}, tax year {draft.year}", draft.amount),
            ("Amount due", draft.amount),
        ],
        across=330,
    )


@register
def _tax_return(draft: Draft) -> None:
    draft.write(
        f"Form 1040  Department of the Treasury-Internal Revenue Service  U.S. Individual Income Tax Return  {draft.year}",
        size=9,
    )
    draft.list_rows(
        [
            ("Your first name and last name", draft.name),
            ("Your social security number", draft.home.taxpayer.ssn),
        ]
    )
    draft.write(draft.home.street, gap=0)
    draft.write(f"{draft.home.city} {draft.home.state} {draft.home.full_zip}")
    draft.list_rows(
        [
            ("37  Amount you owe", draft.amount),
            ("34  Overpayment", draft.amount),
            ("24  Total tax", draft.amount),
        ],
        across=330,
    )


@register
def _payment_stub(draft: Draft) -> None:
    """A payment voucher cut off a bill: the IRS's, but no letter."""
    draft.write("Form 1040-V  Department of the Treasury  Internal Revenue Service  Payment Voucher", size=10)
    draft.list_rows(
        [
            ("1 Your social security number", draft.home.taxpayer.ssn),
            ("3 Amount you are paying", draft.amount),
        ]
    )
    draft.write("Make your check payable to the United States Treasury. Write CP2000 and the tax year on it.")


@register
def _checklist(draft: Draft) -> None:
    draft.write(f"{draft.notice_name} response checklist", bold=True, size=14)
    for text in ("Copy of the notice, all pages", "AUR control number on every page", "Response form signed by both spouses",
                 "Fax to the number on the notice before the due date", "If CP3219A or LT11 arrives, call us the same day"):  # fmt: skip
        draft.write(f"[ ] {text}")


@register
def _accountants_memo(draft: Draft) -> None:
    draft.write("MEMORANDUM", bold=True, size=14)
    draft.list_rows(
        [
            ("To:", "File"),
            ("From:", "D. Whitfield, EA"),
            ("Date:", draft.format_day()),
            ("Re:", f"{draft.name} {draft.notice_name}"),
        ],
        across=70,
    )
    draft.write("The IRS issued a CP2000 proposing changes to the client's return. The notice says:")
    draft.write("Department of the Treasury Internal Revenue Service", gap=1, x=90)
    for label, value in draft.quote_block():
        draft.write(f"{label}: {value}", gap=0, x=90)
