"""What leaves the reader: the fields of a notice, and the reading that carries them.

Plain values without behaviour; finding them is the other modules' work. A field that was not read is None:
a wrong value is worse than none. Everything in here is client data: `ClientData` says what that means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Literal, Self

from mailroom.privacy.client_data import ClientData, KnownValue

Outcome = Literal["extract", "not_cp2000", "unreadable", "rejected", "review"]


@dataclass(frozen=True, repr=False)
class NoticeFields(ClientData):
    """The fields by their outside names; dollars as float (a refund is negative), None where not read."""

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
        for name in DATES:
            value = plain[name]
            plain[name] = value.isoformat() if value else None
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The reverse of `as_json`; raises TypeError or ValueError on anything else."""
        known = dict(plain)
        known["taxpayer_names"] = known.get("taxpayer_names") or []
        for name in DATES:
            known[name] = date.fromisoformat(known[name]) if known.get(name) else None
        return cls(**known)

    def known_values(self) -> Iterator[KnownValue]:
        """Names, SSN, address, control number and amount: what redaction is to mask."""
        for name in (self.name_line, *self.taxpayer_names, self.last_name, self.spouse_last_name):
            if name:
                yield KnownValue("name", name)
        if self.ssn:
            yield KnownValue("ssn", self.ssn)
        if self.address:
            yield KnownValue("address", f"{self.address} {self.zip or ''}")
        for number in (self.aur_control_number, self.zip):
            if number:
                yield KnownValue("number", number)
        if self.amount_due:
            yield KnownValue("amount", str(self.amount_due))


DATES = ("notice_date", "response_due_date")
FIELD_NAMES = tuple(each.name for each in fields(NoticeFields))


@dataclass(frozen=True, repr=False)
class Reading(ClientData):
    """What was read in one file.

    ``outcome``: "extract" (a CP2000 was read), "review" (a CP2000 whose key, surname or SSN's last four, is
    missing or in doubt), "not_cp2000" (another letter, then with its ``notice_type``, or another document),
    "unreadable" (no text that can be trusted), "rejected" (not a PDF, locked, broken, over a limit).
    ``review_fields`` names the fields given with doubt, ``error`` is a code, ``seconds`` is wall-clock time.
    ``notes`` are codes of what the file holds besides its pages and nobody opened (`mailroom.notices.extras`).
    """

    outcome: Outcome
    fields: NoticeFields = field(default_factory=NoticeFields)
    needs_review: bool = False
    review_fields: list[str] = field(default_factory=list)
    error: str | None = None
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The reading as JSON takes it, in the order in which ``extract`` writes it."""
        return {
            "fields": self.fields.as_json(),
            "outcome": self.outcome,
            "needs_review": self.needs_review,
            "review_fields": list(self.review_fields),
            "seconds": self.seconds,
            "error": self.error,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The reverse of `as_json`; raises KeyError, TypeError or ValueError on anything else."""
        rest = {**plain, "fields": NoticeFields.from_json(plain["fields"])}
        return cls(**rest)

    def known_values(self) -> Iterator[KnownValue]:
        """Those of its fields."""
        return self.fields.known_values()

    def __repr__(self) -> str:
        return f"Reading(outcome={self.outcome!r}, error={self.error!r})"
