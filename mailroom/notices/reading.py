"""What leaves the reader: the fields of a notice, and the reading of a file that carries them.

Plain values without behaviour. A field that was not read is None: a wrong value is worse than none.
Everything in here is client data: `ClientData` says what that means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal, Self

from mailroom.notices.causes import Cause, Doubts
from mailroom.notices.fields import FIELDS
from mailroom.privacy.client_data import ClientData, KnownValue

ReadingOutcome = Literal["extract", "not_cp2000", "unreadable", "rejected", "review"]


@dataclass(frozen=True, repr=False)
class NoticeFields(ClientData):
    """What was read on a notice, in dollars where it is an amount (a refund is negative); None: not read."""

    notice_type: str | None = None
    tax_year: int | None = None
    notice_date: date | None = None
    response_due_date: date | None = None
    name_line: str | None = None
    taxpayer_names: list[str] = field(default_factory=list)
    last_name: str | None = None
    spouse_last_name: str | None = None
    joint: bool | None = None
    address: str | None = None
    zip: str | None = None
    ssn: str | None = None
    ssn_last4: str | None = None
    aur_control_number: str | None = None
    amount_due: float | None = None
    page_count: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The fields as JSON takes them: ISO dates, and null for names that were not read."""
        plain = asdict(self)
        plain["taxpayer_names"] = self.taxpayer_names or None
        return {name: each.isoformat() if isinstance(each, date) else each for name, each in plain.items()}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The reverse of `as_json`; raises TypeError or ValueError on anything else."""
        known = dict(plain)
        known["taxpayer_names"] = known.get("taxpayer_names") or []
        for name in (row.name for row in FIELDS if row.is_date):
            known[name] = date.fromisoformat(known[name]) if known.get(name) else None
        return cls(**known)

    def known_values(self) -> Iterator[KnownValue]:
        """What redaction has to mask: names, SSN, numbers, the amount, and the address with its ZIP code."""
        for row in FIELDS:
            value = getattr(self, row.name)
            if row.redact_as and value:
                for each in value if isinstance(value, list) else [value]:
                    text = f"{each} {self.zip or ''}" if row.redact_as == "address" else str(each)
                    yield KnownValue(row.redact_as, text)


@dataclass(frozen=True, repr=False)
class Reading(ClientData):
    """What was read in one file.

    Attributes:
        outcome: "extract" (a CP2000 was read), "review" (a CP2000 whose key, the surname or the SSN's last
            four digits, is missing or in doubt), "not_cp2000" (another letter, then with its ``notice_type``,
            or another document), "unreadable" (no text that can be trusted), "rejected" (not a PDF, locked,
            broken, over a limit).
        fields: what was read.
        needs_review: a person should look.
        doubts: the fields that are given with doubt, each with its causes.
        error: a code, None where there is no fault.
        seconds: wall-clock time.
        notes: codes of what the file holds besides its pages, which was not opened
            (`mailroom.document.active_content`).
        page_ranges: first and last page, from 1, of the parts into which a file seems to divide that is not
            one notice's.
    """

    outcome: ReadingOutcome
    fields: NoticeFields = field(default_factory=NoticeFields)
    needs_review: bool = False
    doubts: Doubts = field(default_factory=dict)
    error: str | None = None
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    page_ranges: list[tuple[int, int]] = field(default_factory=list)

    @property
    def review_fields(self) -> list[str]:
        """The names of the fields that are given with doubt."""
        return sorted(self.doubts)

    def as_json(self) -> dict[str, Any]:
        """The reading as JSON takes it, in the order in which ``extract`` writes it."""
        return {
            "fields": self.fields.as_json(),
            "outcome": self.outcome,
            "needs_review": self.needs_review,
            "review_fields": self.review_fields,
            "doubts": {name: [asdict(each) for each in causes] for name, causes in self.doubts.items()},
            "seconds": self.seconds,
            "error": self.error,
            "notes": list(self.notes),
            "page_ranges": [list(each) for each in self.page_ranges],
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The reverse of `as_json`; raises KeyError, TypeError or ValueError on anything else."""
        known = {name: value for name, value in plain.items() if name != "review_fields"}
        doubts = {name: tuple(Cause(**each) for each in causes) for name, causes in plain["doubts"].items()}
        ranges = [(first, last) for first, last in plain["page_ranges"]]
        read = NoticeFields.from_json(plain["fields"])
        return cls(**{**known, "fields": read, "doubts": doubts, "page_ranges": ranges})

    def known_values(self) -> Iterator[KnownValue]:
        """What redaction has to mask: names, SSN, numbers, the amount, and the address with its ZIP code."""
        return self.fields.known_values()

    def __repr__(self) -> str:
        return f"Reading(outcome={self.outcome!r}, error={self.error!r})"
