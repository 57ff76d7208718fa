"""Copying the CRM's cases into the case index: what is new, what is old there, and who left.

A case is read by one call and kept at once, so that a sync that was stopped continues where it was. Cases
that were read within the last weeks are not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from mailroom.crm.base import CaseSource
from mailroom.errors import ConfigError
from mailroom.ledger.case_index import IndexEntry
from mailroom.matching.case_index import make_entry
from mailroom.run.reasons import count_noun

# Names and addresses change: a case that was read longer ago is read again.
READ_AGAIN_AFTER = timedelta(days=30)
CASES_AT_ONCE = 100
THREADS = 8


class SyncedIndex(Protocol):
    """The part of the ledger that a sync works on."""

    def list_to_sync(self, numbers: Collection[str], before: datetime) -> list[str]:
        """Return those of these case numbers that no sync has seen since ``before``."""
        ...

    def add_to_index(self, entries: Sequence[IndexEntry]) -> None:
        """Put cases into the index; one that is in it already is replaced."""
        ...

    def finish_sync(self, numbers: Collection[str]) -> int:
        """Drop the synced cases that are not among these numbers; return how many went."""
        ...


@dataclass(frozen=True)
class SyncResult:
    """How many cases were listed, read, have no SSN, and left the index.

    ``unlisted``: the statuses that the CRM did not list.
    """

    listed: int
    read: int
    without_ssn: int
    left: int
    unlisted: tuple[int, ...] = ()

    def describe(self) -> str:
        """What was done, in a line or two."""
        lines = [
            f"{count_noun(self.listed, 'case')} listed, {self.read} read, {self.left} removed from the case index.",
        ]
        if self.without_ssn:
            lines.append(
                f"{self.without_ssn} of those read have no SSN, so only a person can match a notice to them."
            )
        if self.unlisted:
            lines.append(
                f"Logiqs did not list status {', '.join(map(str, self.unlisted))}, so no case was removed from the index."
            )
        return "\n".join(lines)


def sync_cases(
    source: CaseSource,
    index: SyncedIndex,
    statuses: Sequence[int],
    check_stop: Callable[[], None],
    tell: Callable[[str], None] = lambda _line: None,
) -> SyncResult:
    """Copy the cases with these statuses into the index.

    Args:
        source: the CRM.
        index: the ledger.
        statuses: numbers of the CRM's statuses.
        check_stop: raises when a person asked to stop; what was read is kept.
        tell: gets a line for a person while it works.

    Raises:
        ConfigError: the CRM lists no cases, or rejects the key.
        Transient, RunStop: the CRM does not answer, or a person stopped it; the next sync continues.
    """
    found = {status: source.list_case_ids(status) for status in statuses}
    unlisted = tuple(status for status, numbers in found.items() if numbers is None)
    if len(unlisted) == len(found):
        raise _make_not_listed_error()
    listed = list(dict.fromkeys(str(one) for numbers in found.values() for one in numbers or ()))
    to_read = index.list_to_sync(listed, datetime.now(UTC) - READ_AGAIN_AFTER)
    tell(f"{count_noun(len(listed), 'case')} listed, {len(to_read)} to read.")
    gone, without_ssn = set[str](), 0
    with ThreadPoolExecutor(THREADS) as threads:
        for start in range(0, len(to_read), CASES_AT_ONCE):
            check_stop()
            numbers = to_read[start : start + CASES_AT_ONCE]
            cases = dict(zip(numbers, threads.map(source.get_case, map(int, numbers)), strict=True))
            index.add_to_index([make_entry(case) for case in cases.values() if case is not None])
            gone.update(number for number, case in cases.items() if case is None)
            without_ssn += sum(
                case is not None and not (case.ssn or case.spouse_ssn) for case in cases.values()
            )
    kept = [number for number in listed if number not in gone]
    left = 0 if unlisted else index.finish_sync(kept)
    return SyncResult(len(listed), len(to_read) - len(gone), without_ssn, left, unlisted)


def _make_not_listed_error() -> ConfigError:
    return ConfigError(
        "cases_not_listed",
        what="This Logiqs tenant does not list its cases by status (Case/GetCasesByStatus).",
        fix="Check MAILROOM_LOGIQS__CASE_STATUSES; or export your cases as CSV: mailroom cases import FILE.csv.",
    )
