"""The fields of a notice, one row each: a new field is a new row here and an attribute of
`mailroom.notices.reading.NoticeFields`.

The rows say by which labels a field is found, what reads its value, where the value repeats, and how the
field is judged, shown and redacted. Labels, candidates, checks, explanations, benchmarks and docs are made
from them. Nothing here looks at a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from mailroom.notices.parsing import values
from mailroom.notices.parsing.values import Span, Value

Redacted = Literal["name", "ssn", "number", "address", "amount"]

TYPE, TAX_YEAR, NOTICE_DATE, DUE_DATE = "notice_type", "tax_year", "notice_date", "response_due_date"
SSN, SSN_LAST4, CONTROL, AMOUNT = "ssn", "ssn_last4", "aur_control_number", "amount_due"
LAST_NAME, SPOUSE_LAST_NAME, NAME_LINE = "last_name", "spouse_last_name", "name_line"


@dataclass(frozen=True)
class Labels:
    """Labels that mean one thing, in all spellings, and what reads the value beside them.

    Attributes:
        parse: takes the text beside the label, returns the value that it begins with, or None.
        spellings: in lower case, "(s)" for a plural; spaces, punctuation and line ends between the words do
            not count.
        weak: further spellings, which are labels only with a colon, or when there is nothing better:
            words of sentences, and the first line of a label that wraps.
        meaning: what they mean, where that is not just the field.
    """

    parse: Callable[[str], Value | None]
    spellings: tuple[str, ...]
    weak: tuple[str, ...] = ()
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """A field: everything that is the same for all notices.

    Attributes:
        name: its attribute of `NoticeFields`, which is also its name in JSON.
        labels: what it is found by. A field without labels is made of the address block, the pages or another
            field.
        group: the field that it is explained with; by default itself.
        required: every CP2000 has it; where it is missing, more of the notice is read.
        is_key: a case is found by it; without it, or with doubt about it, a person looks.
        is_date: JSON has it as an ISO date.
        in_notice_block: it is in the block in a corner of page 1 that all notices have.
        in_doubt_with: where this is in doubt, the field is too.
        rest_of_row: its value is the last one of its label's row, not the first.
        weak_in_values: its weak labels may be words of another field's value and do not end it.
        find_all: every value of this kind in the flat text of a later page, where the field repeats.
        spans_of: where the value is in a line or a sentence; each place of a scan confirms the others.
        spans_lines: instead of ``spans_of``: its words may continue on several lines.
        redact_as: what kind of client data it is for the redaction of logs.
    """

    name: str
    labels: tuple[Labels, ...] = ()
    group: str = ""
    required: bool = False
    is_key: bool = False
    is_date: bool = False
    in_notice_block: bool = False
    in_doubt_with: tuple[Literal["address block", "name line"], ...] = ()
    rest_of_row: bool = False
    weak_in_values: bool = False
    find_all: Callable[[str], Iterable[Value]] | None = None
    # Each takes the type of its own field's value.
    spans_of: Callable[[Any, str], list[Span]] | None = None
    spans_lines: bool = False
    redact_as: Redacted | None = None


# What the control number is called is made of few words: all their combinations.
_CONTROL_LABELS = tuple(
    f"{whose}{what} {number}"
    for whose in ("", "our ", "your ", "irs ")
    for what in (
        "aur", "aur control", "aur case", "aur file", "control", "underreporter", "underreporter control",
        "underreporter case", "automated underreporter", "case control", "aur case control",
    )
    for number in ("number", "no", "num", "id", "reference", "reference number", "case number", "file number")
)  # fmt: skip

# In the order in which a person looks for them on a notice.
FIELDS = (
    FieldRow(
        name=TYPE,
        labels=(
            Labels(
                values.parse_type,
                (
                    "notice number", "notice no", "notice name", "notice id", "notice type", "type of notice",
                    "notice or letter", "notice/letter",
                ),
                weak=("notice", "this notice", "form number"),
            ),
            Labels(
                values.parse_letter_number,
                ("letter number", "letter no", "letter id", "letter type"),
                weak=("letter",),
                meaning="letter",
            ),
        ),
        in_notice_block=True,
        weak_in_values=True,
        spans_of=values.spans_of_type,
    ),
    FieldRow(
        name=TAX_YEAR,
        labels=(Labels(
            values.parse_year,
            (
                "tax year", "tax years", "for tax year", "tax period", "tax period ended",
                "tax period ending", "tax year ended", "tax year ending", "tax periods", "taxable year",
                "calendar year", "tax form and year", "return year", "tax return year",
            ),
            weak=("year", "tax"),
        ),),
        required=True,
        in_notice_block=True,
        spans_of=values.spans_of_year,
        find_all=values.list_tax_years,
    ),
    FieldRow(
        name=NOTICE_DATE,
        labels=(Labels(
            values.parse_date,
            (
                "notice date", "date of notice", "date of this notice", "letter date", "date of letter",
                "notice dated", "date issued", "issue date", "mailing date", "date mailed", "notice issued",
                "date of this letter", "notice issue date",
            ),
            weak=("date", "issued", "notice", "letter", "dated"),
        ),),
        required=True,
        is_date=True,
        in_notice_block=True,
        weak_in_values=True,
        spans_of=values.spans_of_date,
    ),
    FieldRow(
        name=DUE_DATE,
        labels=(Labels(
            values.parse_date,
            (
                "response due date", "response due", "response due by", "respond by", "please respond by",
                "you must respond by", "respond no later than", "response date", "response deadline",
                "response needed by", "reply by", "please reply by", "reply due", "reply due date",
                "return response by", "return this form by", "return the response form by",
                "return response form by", "last day to respond", "deadline to respond", "must respond by",
                "last date to respond", "answer by", "respond on or before", "your response is due",
                "response required by", "last day to petition tax court", "last day to file a petition",
                "last day to file a petition with the us tax court",
                "last day to petition united states tax court", "last day to petition us tax court",
                "date to respond by", "date response due", "response due on", "date due", "respond before",
                "return your response by", "send your response by", "your response due",
                "your response due date", "last date to petition tax court",
            ),
            weak=("due date", "return by", "deadline", "due by", "last day to petition", "response", "due"),
        ),),
        required=True,
        is_date=True,
        weak_in_values=True,
        spans_of=values.spans_of_date,
    ),
    FieldRow(
        name=SSN,
        labels=(Labels(
            values.parse_ssn,
            (
                "social security number", "social security no", "social security num", "ssn", "your ssn",
                "your social security number", "your social security no", "taxpayer identification number",
                "taxpayer id number", "taxpayer id", "taxpayer identification no", "tin", "soc sec no",
                "soc sec number", "soc sec", "ss number", "ss no", "ssn or itin", "ssn/itin", "primary ssn",
                "taxpayer ssn", "primary social security number", "taxpayer's social security number",
                "taxpayer social security number", "your taxpayer id", "your taxpayer identification number",
                "your tin", "tax id number", "taxpayer number", "your taxpayer number", "taxpayer no",
                "your taxpayer no", "your identification number", "your id number", "taxpayer's ssn",
                "taxpayer's id number",
            ),
            weak=(
                "social security", "taxpayer identification", "social", "tax id", "identifying number",
                "identification number",
            ),
        ),),
        in_notice_block=True,
        find_all=values.list_ssns,
        redact_as="ssn",
    ),
    FieldRow(name=SSN_LAST4, group=SSN, required=True, is_key=True),
    FieldRow(
        name=CONTROL,
        labels=(Labels(
            values.parse_control_number,
            (
                "aur control", "aur case", "aur ctrl no", "aur ctrl",
                "automated underreporter control number", *_CONTROL_LABELS,
            ),
            weak=("aur", "control number", "control no"),
        ),),
        required=True,
        in_notice_block=True,
        find_all=values.list_control_numbers,
        spans_of=values.spans_of_control_number,
        redact_as="number",
    ),
    FieldRow(
        name=AMOUNT,
        labels=(
            Labels(
                values.parse_amount,
                (
                    "proposed balance due", "proposed amount due", "total amount due", "amount due",
                    "amount you owe", "total proposed amount due", "proposed total amount due", "amount owed",
                    "amount due immediately", "total amount you owe", "total balance due", "net amount due",
                    "proposed amount you owe", "proposed total due", "total proposed balance due",
                    "amount you may owe", "total you owe", "amount due now", "billing summary amount due",
                    "proposed amount owed", "total proposed amount you owe", "proposed total balance due",
                    "estimated amount due", "proposed payment due", "net balance due",
                    "amount due if you agree", "balance due or overpayment", "amount on lien", "unpaid balance",
                    "deficiency and penalties", "total deficiency", "amount claimed",
                    "total deficiency and penalties", "balance due or refund", "amount due or refund",
                    "you must pay", "total proposed changes", "proposed balance due or refund",
                ),
                weak=("balance due", "total due", "you owe", "deficiency"),
            ),
            Labels(
                values.parse_refund,
                (
                    "refund due", "proposed refund", "refund amount", "amount of refund", "proposed refund due",
                    "amount to be refunded", "proposed overpayment", "refund due you", "refund due to you",
                    "net refund", "proposed refund amount", "amount we owe you", "amount refunded",
                    "amount you will receive", "net refund due", "amount of your refund",
                ),
                weak=("your refund", "overpayment", "total refund", "refund"),
                meaning="refund",
            ),
        ),
        required=True,
        rest_of_row=True,
        spans_of=values.spans_of_amount,
        redact_as="amount",
    ),
    FieldRow(
        name=LAST_NAME, required=True, is_key=True, in_doubt_with=("address block",), redact_as="name"
    ),
    FieldRow(name=SPOUSE_LAST_NAME, group=LAST_NAME, in_doubt_with=("name line",), redact_as="name"),
    FieldRow(
        name=NAME_LINE,
        labels=(Labels(
            values.parse_name,
            (
                "taxpayer name", "taxpayer names", "name of taxpayer",
                "names of taxpayers", "name(s) shown on return", "name(s) shown on your return",
                "name(s) as shown on return", "your name", "your name(s)", "name(s) on return",
                "copy for", "this is a copy of the notice sent to", "copy of notice sent to",
            ),
            weak=("taxpayer", "taxpayers", "name", "names"),
        ),),
        in_doubt_with=("address block", "name line"),
        weak_in_values=True,
        redact_as="name",
    ),
    FieldRow(name="taxpayer_names", group=NAME_LINE, in_doubt_with=("name line",), redact_as="name"),
    FieldRow(name="joint", group=NAME_LINE, in_doubt_with=("name line",)),
    FieldRow(name="address", in_doubt_with=("address block",), spans_lines=True, redact_as="address"),
    FieldRow(
        name="zip",
        group="address",
        required=True,
        in_doubt_with=("address block",),
        spans_lines=True,
        redact_as="number",
    ),
    FieldRow(name="page_count"),
)  # fmt: skip


# The surname first: where both are missing, it is the reason that is given.
KEY_FIELDS = tuple(sorted(row.name for row in FIELDS if row.is_key))
REQUIRED = tuple(row.name for row in FIELDS if row.required)
NOTICE_BLOCK = frozenset(row.name for row in FIELDS if row.in_notice_block)
OF_ADDRESS_BLOCK = frozenset(row.name for row in FIELDS if "address block" in row.in_doubt_with)
OF_NAME_LINE = frozenset(row.name for row in FIELDS if "name line" in row.in_doubt_with)
# Fields that are explained together; the first one names the group.
GROUPS = tuple(
    tuple(row.name for row in rows) for _, rows in groupby(FIELDS, lambda row: row.group or row.name)
)
