"""Deliveries on a real ledger to a CRM of tests, at a time that the test sets."""

import socket
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from mailroom.config.settings import Settings, load_settings
from mailroom.crm.base import Case, Crm
from mailroom.delivery import Delivered, Delivery, Officers
from mailroom.drive import ListedFile
from mailroom.ledger import Ledger, Step, make_holder, open_ledger
from mailroom.notices import NoticeFields, Reading
from mailroom.run.progress import Progress

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIELDS = NoticeFields(
    notice_type="CP2000", tax_year=2023, response_due_date=date(2026, 12, 20), last_name="SMITH"
)
READING = Reading("extract", FIELDS)
CASE = Case(41, "John", "Smith", officer_id=7)
HOLDER = make_holder("run")
ELSEWHERE = "another-machine:7:7:run"
DEAD = f"{socket.gethostname()}:999999:1:an-earlier-run"
# Longer than a server may still work on a write that its caller gave up.
SETTLED = timedelta(minutes=6)
STEPS: tuple[Step, ...] = ("document", "task")


class Records(Protocol):
    """What a CRM of tests holds."""

    @property
    def documents(self) -> Sized:
        """The documents that the CRM has got."""
        ...

    @property
    def tasks(self) -> Sized:
        """The tasks that the CRM has got."""
        ...


class Deliveries:
    """Makes a new `Delivery` for each document, as a later run does."""

    def __init__(self, ledger: Ledger, settings: Settings, pdf: Path, crm: Crm, records: Records) -> None:
        self.ledger, self.settings, self.pdf, self.crm, self.records = ledger, settings, pdf, crm, records
        self.now, self.progress, self.officers = NOW, Progress(), Officers()
        ledger._clock = lambda: self.now

    def deliver(
        self,
        file_id: str = "file",
        *,
        case: Case = CASE,
        dry_run: bool = False,
        sha256: str = "ab" * 32,
        holder: str = HOLDER,
        reading: Reading = READING,
    ) -> Delivered:
        """Deliver with a new `Delivery`."""
        delivery = Delivery(
            self.ledger,
            self.crm,
            self.settings,
            dry_run=dry_run,
            count_stage=self.progress.count_stage,
            officers=self.officers,
            clock=lambda: self.now,
        )
        return delivery.deliver(file_id, holder, self.pdf, sha256, reading, case)

    def wait(self, by: timedelta = SETTLED) -> None:
        """Time passes; the claims of this process are renewed."""
        self.now += by
        for name in ("file", "copy"):
            assert self.ledger.renew_claim(name, HOLDER, 600)

    def count_sent(self) -> tuple[int, int]:
        """How many documents and tasks the CRM holds."""
        return len(self.records.documents), len(self.records.tasks)

    def count_reported(self) -> tuple[int, int]:
        """How many documents and tasks the run says that it sent."""
        stages = self.progress.snapshot().stages
        return stages["uploaded"], stages["tasks_created"]

    def marker(self) -> str:
        """The marker of the usual bytes in the usual case."""
        return self.ledger.make_marker("ab" * 32, 41)

    def confirm_earlier_delivery(self) -> str:
        """A delivery that was confirmed yesterday; its marker, which a CRM that shows activities shows."""
        marker = self.ledger.make_marker("cd" * 32, 41)
        self.now -= timedelta(days=1)
        self.ledger.begin_delivery(marker, "earlier", HOLDER, 41, "cd" * 32, 600)
        for step in STEPS:
            self.ledger.confirm(marker, step, 1)
        self.ledger.end_delivery(marker, "matched", "earlier", HOLDER)
        self.now += timedelta(days=1)
        return marker


@contextmanager
def open_deliveries(tmp_path: Path, crm: Crm, records: Records) -> Iterator[Deliveries]:
    """Deliveries on a ledger in which two files are claimed by this process."""
    pdf = tmp_path / "opaque"
    pdf.write_bytes(b"%PDF made up")
    settings = load_settings(state_dir=tmp_path / "state")
    with open_ledger(settings) as ledger:
        ledger.add_folders("run", ["inbox"])
        files = [ListedFile(name, "inbox", 9, None, NOW) for name in ("file", "copy")]
        ledger.record_page("run", "inbox", files, None)
        for name in ("file", "copy"):
            assert ledger.claim(name, HOLDER, 600)
        yield Deliveries(ledger, settings, pdf, crm, records)
