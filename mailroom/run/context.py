"""What one run works with, opened once at its start and closed once at its end.

Settings, ledger, scratch, reading processes, connections and meters. Tasks get at it by the run's id, so
that nothing but ids crosses their boundary. Decides nothing about files.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Self

from mailroom.call_retries import RetryPolicy, list_delays
from mailroom.config.settings import Settings
from mailroom.crm.base import Crm
from mailroom.crm.connection import CrmConnection
from mailroom.delivery import Delivery, Officers
from mailroom.drive import DriveClient, DriveConnection
from mailroom.drive.connection import make_circuit
from mailroom.drive.faults import MOVE_FORBIDDEN
from mailroom.drive.outcome_folders import Folders, explain_refused_moves, find_folders, hold_files
from mailroom.ledger import Ledger, make_holder, open_ledger
from mailroom.ledger.inspection import open_register
from mailroom.matching.case_index import IndexFinder
from mailroom.notices import ReaderPool
from mailroom.notices.vocabulary.letter_types import choose_filed_types
from mailroom.privacy.scratch import Scratch
from mailroom.rate_limit import CallMeter, QuotaPortion, RetryAfter, Slots, TokenBucket
from mailroom.run.batch_plan import BatchPlan
from mailroom.run.completed_tasks import close_completed_deadlines
from mailroom.run.drive_record import DriveRecord, check_for_another
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.head_start import HeadStart
from mailroom.run.lease import Registration, requesting_lease
from mailroom.run.limits import RunLimits
from mailroom.run.listing import FolderLister
from mailroom.run.moved_items import close_moved_items
from mailroom.run.options import RunOptions
from mailroom.run.progress import Phase, Progress
from mailroom.run.registration import RegisteringCrm

if TYPE_CHECKING:
    from mailroom.run.early_checks import EarlyChecks
    from mailroom.run.review_exchange import TakenList

log = logging.getLogger(__name__)

NEW_LEDGER = (
    "The ledger is new, but the outcome folders already contain files. If another ledger knows them, stop this run and set "
    "MAILROOM_STATE_DIR or MAILROOM_LEDGER_URL to that one; otherwise documents may be filed twice."
)


@dataclass
class RunContext:
    """Everything that the batches of one run share. Open it with `RunContext.open`; it is a context
    manager.
    """

    run_id: str
    settings: Settings
    options: RunOptions
    ledger: Ledger
    scratch: Scratch
    readers: ReaderPool
    drive_connection: DriveConnection
    crm_connection: CrmConnection
    closing: ExitStack
    drive_meter: CallMeter
    drive_bucket: TokenBucket
    limits: RunLimits
    portion: QuotaPortion
    early: EarlyChecks | None = None
    index: IndexFinder | None = None
    tell: Callable[[str], None] = lambda _line: None
    progress: Progress = field(default_factory=Progress)
    officers: Officers = field(default_factory=Officers)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    folders: Folders | None = None
    scan_complete: bool = True
    refused_folders: set[str] = field(default_factory=set)
    held_files: set[str] = field(default_factory=set)
    waiting_files: set[str] = field(default_factory=set)
    skipped_files: set[str] = field(default_factory=set)
    listed: datetime = field(default_factory=lambda: datetime.now(UTC))
    taken: TakenList | None = None
    record: DriveRecord | None = None
    # Of all reading processes of its parts, with a file or without.
    reader_seconds: float = 0.0

    @classmethod
    def open(
        cls,
        run_id: str,
        settings: Settings,
        options: RunOptions,
        *,
        head_start: HeadStart | None = None,
        stop: threading.Event | None = None,
        on_wait: Callable[[str], None] = lambda _line: None,
        register: Registration | None = None,
    ) -> Self:
        """Open ledger, scratch, connections and reading processes, when no other run is active on the ledger.

        Args:
            run_id: the flow run's id.
            settings: those of the systems that the run works on.
            options: what a person asked for.
            head_start: what was done before; default: nothing.
            stop: is set when a person asks the run to stop; default: nobody can.
            on_wait: gets a line for a person when the run waits for another one, and one about a new ledger
                whose outcome folders hold files.
            register: what registers on the ledger; default: as `requesting_lease`, without a name.

        Raises:
            ConfigError: one of them cannot be opened; what was opened before is closed again.
            RunStop: another run is active and this one may not wait, or a person stopped it.
        """
        start = head_start or HeadStart()

        def tell(line: str) -> None:
            if start.early is not None:
                # Another run may change what was asked.
                start.early.forget()
            on_wait(line)

        limits = RunLimits(settings.run_hours, stop or threading.Event())
        with ExitStack() as closing:
            scratch = closing.enter_context(Scratch(settings.scratch_dir))
            ledger, real_ledger = _open_ledgers(settings, scratch if options.dry_run else None, closing)
            portion = QuotaPortion()
            if real_ledger is not None:
                # A stop of the run ends its waits for the ledger's server too.
                real_ledger.absence.sleep = limits.sleep
                holding = (register or requesting_lease(run_id, options))(real_ledger, limits, tell)
                portion = closing.enter_context(holding)
            limits.begin()
            ledger.free_dead_claims()
            crm_connection = closing.enter_context(
                CrmConnection(settings, limits.sleep, portion, start.is_alone, start.crm_meter)
            )
            readers = closing.enter_context(_make_readers(settings))
            if not hands_out(settings, options) or register is not None:
                readers.start()
            closing.enter_context(limits.when_stopped(readers.give_up))
            return cls(
                run_id=run_id,
                settings=settings,
                options=options,
                ledger=ledger,
                scratch=scratch,
                readers=readers,
                drive_connection=DriveConnection(settings.drive, make_circuit(limits.sleep)),
                crm_connection=crm_connection,
                closing=closing.pop_all(),
                drive_meter=start.drive_meter,
                drive_bucket=_make_drive_bucket(settings, start, portion, limits),
                limits=limits,
                portion=portion,
                early=start.early,
                index=IndexFinder(real_ledger) if real_ledger is not None else None,
                tell=on_wait,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.close()

    def preflight(self) -> None:
        """Make sure that both systems answer and the folders are there; takes one slot's share of each.

        Raises:
            ConfigError: credentials rejected, a folder unknown or not shared.
            Transient: a system does not answer.
        """
        self.progress.enter(Phase.CHECKING)
        drive = self.drive_client()
        inboxes = self.options.inboxes or [self.settings.drive.inbox_id or ""]
        known = self.early.get_folders() if self.early else None
        self.folders = find_folders(
            drive, self.settings.drive, inboxes, create=not self.options.dry_run, known=known
        )
        if not self.options.dry_run:
            self.record = self._make_record(self.folders)
        is_new = not (self.options.dry_run or self.ledger.has_history())
        if is_new:
            check_for_another(self.ledger, self.folders.properties)
        if is_new and hold_files(drive, self.folders):
            log.warning("%s", NEW_LEDGER)
            self.tell(NEW_LEDGER)
            if self.settings.ledger_key:
                # The key is from a setting, and may be older than this new ledger.
                self.ledger.note_gap()
        if not (self.early and self.early.has_crm_answered()):
            self.crm_client().check()
        self.crm_connection.check_tenant(self.ledger)
        self.ledger.add_folders(self.run_id, self.folders.inboxes)
        if self.record is not None:
            self.closing.enter_context(self.record.telling(drive, self.folders.properties))
            close_moved_items(self.ledger, drive, self.folders.outcomes)
        self.progress.enter(Phase.LISTING)
        for meter in (self.drive_meter, self.crm_connection.meter):
            meter.begin_history()

    def take_decisions(self) -> None:
        """Store what people decided in the workbook of ``MAILROOM_LISTS_DIR``, if this is a real run."""
        if self.settings.lists_dir is not None and self.options.mode == "real":
            from mailroom.run.review_exchange import take_decisions  # noqa: PLC0415 - a spreadsheet's library is slow

            self.taken = take_decisions(self.settings.lists_dir, self.file_pipeline())

    def close_completed_deadlines(self) -> None:
        """Close deadlines whose tasks the CRM shows as completed, if that is set up; not in a dry run."""
        if self.crm_connection.tells_completed_tasks and not self.options.dry_run:
            source = self.crm_connection.make_task_source(self._retry_policy())
            close_completed_deadlines(self.ledger, source, self.started, self.limits.check)

    def put_list(self, today: date) -> None:
        """Replace that workbook by the files that wait now, if its decisions were stored."""
        if self.settings.lists_dir is not None and self.taken is not None:
            from mailroom.run.review_exchange import put_list  # noqa: PLC0415 - a spreadsheet's library is slow

            put_list(self.settings.lists_dir, self.ledger, self.taken, today)

    def _make_record(self, folders: Folders) -> DriveRecord:
        """Its calls are beside the slots."""
        bucket = TokenBucket(self.settings.drive.share, self.drive_meter)
        client = DriveClient(self.settings.drive, self.drive_connection, bucket, RetryPolicy(()))
        return DriveRecord(self.ledger, client, folders.outcomes["matched"])

    def has_begun(self) -> bool:
        """Whether preflight is under way or over: until then the run waits for its first slots."""
        return self.progress.phase is not Phase.STARTING

    @contextmanager
    def spending_slots(self, *, crm: bool) -> Iterator[None]:
        """Spend one more slot's share of Drive's quota within the block, and of the CRM's."""
        with self.drive_bucket.hold(), self.crm_connection.bucket.hold() if crm else nullcontext():
            yield

    def drive_client(self) -> DriveClient:
        """A client that spends what the slots of this process are worth."""
        return DriveClient(
            self.settings.drive,
            self.drive_connection,
            self.drive_bucket,
            self._retry_policy(),
            images=self.settings.read_images,
        )

    def crm_client(self) -> Crm:
        """A client that spends what the slots of this process are worth."""
        return self.crm_connection.make_client(self._retry_policy())

    def folder_lister(self) -> FolderLister:
        """What lists the folders of this run's inbox."""
        return FolderLister(
            self.ledger,
            self.progress,
            self.run_id,
            inboxes=frozenset(self.get_folders().inboxes),
            never=self.get_folders().never_read,
            refused=self.refused_folders,
            held=self.held_files,
            waiting=self.waiting_files,
            skipped=self.skipped_files,
            since=self.options.since,
            check_stop=self.limits.check,
        )

    @property
    def slots(self) -> int:
        """How many batches run side by side: each holds a slot of both APIs."""
        return min(self.settings.drive.slots, self.crm_connection.slots)

    def pick_up_files(self) -> BatchPlan:
        """Mark the files that this run picks up, now that the inbox is listed; return their batches."""
        self.listed = datetime.now(UTC)
        if self.options.lists_all and self.scan_complete and not (self.refused_folders or self.held_files):
            self.ledger.close_left_inbox(self.run_id)
        largest = self.settings.batch_size
        plan = BatchPlan(
            self.run_id, self.ledger, self.progress, self.limits, largest, self.slots, self._check_crm_again
        )
        plan.pick_up(self.options.limit)
        return plan

    def count_pending(self) -> int:
        """How many of the files picked up are still pending."""
        return self.ledger.count_outcomes(self.run_id)["pending"]

    def count_abandoned(self) -> int:
        """How many deliveries of files that left the inbox are unfinished; 0 after a partial listing."""
        return self.ledger.count_abandoned_deliveries(self.run_id) if self.options.lists_all else 0

    def check_moves(self) -> None:
        """Raise ConfigError when Drive refused all moves of the run: that is not about one file any more."""
        if self.progress.snapshot().stages["moved"]:
            return
        refused = sum(one.reason == MOVE_FORBIDDEN for one in self.ledger.list_results(self.run_id))
        if refused > 1:
            raise explain_refused_moves(self.get_folders(), self.drive_connection.share_with)

    def file_pipeline(self) -> FilePipeline:
        """The pipeline of one batch, under one slot of each API."""
        crm = RegisteringCrm(self.crm_client(), self.index)
        return FilePipeline(
            ledger=self.ledger,
            drive=self.drive_client(),
            crm=crm,
            delivery=Delivery(
                self.ledger,
                crm,
                self.settings,
                dry_run=self.options.dry_run,
                count_stage=self.progress.count_stage,
                officers=self.officers,
            ),
            readers=self.readers,
            scratch=self.scratch,
            folders=self.get_folders(),
            progress=self.progress,
            filed_types=choose_filed_types(self.settings.letter_types),
            holder=make_holder(self.run_id),
            dry_run=self.options.dry_run,
            listed=self.listed,
            check_stop=self.limits.check,
        )

    def _check_crm_again(self) -> None:
        """Raise if the CRM was down and is still down: one answered call is enough."""
        if self.crm_connection.is_down:
            self.crm_client().check()

    def get_folders(self) -> Folders:
        """The folders that preflight found."""
        assert self.folders is not None, "preflight must run first"  # noqa: S101 - a mistake of ours
        return self.folders

    def _retry_policy(self) -> RetryPolicy:
        delays = list_delays(self.settings.retries, self.settings.retry_delay)
        return RetryPolicy(delays, self.limits.sleep)


def hands_out(settings: Settings, options: RunOptions) -> bool:
    """Whether the run's files are filed by workers; a dry run has a ledger that only its process can read."""
    return settings.dispatch == "deployment" and options.mode == "real"


def _open_ledgers(
    settings: Settings, throw_away: Scratch | None, closing: ExitStack
) -> tuple[Ledger, Ledger | None]:
    """Return the ledger that a run works on, and the real one, if there is one already.

    A dry run works on one in ``throw_away``. It registers in the real one, and searches its case index.
    """
    ledger = closing.enter_context(open_ledger(settings, throw_away))
    if throw_away is None:
        return ledger, ledger
    real_ledger = open_register(settings)
    return ledger, closing.enter_context(real_ledger) if real_ledger is not None else None


def _make_drive_bucket(
    settings: Settings, start: HeadStart, portion: QuotaPortion, limits: RunLimits
) -> TokenBucket:
    return TokenBucket(
        settings.drive.calls_per_second,
        start.drive_meter,
        slots=Slots(settings.drive.slots, start.is_alone),
        pause=RetryAfter("Google Drive"),
        portion=portion,
        sleep=limits.sleep,
    )


def _make_readers(settings: Settings) -> ReaderPool:
    return ReaderPool(settings.readers, confidence=settings.reading_confidence, images=settings.read_images)
