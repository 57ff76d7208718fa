"""Cases for the ledger's case index, and a `CaseFinder` over it: no call to the CRM, no service needed.

A case is found by the last four digits of each SSN; one without any SSN by its surname and first name
instead. The answer holds every case that `mailroom.matching.decision` may want to weigh: those whose surname
or first name is like the one that is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import Enum, auto
from itertools import islice
from typing import Protocol

from rapidfuzz import fuzz

from mailroom.crm.base import Case, Crm, MatchAnswer, merge_records
from mailroom.ledger.case_index import ImportResult, IndexEntry
from mailroom.matching.decision import Decision, judge, needs_settling
from mailroom.matching.evidence import compare_surname, fold_confused, list_ssns
from mailroom.matching.surnames import normalize_name
from mailroom.notices import Reading

# Two surnames whose score is lower have nothing in common.
ALIKE = 60.0
CASES_AT_ONCE = 2000
LAST_FOUR, SURNAME = "last four", "surname"


class Index(Protocol):
    """The part of the ledger that is searched."""

    def find_in_index(self, text: str) -> list[str]:
        """Return the records that are found by this text."""
        ...


def make_entry(case: Case) -> IndexEntry:
    """Return the case as the ledger's index takes it."""
    values = {name: value for name, value in asdict(case).items() if value not in (None, False)}
    return IndexEntry(
        str(case.case_id), json.dumps(values, separators=(",", ":")), frozenset(_list_texts(case))
    )


def _list_texts(case: Case) -> Iterator[str]:
    ssns = list_ssns(case)
    yield from (f"{LAST_FOUR} {one[-4:]}" for one in ssns)
    if not ssns:
        for first, last in (
            (case.first_name, case.last_name),
            (case.spouse_first_name, case.spouse_last_name or case.last_name),
        ):
            if first and last:
                yield _name_text(first, last)


def _name_text(first: str, last: str) -> str:
    """Return what a case without an SSN is found by; spaces and what OCR confuses do not count."""
    given = normalize_name(first).split()[:1]
    return f"{SURNAME} {fold_confused(normalize_name(last).replace(' ', ''))} {fold_confused(''.join(given))}"


@dataclass(frozen=True)
class IndexFinder:
    """A `mailroom.crm.base.CaseFinder` over the ledger's case index."""

    index: Index

    def match(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        """Return the cases that may be meant; ``found`` when a surname compares with the one asked for."""
        # As on a line: the first one is not part of a surname.
        words = [first_name or "", *last_name.split()]
        seen = [
            (case, _compare_persons(words, first_name, case))
            for case in self._find(f"{LAST_FOUR} {ssn_last4}")
        ]
        cases = [case for case, alike in seen if alike]
        found = any(alike is Alike.SURNAME for _, alike in seen)
        if not found and first_name:
            # Without an SSN only a person can tell; they are not called found.
            cases += self._find(_name_text(first_name, last_name))
        return MatchAnswer(found, merge_records(cases))

    def _find(self, text: str) -> tuple[Case, ...]:
        # An import and a sync may both know a case.
        return merge_records(
            Case(**json.loads(record), indexed=True) for record in self.index.find_in_index(text)
        )


def confirm_case(reading: Reading, decision: Decision, crm: Crm) -> Decision:
    """Return the decision about a case that only the index knows, now that the CRM was asked for it.

    The CRM's names count, and the SSN of the index where the CRM tells none.

    Raises:
        Transient, RunStop, ConfigError: the CRM does not answer.
    """
    if decision.case is None or not decision.case.indexed:
        return decision
    known = crm.get_case(decision.case.case_id)
    if known is None:
        return Decision("review", "case_not_in_crm")
    fields = reading.fields
    last4 = fields.ssn_last4 or (fields.ssn or "")[-4:]
    answer = MatchAnswer(found=True, cases=(known.merge(decision.case),))
    return judge(fields, last4, answer, needs_settling=needs_settling(reading))


class Alike(Enum):
    """What of a person is like what is asked for."""

    SURNAME = auto()
    SOMETHING = auto()


def _compare_persons(words: list[str], first_name: str | None, case: Case) -> Alike | None:
    """Return how like the case's persons are to a surname and first name; None: not at all."""
    lasts = {case.last_name or "", case.spouse_last_name or ""} - {""}
    if any(compare_surname(words, last) for last in lasts):
        return Alike.SURNAME
    given = [
        normalize_name(first).split()[:1] for first in (case.first_name, case.spouse_first_name) if first
    ]
    if first_name and any(one and fold_confused(one[0]) == fold_confused(first_name) for one in given):
        return Alike.SOMETHING
    joined = "".join(words[1:])
    near = (fuzz.ratio(joined, normalize_name(last).replace(" ", "")) >= ALIKE for last in lasts)
    return Alike.SOMETHING if any(near) else None


class WritableIndex(Index, Protocol):
    """The part of the ledger that an import writes."""

    def begin_import(self) -> int:
        """Begin an import, and return its number."""
        ...

    def add_to_index(self, entries: Sequence[IndexEntry], generation: int) -> None:
        """Put cases into the import."""
        ...

    def finish_import(self, generation: int, cases: int) -> ImportResult:
        """Let the import replace the one before."""
        ...


def import_cases(index: WritableIndex, cases: Iterable[Case]) -> ImportResult:
    """Put the cases into the index instead of those of the import before; memory does not grow with them.

    Raises:
        ConfigError: a case cannot be read; the index is as it was before.
    """
    generation, total = index.begin_import(), 0
    entries = map(make_entry, cases)
    while some := list(islice(entries, CASES_AT_ONCE)):
        index.add_to_index(some, generation)
        total += len(some)
    return index.finish_import(generation, total)
