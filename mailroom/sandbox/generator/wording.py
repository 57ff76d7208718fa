"""The text of notices: sections in our own words, in the style of the IRS's letters.

``{year}``, ``{due}``, ``{notice}``, ``{phone}`` are filled in for each notice. A line "# …" begins a section,
"== …" a page, each other line a paragraph, which goes on in the lines that are indented. No drawing here.
"""

from __future__ import annotations

import re

Section = tuple[str, tuple[str, ...]]
"""A heading and its paragraphs; one that begins with "* " is an item of a list."""


def parse_sections(text: str) -> tuple[Section, ...]:
    """Return the sections in ``text``."""
    parts = re.split(r"^# ", text.strip(), flags=re.MULTILINE)[1:]
    return tuple(_parse_section(part) for part in parts)


def _parse_section(part: str) -> Section:
    heading, *paragraphs = re.sub(r"\n +", " ", part.strip()).split("\n")
    return heading, tuple(paragraphs)


def _parse_pages(text: str) -> tuple[tuple[str, tuple[Section, ...]], ...]:
    pages = (part.split("\n", 1) for part in re.split(r"^== ", text.strip(), flags=re.MULTILINE)[1:])
    return tuple((title, parse_sections(body)) for title, body in pages)


WHAT_TO_DO = parse_sections("""
# What you need to do
Review the proposed changes and compare them with your {year} tax return.
* If you agree with the changes, sign and date the response form and send it to us with your payment.
* If you do not agree, mark the third option on the response form and send it with a signed statement
  and documents that support it.
# If we don't hear from you
If we do not receive your response by {due}, we will send you a Statutory Notice of Deficiency and a
  final bill. Interest goes on until the amount is paid, and penalties may be added.
# Why you received this notice
Employers, banks and others reported amounts to us under your name. What they reported is not the same
  as what your return shows for {year}.
# This is not a bill
This letter proposes changes; it is not an audit. Your rights are explained in the publication enclosed
  with it.
""")

QUESTIONS = parse_sections("""
# Why did it take so long to contact me?
Tax years generally end in December. Payers send their information returns in the months after that, and
  we compare them with the returns only when all of them have been filed.
# What should I do if the information is wrong?
Ask the payer for a corrected statement and send us a copy of it. If someone else used your name and
  number, tell us so in writing and enclose an identity theft affidavit.
# Do I need to file an amended return?
No. If you agree with the proposed changes, signing the response form is enough. If you choose to file
  Form 1040-X, write the name of this notice on top of it and attach it behind the response form.
# May I have more time?
Call the number on page 1 before {due}. In most cases we can give you 30 more days; interest goes on
  while you wait.
# Can somebody speak for me?
Yes, with a Power of Attorney (Form 2848). Your representative may then call, write, or send a fax.
# Why am I charged interest?
The law requires it from the due date of the return to the day of payment, on tax and on some penalties.
  We cannot waive it because the notice was late in coming.
""")

TEXT_PAGES = _parse_pages("""
== Penalties
# Accuracy-related penalty
We propose this penalty where the tax shown on the return is too low by more than 10 percent of the
  correct tax or by $5,000, whichever is more. It is 20 percent of the part that was left out.
We may drop it if you tell us why the income was not reported and that you acted in good faith. Sign
  your statement under the penalties of perjury.
# Failure to pay
One half of one percent of the unpaid tax is charged for each month or part of a month, up to 25 percent
  in all.
# First-time relief
You may ask that a penalty be taken off if you had none in the three years before and have filed and
  paid what was due.
== Interest
# How it is figured
Interest is compounded daily. The rate is set each quarter: the federal short-term rate and three
  percentage points. It is charged from April 15 of the year after the tax year.
# To stop it
Pay the whole amount now, even if you are still gathering documents. If it turns out that you owed less,
  we refund the rest with interest.
== Ways to pay
# Pay online
You can pay from a bank account without a fee, or by card through a provider who charges one. Choose
  {year} as the year and the name of this notice as the reason.
# Pay by check
Make it payable to the United States Treasury. Write your Social Security number, the tax year and the
  form number on it, and put it into the envelope with the response form.
# If you cannot pay it all
* Pay what you can now.
* Ask for an installment agreement with Form 9465, which is enclosed.
* Ask for a delay if paying would keep you from meeting basic living costs.
* An offer in compromise settles a debt for less; few qualify.
== Your rights
# Taxpayer Bill of Rights
* The right to be informed
* The right to quality service
* The right to pay no more than the correct amount of tax
* The right to challenge our position and be heard
* The right to appeal a decision in an independent forum
* The right to finality
* The right to privacy
* The right to confidentiality
* The right to retain representation
* The right to a fair and just tax system
# Taxpayer Advocate
The Taxpayer Advocate Service is an independent organization that helps when a problem could not be
  solved in the usual way or brings hardship.
== Further information
# Low income taxpayer clinics
These clinics are independent. They represent people whose income is below a certain level, for nothing
  or for a small fee, and give information in other languages.
# Privacy Act and Paperwork Reduction Act
We ask for this information to carry out the revenue laws. You are required to give it. We need it to be
  sure that you comply with these laws and to figure and collect the right amount of tax.
# Keep this notice
Keep a copy of it and of all you send us for at least three years.
== Your state return
# State taxes
We share changes with the states that have agreements with us. If a change to your {year} federal return
  changes your state return too, file an amended state return.
# Other years
If the same mistake was made in later years, amend those returns. Doing so before we write to you may
  spare you penalties.
== Stock sales and other property
# Cost or other basis
Brokers report the gross proceeds. If your return did not show the sale, send us Form 8949 and Schedule
  D with the date bought, the date sold, the cost and the gain or loss of each.
# Retirement distributions
If you rolled a distribution over, send a statement of the trustee that shows the date and amount. A
  distribution before the age of 59 and a half may bear an additional tax of 10 percent.
# Business income
If the amount belongs to a business, send Schedule C with the expenses that go with it, and Schedule SE.
  Half of the self-employment tax is deducted from income.
""")

((_, OPTIONS),) = parse_sections("""
# Options
Option 1. I agree with all changes. I understand that I may still have to pay more penalties and
  interest, and that I can ask the Tax Court for a review only after a notice of deficiency.
Option 2. I agree with the changes but cannot pay now. I enclose Form 9465, Installment Agreement
  Request.
Option 3. I do not agree with some or all of the changes. My signed statement and documents are
  enclosed.
""")

INSTALLMENT = (
    "Name(s) and address",
    "Social Security number(s)",
    "Home telephone and best time to call",
    "Amount you owe as shown on the notice",
    "Amount you are paying with this request",
    "Amount you can pay each month",
    "Day of the month for your payment (1st to 28th)",
    "Bank routing number and account number",
    "Employer's name and address",
)
