"""The labels of a notice's fields, in all spellings, and where they stand on a page.

One table: a new spelling is a new entry. A label that is no field's (``OTHER``) is in it too, so that the value
beside it is not taken for its neighbour's. Values are not looked at here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailroom.notices.words import Box, Segment
from mailroom.privacy.client_data import ClientData

TYPE, TAX_YEAR, NOTICE_DATE, DUE_DATE = "notice_type", "tax_year", "notice_date", "response_due_date"
SSN, CONTROL, AMOUNT, REFUND, NAME, OTHER = (
    "ssn",
    "aur_control_number",
    "amount_due",
    "refund",
    "name",
    "other",
)

# "~" may be anything between two words: a space, several, none, a line's end.
SPELLINGS: dict[str, tuple[str, ...]] = {
    TYPE: (
        "notice", "notice number", "notice no", "notice name", "notice id", "notice type", "type of notice",
        "letter", "letter number", "letter no", "letter id", "letter type", "notice or letter", "notice letter",
        "notice/letter", "this notice", "form number",
    ),
    TAX_YEAR: (
        "tax year", "tax years", "tax year(s)", "for tax year", "tax period", "tax period ended",
        "tax period ending", "tax year ended", "tax year ending", "tax periods", "taxable year", "calendar year",
        "year", "tax form and year", "tax", "return year", "tax return year",
    ),
    NOTICE_DATE: (
        "notice date", "date of notice", "date of this notice", "letter date", "date of letter", "notice dated",
        "date", "date issued", "issue date", "issued", "mailing date", "date mailed", "notice issued",
        "notice", "letter", "date of this letter", "dated", "notice issue date",
    ),
    DUE_DATE: (
        "response due date", "response due", "response due by", "respond by", "please respond by",
        "you must respond by", "respond no later than", "response date", "response deadline", "response needed by",
        "reply by", "please reply by", "reply due", "reply due date", "due date", "return by", "return response by",
        "return this form by", "return the response form by", "return response form by",
        "last day to respond", "deadline", "deadline to respond", "due by", "must respond by",
        "last date to respond", "answer by", "respond on or before", "your response is due", "response required by",
        "last day to petition tax court", "last day to petition", "last day to file a petition",
        "last day to file a petition with the us tax court", "last day to petition united states tax court",
        "last day to petition us tax court", "date to respond by", "date response due", "response",
        "response due on", "due", "date due", "respond before", "return your response by", "send your response by",
        "your response due", "your response due date", "last date to petition tax court",
    ),
    SSN: (
        "social security number", "social security no", "social security num", "social security", "ssn",
        "your ssn", "your social security number", "your social security no", "taxpayer identification number",
        "taxpayer id number", "taxpayer id", "taxpayer identification no", "taxpayer identification", "tin", "soc sec no",
        "soc sec number", "soc sec", "ss number", "ss no", "ssn or itin", "ssn/itin", "primary ssn", "taxpayer ssn",
        "primary social security number", "taxpayer's social security number", "taxpayer social security number",
        "social", "your taxpayer id", "your taxpayer identification number", "your tin", "tax id number", "tax id",
        "identifying number", "identification number", "taxpayer number", "your taxpayer number", "taxpayer no",
        "your taxpayer no", "your identification number", "your id number", "taxpayer's ssn", "taxpayer's id number",
    ),
    CONTROL: (
        "aur control number", "aur control no", "aur control", "aur number", "aur no", "aur", "aur case number",
        "control number", "aur case no", "aur id", "aur case id", "underreporter control number", "aur control num",
        "case control number", "control no", "aur case", "aur reference number", "aur ctrl no", "aur ctrl",
        "automated underreporter control number",
        # What the number is called is made of few words: all their combinations.
        *(f"{whose}{what} {number}" for whose in ("", "our ", "your ", "irs ")
          for what in ("aur", "aur control", "aur case", "aur file", "control", "underreporter", "underreporter control",
                       "underreporter case", "automated underreporter", "case control", "aur case control")
          for number in ("number", "no", "num", "id", "reference", "reference number", "case number", "file number")),
    ),
    AMOUNT: (
        "proposed balance due", "proposed amount due", "total amount due", "amount due", "amount you owe",
        "balance due", "total due", "total proposed amount due", "proposed total amount due", "amount owed",
        "amount due immediately", "you owe", "total amount you owe", "total balance due", "net amount due",
        "proposed amount you owe", "proposed total due", "total proposed balance due", "amount you may owe",
        "total you owe", "amount due now", "billing summary amount due", "proposed amount owed",
        "total proposed amount you owe", "proposed total balance due", "deficiency", "estimated amount due",
        "proposed payment due", "net balance due", "amount due if you agree", "balance due or overpayment",
        "amount on lien", "unpaid balance", "deficiency and penalties", "total deficiency", "amount claimed",
        "total deficiency and penalties", "balance due or refund", "amount due or refund", "you must pay",
        "total proposed changes", "proposed balance due or refund",
    ),
    REFUND: (
        "refund due", "proposed refund", "refund amount", "amount of refund", "your refund", "proposed refund due",
        "amount to be refunded", "overpayment", "proposed overpayment", "refund due you", "refund due to you",
        "net refund", "proposed refund amount", "amount we owe you", "total refund", "amount refunded", "refund",
        "amount you will receive", "net refund due", "amount of your refund",
    ),
    NAME: (
        "taxpayer name", "taxpayer name(s)", "taxpayer names", "name of taxpayer", "names of taxpayers", "taxpayer",
        "taxpayer(s)", "taxpayers", "name", "name(s)", "names", "name(s) shown on return",
        "name(s) shown on your return", "name(s) as shown on return", "your name", "your name(s)",
        "name(s) on return", "name(s) of taxpayer(s)",
    ),
    OTHER: (
        "to contact us", "to call for assistance", "to call us", "to fax information", "to fax", "your caller id",
        "caller id", "phone", "telephone", "phone number", "fax", "fax number", "form", "form number",
        "tax form", "tax form number", "employer identification number", "employer id number", "ein", "payer",
        "payer's tin", "spouse's ssn", "spouse ssn", "spouse's social security number", "secondary ssn",
        "spouse social security number", "spouse's social security no", "spouse's taxpayer identification number",
        "spouse tin", "recipient's ssn", "payer ein", "representative", "your representative",
        "certified mail number", "date of birth", "interest if paid by", "if paid by", "interest (if paid by",
        "shown on return", "shown on your return", "reported by others", "reported to irs by others",
        "as corrected by irs", "difference", "account number", "page", "contact us", "contact person",
        "contact name", "contact telephone number", "employee id number", "employee identification number",
        "id number", "hours", "hours to call", "last date to pay", "payment due", "payment due date", "pay by",
        "date received", "return received", "date of return", "payments received through", "received",
        "tax increase", "payment increase", "payment decrease", "penalties", "interest", "tax you owe",
        "document locator number", "dln", "cycle", "cat no", "catalog number", "sequence number", "mft",
        "statement date", "person to contact", "refer reply to", "in reply refer to", "batch", "selection code",
        "amount enclosed", "amount of payment", "amount due on return", "write your", "spouse",
        "spouse name", "spouse's name", "payer name", "address", "mail to", "date printed", "print date",
    ),
}  # fmt: skip


def _key(spelling: str) -> str:
    return re.sub(r"[^a-z]", "", spelling.lower())


_FIELDS_OF: dict[str, set[str]] = {}
for _field, _spellings in SPELLINGS.items():
    for _spelling in _spellings:
        _FIELDS_OF.setdefault(_key(_spelling), set()).add(_field)

# A label's first line when it wraps, or a word that is a label only when nothing better stands there.
WEAK = {_key(each) for each in (
    "notice", "letter", "date", "tax", "year", "social security", "social", "aur", "response", "due", "due date",
    "name", "names", "taxpayer", "taxpayers", "refund", "balance due", "overpayment", "you owe", "deficiency",
    "identification number", "identifying number", "dated", "issued", "last day to petition", "this notice",
    "taxpayer identification", "form number", "deadline", "due by", "return by", "control number", "tax id",
    "control no", "your refund", "total due", "total refund",
)}  # fmt: skip


# Every beginning of a label's letters, so that a search along a line ends early.
_BEGINNINGS = {key[:length] for key in _FIELDS_OF for length in range(1, len(key) + 1)}
_TOKEN = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*(?:\(s\))?")
_BETWEEN = re.compile(r"[\s./()']*")
_OWNED_BY_ANOTHER = re.compile(
    r"(?:spouse'?s?|payer'?s?|recipient'?s?|employer|secondary|preparer'?s?)\s*$", re.IGNORECASE
)
# What belongs to the label still: punctuation, a remark in brackets; not the minus of a sum, nor an SSN's mask.
_AFTER = re.compile(r"(?:[\s.:)]|-(?=\s)|#(?!#)|\((?=[^()]*[a-z][^()]*\))[^()\d]{2,40}\))*", re.IGNORECASE)


@dataclass(frozen=True, repr=False)
class Label(ClientData):
    """A label on a page: its fields, its text's place in the segment, and whether it is a weak one."""

    segment: Segment
    fields: frozenset[str]
    start: int
    end: int
    weak: bool
    box: Box

    @property
    def leads(self) -> bool:
        """Whether nothing stands before it in its segment."""
        return not self.segment.text[: self.start].strip(" .:#*-•")

    @property
    def rest(self) -> str:
        """What follows it in its segment."""
        return self.segment.text[self.end :]


def labels_in(segment: Segment) -> list[Label]:
    """Every label of the segment, the longest spelling at each place."""
    return [
        Label(segment, fields, start, end, weak, segment.box_of(start, end))
        for fields, start, end, weak in label_spans(segment.text)
    ]


def label_spans(text: str) -> list[tuple[frozenset[str], int, int, bool]]:
    """Fields, start, end (punctuation behind it taken in) and weakness of every label in a text."""
    tokens = list(_TOKEN.finditer(text))
    spans, at = [], 0
    while at < len(tokens):
        found = _longest(text, tokens, at)
        if found is None:
            at += 1
            continue
        key, after = found
        start = tokens[at].start()
        fields = frozenset(_FIELDS_OF[key])
        if _OWNED_BY_ANOTHER.search(text[:start]):
            fields = frozenset({OTHER})
        end = _AFTER.match(text, tokens[after - 1].end())
        stop = end.end() if end else len(text)
        # "Date:" and "AUR #" mean it; "date" may stand anywhere.
        weak = key in WEAK and not set(":#") & set(text[tokens[after - 1].end() : stop])
        spans.append((fields, start, stop, weak))
        at = after
    return spans


def _longest(text: str, tokens: list[re.Match[str]], at: int) -> tuple[str, int] | None:
    """The longest label that begins with this token: its letters, and the first token behind it."""
    key, found = "", None
    for after in range(at, len(tokens)):
        if after > at and not _BETWEEN.fullmatch(text, tokens[after - 1].end(), tokens[after].start()):
            break
        key += _key(tokens[after][0])
        if key not in _BEGINNINGS:
            break
        if key in _FIELDS_OF:
            found = (key, after + 1)
    return found
