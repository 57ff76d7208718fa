"""Documents that clients, lawyers, accountants, banks and firms write about a CP2000."""

from __future__ import annotations

from tests.corpora.second_source.draft import Draft, register


@register
def _law_firm_cover_letter(draft: Draft) -> None:
    firm = draft.rng.choice(
        (
            "Marsh & Oakes LLP",
            "Law Offices of Perry Dunn",
            "Dunn Tax Resolution Group",
            "Castle Tax Law, P.C.",
        )
    )
    draft.write(firm, bold=True, size=14)
    draft.write(draft.format_day())
    draft.address_to_irs()
    draft.write(f"Re: {draft.name}, {draft.notice_name}, tax year {draft.year}")
    draft.list_rows(draft.quote_block())
    draft.write(
        "Dear Sir or Madam: This firm represents the taxpayer named above. Enclosed please find Form 2848 and our response."
    )
    draft.write("Very truly yours,")


@register
def _answer_without_a_letterhead(draft: Draft) -> None:
    """No firm, no greeting, no close: a page that a program printed for a client to sign."""
    draft.write_sender()
    draft.address_to_irs()
    draft.write(f"Response to {draft.notice_name}", bold=True, size=13)
    draft.list_rows(draft.quote_block())
    draft.write(
        "I do not agree with the proposed changes. The income was reported on Schedule C of my return. Copies are attached."
    )
    draft.write(f"Signature ____________________   Date {draft.format_day()}")


@register
def _clients_letter(draft: Draft) -> None:
    draft.write_sender()
    draft.write(draft.format_day())
    draft.address_to_irs()
    draft.write(
        draft.rng.choice(("To whom it may concern,", "Dear IRS,", "Dear Sir or Madam,", "Attention: AUR"))
    )
    draft.write(
        f"I am writing about the {draft.notice_name} dated {draft.format_day(-20)} for {draft.year}. My SSN is {draft.home.taxpayer.ssn}."
    )
    draft.write(
        "I disagree with the amount because the 1099-K counts a sale of my own car. Please correct your records."
    )
    draft.write(draft.rng.choice(("Sincerely,", "Thank you,", "Respectfully,")))
    draft.write(draft.name)


@register
def _article(draft: Draft) -> None:
    draft.write(draft.rng.choice(("Understanding Your CP2000 Notice", "Got a CP2000? Here is what to do", "CP2000: what it is and how to answer",
                               "Notice CP2000")), bold=True, size=18)  # fmt: skip
    draft.write("The IRS sends notice CP2000 when income on your return doesn't match what payers reported.")
    draft.write("What the notice looks like", bold=True)
    draft.list_rows(draft.quote_block()[:5])
    draft.write("Summary of proposed changes", bold=True)
    draft.write(
        "A CP2000 is not a bill. You have 30 days to respond. Our tax experts can help you with it today."
    )


@register
def _irs_web_page(draft: Draft) -> None:
    """The IRS's own page about the notice, printed from a browser."""
    draft.write(
        f"{draft.format_day()}, 10:14 AM    Understanding your CP2000 notice | Internal Revenue Service",
        size=8,
    )
    draft.write("Understanding your CP2000 notice", bold=True, size=18)
    draft.write("What this notice is about", bold=True)
    draft.write(
        "The income and/or payment information we have on file doesn't match the information you reported on your tax return."
    )
    draft.write("What you need to do", bold=True)
    draft.write(
        "Read your notice carefully. Complete the notice response form. You have 30 days (60 days if you live outside the US)."
    )
    draft.write("https://www.irs.gov/individuals/understanding-your-cp2000-notice    1/3", size=8)


@register
def _bank_statement(draft: Draft) -> None:
    draft.write(
        draft.rng.choice(("First Harbor Bank", "Prairie State Credit Union", "Blue Heron Savings")),
        bold=True,
        size=14,
    )
    draft.write_sender()
    draft.list_rows(
        [
            ("Statement date", draft.format_day()),
            ("Account number", "48213-0098"),
            ("Beginning balance", draft.amount),
        ]
    )
    for words in ("IRS USATAXPYMT CP2000", "US TREASURY 310", "PAYROLL", "RENT"):
        draft.list_rows([(f"{draft.format_day(-3)} {words}", draft.amount)], across=300)
    draft.list_rows([("Ending balance", draft.amount)])


@register
def _engagement_letter(draft: Draft) -> None:
    draft.write(
        draft.rng.choice(("Hale Tax Relief, LLC", "Orchard Accounting", "Summit Tax Advocates")),
        bold=True,
        size=14,
    )
    draft.write(draft.format_day())
    draft.write_sender()
    draft.write(
        f"Scope of work: representation before the Internal Revenue Service on {draft.notice_name} for tax year {draft.year}."
    )
    draft.write(
        f"Our fee is {draft.amount}, half due on signing. You agree to send us every IRS letter within three days."
    )
    draft.write("Agreed: ______________________   Date: ______________")


@register
def _e_mail(draft: Draft) -> None:
    """A client's mail with the notice's block typed out."""
    draft.list_rows(
        [
            ("From:", draft.home.email),
            ("To:", "help@example.com"),
            ("Sent:", draft.format_day()),
            ("Subject:", f"{draft.notice_name} - help"),
        ],
        across=70,
    )
    draft.write("Hi, I got this from the IRS today, can you look? It says:")
    draft.write("Department of the Treasury", gap=0)
    draft.write("Internal Revenue Service")
    draft.list_rows(draft.quote_block())
    draft.write("Thanks!")


@register
def _intake_sheet(draft: Draft) -> None:
    """A firm's own sheet about a client's notice, in the words of the notice."""
    draft.write(
        draft.rng.choice(("CLIENT INTAKE", "Case summary", "Notice tracking sheet", "New matter")),
        bold=True,
        size=14,
    )
    draft.list_rows([("Client", draft.name), ("Assigned to", "T. Osgood"), *draft.quote_block()])
    if draft.rng.random() < 0.5:
        draft.write(f"{draft.home.taxpayer.printed()}", gap=0)
        draft.write(draft.home.street.upper(), gap=0)
        draft.write(f"{draft.home.city.upper()} {draft.home.state} {draft.home.full_zip}")
    draft.write("Next step: get wage and income transcript, compare with the notice, call the client.")
