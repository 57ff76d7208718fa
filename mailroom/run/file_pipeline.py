"""A file's whole way: claim → download → read → match → deliver → record the decision → move → done.

One plain function for each file, called side by side by the threads of a batch. A fault stays with its file:
a transient one puts it back to pending, a permanent one gives it an outcome with a reason code. What stops
the whole run is raised to the batch. Nothing here knows of Prefect, of threads, or of what is shown on a
screen.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from mailroom.crm.base import Case, Crm
from mailroom.delivery import Delivery
from mailroom.drive import DriveClient
from mailroom.drive.faults import MOVE_FORBIDDEN, config_error
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import ConfigError, FileFault, ProgramFault, RunStop, Transient
from mailroom.ledger import LEASE_SECONDS, FileDecision, FileRow, Ledger
from mailroom.matching.decision import Decision, decide
from mailroom.notices import ReaderPool, Reading
from mailroom.privacy.error_boundary import sanitize_errors
from mailroom.privacy.redaction.client_values import CLIENT_VALUES
from mailroom.privacy.scratch import Scratch
from mailroom.run.progress import Progress
from mailroom.run.reasons import NOTES, WORDS

log = logging.getLogger(__name__)

# A fault of the file itself that persists after so many tries is for a person: with three retries of a batch,
# that is five runs.
OF_THE_FILE = {
    "download_corrupt": "download_corrupt",
    "document_in_doubt": "delivery_unclear",
    "task_in_doubt": "delivery_unclear",
}
TRIES = 20
# Drive will not serve the file tomorrow either, so a person has to look at it there.
NEVER_SERVED = ("cannot_download_abusive_file", "cannot_download_file", "file_not_downloadable")


@dataclass
class Stopwatch:
    """Seconds spent in each stage of one file."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to the stage, also when it raises."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - began, 3)


@dataclass(frozen=True)
class FilePipeline:
    """What a batch's threads work with; shared by them all, each part is safe for that."""

    ledger: Ledger
    drive: DriveClient
    crm: Crm
    delivery: Delivery
    readers: ReaderPool
    scratch: Scratch
    folders: Folders
    progress: Progress
    filed_types: frozenset[str]
    holder: str
    dry_run: bool
    check_stop: Callable[[], None]

    # What is read of its client is masked in every log, from the reading until the records are flushed.
    @CLIENT_VALUES.in_flight()
    def process(self, file_id: str) -> str | None:
        """Take one file all the way.

        Returns:
            Its outcome, ``"pending"`` when a transient fault put it back, None when it was not available
            (another run has it, or it is done).

        Raises:
            Transient: the ledger is unreachable; the file stays as it is there.
            RunStop, ConfigError: the run cannot continue; the file is pending again.
        """
        row = self.ledger.claim(file_id, self.holder, LEASE_SECONDS)
        if row is None:
            return None
        watch = Stopwatch()
        try:
            outcome = sanitize_errors(self._run_stages)(row, watch)
        except Transient as fault:
            self.ledger.release(file_id, self.holder, fault.code)
            return "pending"
        except (RunStop, ConfigError) as stop:
            self.ledger.release(file_id, self.holder, stop.code)
            raise
        except FileFault as fault:
            if fault.code == MOVE_FORBIDDEN:
                # Its decision stays, so that later runs try the move only.
                log.warning("File %s is decided, but %s.", row.id, WORDS[MOVE_FORBIDDEN])
                self.ledger.release(file_id, self.holder, fault.code)
            else:
                self.ledger.fail(file_id, self.holder, fault.code)
            outcome = "failed"
        except ProgramFault as fault:
            # It costs this file, not its neighbours.
            log.error("File %s: %s", row.id, fault)
            self.ledger.fail(file_id, self.holder, "internal_error")
            outcome = "failed"
        finally:
            self.ledger.record_seconds(file_id, watch.seconds)
        self.progress.count_outcome(outcome)
        return outcome

    def _run_stages(self, row: FileRow, watch: Stopwatch) -> str:
        """The way of a claimed file to its end; returns its outcome."""
        self.check_stop()
        decision = _restore_decision(row) or self._decide(row, watch)
        if decision.destination is not None:
            with watch.stage("move"):
                self._move(row, decision.destination)
        self.ledger.finish(row.id, self.holder)
        return decision.outcome

    def _decide(self, row: FileRow, watch: Stopwatch) -> FileDecision:
        """Decide the file's outcome, deliver what is to be delivered, and commit the decision."""
        if row.size == 0:
            decision = _send_to_review("empty_file")
        elif row.size > self.crm.largest_document:
            # Known from the listing, so nothing is downloaded without need.
            decision = _send_to_review("too_large_to_file")
        else:
            decision = self._file_or_give_up(row, watch)
        self.ledger.record_decision(row.id, self.holder, decision)
        return decision

    def _file_or_give_up(self, row: FileRow, watch: Stopwatch) -> FileDecision:
        try:
            with self.scratch.file() as path:
                return self._file_document(row, path, watch)
        except FileFault as fault:
            if fault.code not in NEVER_SERVED:
                raise
            return _send_to_review(fault.code)
        except Transient as fault:
            if fault.code not in OF_THE_FILE or row.attempts < TRIES:
                raise
            return _send_to_review(OF_THE_FILE[fault.code])

    def _file_document(self, row: FileRow, path: Path, watch: Stopwatch) -> FileDecision:
        """Download → read → match → deliver; the first of them that cannot continue decides."""
        with watch.stage("download"):
            sha256 = self._download(row, path)
        self.check_stop()
        with watch.stage("read"):
            reading = self._read(row, path)
        if (reason := find_reason_not_to_file(reading, self.filed_types)) is not None:
            return replace(_send_to_review(reason), sha256=sha256)
        self.check_stop()
        with watch.stage("match"):
            match = self._match(reading)
        if match.verdict != "matched" or match.case is None:
            return FileDecision(match.verdict, match.reason, match.verdict, sha256)
        self.check_stop()
        with watch.stage("deliver"):
            return replace(self._deliver(row, path, sha256, reading, match.case), sha256=sha256)

    def _download(self, row: FileRow, path: Path) -> str:
        sha256 = self.drive.download(row.id, row.size, row.md5, path)
        self.progress.count_stage("downloaded")
        return sha256

    def _read(self, row: FileRow, path: Path) -> Reading:
        reading = self.readers.read(path)
        self.progress.count_stage("read")
        if reading.notes:
            log.info("File %s: the PDF %s.", row.id, ", ".join(NOTES[note] for note in reading.notes))
        return reading

    def _match(self, reading: Reading) -> Decision:
        try:
            match = decide(reading, self.crm)
        except FileFault as refused:
            return Decision("review", refused.code)
        if match.verdict == "matched":
            self.progress.count_stage("matched")
        return match

    def _deliver(self, row: FileRow, path: Path, sha256: str, reading: Reading, case: Case) -> FileDecision:
        sent = self.delivery.deliver(row.id, self.holder, path, sha256, reading, case)
        if sent.status == "unclear":
            decision = _send_to_review("delivery_unclear")
        elif sent.status == "in_another_case":
            decision = _send_to_review("filed_in_another_case")
        elif sent.status == "duplicate":
            decision = FileDecision("duplicate", "same_document", sent.destination)
        else:
            decision = FileDecision("matched", "matched", "matched")
        return replace(decision, document_id=sent.document_id, task_id=sent.task_id)

    def _move(self, row: FileRow, destination: str) -> None:
        if self.dry_run:
            return
        if not self.ledger.renew_claim(row.id, self.holder, LEASE_SECONDS):
            raise Transient("claim_lost", file=row.id)
        folder = self.folders.get_folder(destination)
        moved = self.drive.move(row.id, row.parent_id, folder)
        if moved.is_in_trash:
            self.drive.move(row.id, folder, row.parent_id)
            raise config_error("folder_trashed", folder=folder)
        if row.md5 and moved.md5 and moved.md5.lower() != row.md5.lower():
            # Somebody replaced its content after the download; what it holds now was neither read nor filed.
            self.drive.move(row.id, folder, row.parent_id)
            self.ledger.read_again(row.id, self.holder, moved.size or 0, moved.md5)
            raise Transient("content_changed", file=row.id)
        self.progress.count_stage("moved")


def _restore_decision(row: FileRow) -> FileDecision | None:
    """The decision of an earlier run that was stopped before the move, which is all that is left to do."""
    return FileDecision(row.outcome, row.reason or "", row.destination) if row.outcome else None


def _send_to_review(reason: str) -> FileDecision:
    return FileDecision("review", reason, "review")


def find_reason_not_to_file(reading: Reading, filed_types: frozenset[str]) -> str | None:
    """The reason code why a person must look at this document, or None when it may be matched and filed."""
    kind = reading.fields.notice_type
    if reading.outcome in ("unreadable", "rejected"):
        return reading.error or reading.outcome
    if reading.outcome == "review":
        return reading.error or "doubtful_reading"
    if kind is None:
        return "other_document"
    if kind not in filed_types:
        return f"letter_{kind.lower().replace(' ', '_')}"
    return reading.error
