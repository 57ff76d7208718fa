"""What the generator returns: synthetic notices with their true values, their cases, a whole day.

Everybody in here is made up, but the values look like client data and are treated as such: no ``repr`` shows
a name or a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from mailroom.notices import fields
from mailroom.sandbox.generator.people import SyntheticCase

Made = tuple[bytes, dict[str, object]]
"""A file's bytes, and what a perfect reader returns for it."""

FIELDS = tuple(row.name for row in fields.FIELDS)
"""The names of the reader's fields."""


@dataclass(frozen=True, repr=False)
class SyntheticNotice:
    """A PDF (or a file that looks like one) and what a perfect reader would return for it.

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
        """Its path under the inbox; unlike the file name, it is unique within a day."""
        return f"{self.subfolder}/{self.filename}" if self.subfolder else self.filename


@dataclass(repr=False)
class SyntheticDay:
    """A day's mail, the firm's cases, and the expected outcome of each file by ``SyntheticNotice.path``.

    Of two files with the same bytes, whichever comes first is "matched" and the other "duplicate";
    ``expected`` calls the later one in the list the duplicate.
    """

    notices: list[SyntheticNotice] = field(default_factory=list)
    cases: list[SyntheticCase] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)


def make_random(*parts: object) -> Random:
    """Return a random source that gives the same numbers for the same parts, on every machine and Python."""
    return Random(":".join(str(part) for part in parts))  # noqa: S311  # synthetic paper, no secrets


def make_empty_truth(outcome: str, layout: str) -> dict[str, object]:
    """Return the true values of a file of which nothing can be read."""
    return {**dict.fromkeys(FIELDS), "outcome": outcome, "layout": layout}
