"""The deadline of a notice is noted with the decision about its file, whatever that is."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mailroom.crm.base import MatchAnswer
from mailroom.delivery import Delivered
from mailroom.errors import Transient
from mailroom.ledger import DueKind
from mailroom.notices import Reading
from mailroom.run.file_decision import MOST_FAULT_HOURS
from tests.run.pipeline_bench import FIELDS, NOW, Bench

DATED = replace(FIELDS, tax_year=2023, response_due_date=date(2026, 12, 10))


def due_dates(bench: Bench) -> list[tuple[date, DueKind]]:
    """The open deadlines of the ledger."""
    return [(one.due, one.due_kind) for one in bench.ledger.list_deadlines()]


@pytest.mark.parametrize("outcome", ["matched", "unmatched", "review"])
def test_a_filed_or_reviewed_notice_has_its_deadline(bench: Bench, outcome: str) -> None:
    """Also one without a case, and one that nobody can be asked about."""
    bench.reader.reading = Reading("review" if outcome == "review" else "extract", DATED)
    if outcome == "unmatched":
        bench.cases.answer = MatchAnswer()
    assert bench.process() == outcome
    assert due_dates(bench) == [(date(2026, 12, 10), DueKind.PRINTED)]


def test_a_duplicate_has_none_of_its_own(bench: Bench) -> None:
    """Its original has it, and may be answered."""
    bench.reader.reading = Reading("extract", DATED)
    bench.sender.ends = Delivered("duplicate")
    assert bench.process() == "duplicate"
    assert due_dates(bench) == []


def test_a_file_that_holds_no_letter_has_none(bench: Bench) -> None:
    """It waits for a person anyway."""
    bench.reader.reading = Reading("rejected", error="encrypted")
    assert bench.process() == "review"
    assert due_dates(bench) == []
    assert [one.reason for one in bench.ledger.list_open_items()] == ["encrypted"]


def test_a_delivery_that_stays_in_doubt_does_not_lose_the_deadline(bench: Bench) -> None:
    """After its last try a person gets the file, and the date."""
    bench.reader.reading = Reading("extract", DATED)
    bench.fail_at("deliver", Transient("document_in_doubt"))
    hours = iter(range(100))
    bench.ledger._clock = lambda: NOW + timedelta(hours=next(hours))
    for _ in range(MOST_FAULT_HOURS - 1):
        assert bench.process() == "pending"
        assert due_dates(bench) == []
        bench.list_file()
    bench.process()
    assert bench.told() == ("review", "delivery_unclear")
    assert due_dates(bench) == [(date(2026, 12, 10), DueKind.PRINTED)]
