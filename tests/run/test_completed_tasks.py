"""Deadlines whose tasks are completed in the CRM are closed, by the markers in a report of activities."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mailroom.call_retries import RetryPolicy
from mailroom.config.settings import load_settings
from mailroom.crm.base import Activity, NotOffered, RightMissing
from mailroom.crm.connection import CrmConnection
from mailroom.delivery.marker import mark_step
from mailroom.drive import ListedFile
from mailroom.errors import ConfigError, RunStop, Transient
from mailroom.ledger import DueKind, FileDecision, Ledger, NoticeRecord, open_ledger
from mailroom.privacy.client_data import Private
from mailroom.run.completed_tasks import close_completed_deadlines
from mailroom.run.context import RunContext
from mailroom.run.options import RunOptions

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ME = "me"


@dataclass
class Report:
    """Subjects of completed tasks by the day; ``faults`` are raised by the next calls."""

    subjects: dict[date, list[str]] = field(default_factory=dict)
    asked: list[tuple[date, date]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def list_completed_tasks(self, first: date, last: date) -> list[Activity] | None:
        """What was completed on these days."""
        self.asked.append((first, last))
        if self.faults:
            raise self.faults.pop(0)
        return [
            Activity(Private(f"Task Completed ({text})"))
            for day, texts in self.subjects.items()
            if first <= day <= last
            for text in texts
        ]


@dataclass
class Filed:
    """A ledger with files that were filed, and the time."""

    ledger: Ledger
    now: datetime = NOW

    def file(self, name: str, due_kind: DueKind = DueKind.PRINTED) -> str:
        """A run files a notice; the subject of its task."""
        notice = NoticeRecord("CP2000", TODAY + timedelta(days=20), due_kind)
        self.ledger.record_page("run", "inbox", [ListedFile(name, "inbox", 9, "md5", self.now)], None)
        assert self.ledger.claim(name, ME, 600)
        marker = self.ledger.make_marker(name, 41)
        self.ledger.begin_delivery(marker, name, ME, 41, name, 600)
        self.ledger.confirm(marker, "document", 901)
        self.ledger.confirm(marker, "task", 701)
        self.ledger.end_delivery(marker, "matched", name, ME)
        self.ledger.record_decision(
            name, ME, FileDecision("matched", "matched", "matched", sha256=name, notice=notice)
        )
        self.ledger.finish(name, ME)
        return f"IRS CP2000: respond by … ({mark_step(marker, 'task')})"

    def close(self, report: Report, **more: Any) -> list[str]:
        """A run asks the report; the files whose deadlines are open afterwards."""
        close_completed_deadlines(self.ledger, report, self.now, **more)
        return [one.file_id for one in self.ledger.list_deadlines()]


@pytest.fixture
def filed(tmp_path: Path) -> Iterator[Filed]:
    """A ledger without files."""
    with open_ledger(load_settings(state_dir=tmp_path / "state")) as ledger:
        made = Filed(ledger)
        ledger._clock = lambda: made.now
        ledger.add_folders("run", ["inbox"])
        yield made


def test_a_completed_task_closes_its_deadline(filed: Filed) -> None:
    """Also one that was created while its document was in doubt; others stay open."""
    one, two = filed.file("one"), filed.file("two")
    filed.file("three")
    report = Report({TODAY: [one, two.replace("-T)", "-U)"), "Call the client", "(MR-)"]})
    assert filed.close(report) == ["three"]
    closing = filed.ledger.close_deadline("one", answered_by=None)  # type: ignore[arg-type]
    assert closing is not None
    assert (closing.is_new, closing.answered_by) == (False, "crm")


def test_a_date_that_ends_a_right_is_a_persons(filed: Filed, caplog: pytest.LogCaptureFixture) -> None:
    """A task may be completed without the petition; the log counts it and names nobody."""
    subject = filed.file("one", DueKind.FIXED)
    other = filed.file("two")
    with caplog.at_level(logging.INFO, "mailroom.run.completed_tasks"):
        assert filed.close(Report({TODAY: [subject, other]})) == ["one"]
    assert [record.message for record in caplog.records] == [
        "Completed in Logiqs: 1 deadline closed. 1 other cannot be extended, so only a person closes them."
    ]


def test_a_task_of_the_wrong_case_answers_nothing(filed: Filed) -> None:
    """A retraction says to close it, and has a task of its own."""
    subject = filed.file("one")
    marker = filed.ledger.make_marker("one", 41)
    filed.ledger.record_retraction(marker)
    own = filed.ledger.make_marker("retract", 41)
    filed.ledger.begin_delivery(own, "one", ME, 41, "retract", 600)
    filed.ledger.confirm(own, "task", 702)
    filed.ledger.end_delivery(own, "matched", "one", ME)
    report = Report({TODAY: [subject, f"Remove document 901 ({mark_step(own, 'task')})"]})
    assert filed.close(report) == ["one"]


def test_each_day_is_asked_for_once_and_the_last_one_again(filed: Filed) -> None:
    """From the day of the oldest deadline on; after a break from the day where it stopped."""
    filed.file("one")
    filed.now += timedelta(days=2)
    report = Report()
    filed.close(report)
    days = [TODAY + timedelta(days=number) for number in range(4)]
    assert report.asked == list(pairwise(days))
    report.asked.clear()
    filed.now += timedelta(days=1)
    report.faults = [Transient("logiqs_503")]
    filed.close(report)
    filed.close(report)
    assert [first for first, _last in report.asked] == [days[2], days[2], days[3]]


def test_without_a_deadline_to_close_nothing_is_asked(filed: Filed) -> None:
    """A right that ends is no such deadline."""
    report = Report()
    assert filed.close(report) == []
    filed.file("one", DueKind.FIXED)
    assert filed.close(report) == ["one"]
    assert report.asked == []


def test_after_a_long_break_a_month_is_asked_for(filed: Filed) -> None:
    """The quota is for filing; a clock that was ahead does not stop it for good."""
    filed.file("one")
    report = Report()
    filed.now += timedelta(days=200)
    filed.close(report)
    assert len(report.asked) == 32
    report.asked.clear()
    filed.now -= timedelta(days=150)
    filed.close(report)
    assert len(report.asked) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (NotOffered("no_report_route"), "has no activity report"),
        (RightMissing("logiqs_scope_missing", what="w", fix="f"), "no permission for the activity report"),
        (ConfigError("logiqs_url", what="Wrong address.", fix="Correct it."), "was not read. Wrong address."),
        (Transient("logiqs_503"), "was not read (Logiqs answered with HTTP status 503)"),
    ],
    ids=repr,
)
def test_a_report_that_is_not_there_is_said_in_a_line(
    filed: Filed, caplog: pytest.LogCaptureFixture, fault: Exception, words: str
) -> None:
    """The run goes on."""
    filed.file("one")
    report = Report(faults=[fault])
    with caplog.at_level(logging.WARNING, "mailroom.run.completed_tasks"):
        assert filed.close(report) == ["one"]
    [record] = caplog.records
    assert words in record.message
    assert len(report.asked) == 1


def test_a_stop_keeps_what_was_read(filed: Filed) -> None:
    """The next run goes on with the day that is left."""
    filed.file("one")
    filed.now += timedelta(days=1)
    report, stops = Report(), iter([False, True])

    def stop() -> None:
        if next(stops):
            raise RunStop("stopped")

    with pytest.raises(RunStop):
        filed.close(report, check_stop=stop)
    filed.close(report)
    assert [first for first, _last in report.asked] == [TODAY, TODAY, TODAY + timedelta(days=1)]


@pytest.mark.parametrize(
    ("address", "dry_run", "asks"),
    [("office@firm.example", False, True), ("office@firm.example", True, False), (None, False, False)],
)
def test_only_a_real_run_with_an_address_asks(
    filed: Filed, address: str | None, dry_run: bool, asks: bool
) -> None:
    """The call asks for an address, and a rehearsal remembers nothing."""
    filed.file("one")
    report = Report()
    settings = load_settings(logiqs={"report_email": address})
    with CrmConnection(settings, lambda _seconds: None) as connection:
        vars(connection)["make_task_source"] = lambda _policy: report
        run = SimpleNamespace(
            crm_connection=connection,
            options=RunOptions(dry_run=dry_run),
            ledger=filed.ledger,
            started=filed.now,
            limits=SimpleNamespace(check=lambda: None),
            _retry_policy=lambda: RetryPolicy(()),
        )
        RunContext.close_completed_deadlines(cast("RunContext", run))
    assert bool(report.asked) is asks
