"""What the generator hands out: synthetic notices with their truth, the cases they belong to, a whole day.

Holds no drawing and no chance. Everybody in here is made up, yet the values have the shape of client data, so
they are treated as such: nothing here has a ``repr`` that shows a name or a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

SCAN_OUTCOME = "extract"
"""What the reader should make of a page without a text layer."""

FIELDS = (
    "notice_type",
    "tax_year",
    "notice_date",
    "response_due_date",
    "name_line",
    "taxpayer_names",
    "last_name",
    "spouse_last_name",
    "joint",
    "address",
    "zip",
    "ssn",
    "ssn_last4",
    "aur_control_number",
    "amount_due",
    "page_count",
)
"""The reader's fields, by the names under which they leave it."""


@dataclass(frozen=True, repr=False)
class SyntheticNotice:
    """A PDF (or what a mail room takes for one) and what a faultless reader would say of it.

    ``truth`` has every name of ``FIELDS`` (ISO dates, dollars as float, None where the page does not say),
    "outcome" as ``extract`` writes it, and "layout". ``kind`` is the row of ``KINDS`` that it was made from.
    """

    filename: str
    subfolder: str | None
    pdf: bytes
    truth: dict[str, object]
    kind: str

    @property
    def path(self) -> str:
        """Its place under the inbox; unlike the file name alone, no two notices of a day share it."""
        return f"{self.subfolder}/{self.filename}" if self.subfolder else self.filename


@dataclass(frozen=True, repr=False)
class SyntheticCase:
    """A client's case as the CRM spells it: mixed case, with apostrophes and hyphens."""

    case_id: int
    first_name: str
    last_name: str
    spouse_first_name: str | None
    spouse_last_name: str | None
    ssn: str
    spouse_ssn: str | None
    officer_id: int
    status: str
    city: str
    state: str
    zip: str
    phone: str
    email: str


@dataclass(repr=False)
class SyntheticDay:
    """A day's mail, the firm's cases, and by ``SyntheticNotice.path`` what should become of each file.

    Of two files with the same bytes, whichever comes first is "matched" and the other "duplicate";
    ``expected`` calls the later one in the list the duplicate.
    """

    notices: list[SyntheticNotice] = field(default_factory=list)
    cases: list[SyntheticCase] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)


def make_random(*parts: object) -> Random:
    """The same numbers each time for the same parts, on every machine and Python."""
    return Random(":".join(str(part) for part in parts))  # noqa: S311  # synthetic paper, no secrets


def make_empty_truth(outcome: str, layout: str) -> dict[str, object]:
    """The truth about a file of which nothing can be read."""
    return {**dict.fromkeys(FIELDS), "outcome": outcome, "layout": layout}
