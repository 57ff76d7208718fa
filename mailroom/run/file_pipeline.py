"""A file's whole way: claim → download → read → match → deliver → record the decision → move → done.

One plain function for each file, called side by side by the threads of a batch. A fault stays with its file:
a transient one puts it back to pending, a permanent one gives it an outcome with a reason code. What stops
the whole run is raised to the batch. Nothing here knows of Prefect, of threads, or of what is shown on a
screen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailroom.crm.base import Case, Crm
from mailroom.delivery import Delivery
from mailroom.delivery.notice_record import make_notice_record
from mailroom.drive import DriveClient, faults
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import ConfigError, FileFault, Postponed, ProgramFault, RunStop, Transient
from mailroom.ledger import LEASE_SECONDS, FileDecision, FileRow, Ledger
from mailroom.ledger.decisions import NAMES_CASE, Action, PersonDecision
from mailroom.matching.case_index import confirm_case
from mailroom.matching.decision import Decision, decide, is_other_client
from mailroom.notices import ReaderPool, Reading
from mailroom.privacy.error_boundary import sanitize_errors
from mailroom.privacy.redaction.client_values import CLIENT_VALUES, register
from mailroom.privacy.scratch import Scratch
from mailroom.run.file_changes import UNCHANGED_FOR, FileChanges
from mailroom.run.file_decision import (
    GIVE_UP_REASONS,
    MOST_FAULT_HOURS,
    NEVER_SERVED,
    SAY_WHAT_IS_UNCLEAR,
    correct,
    decide_delivered,
    find_reason_not_to_file,
    restore_decision,
    send_to_review,
)
from mailroom.run.listing import FILLED_WITHIN
from mailroom.run.progress import Progress
from mailroom.run.reasons import NOTES, WORDS
from mailroom.run.stopwatch import Stopwatch

log = logging.getLogger(__name__)

# A file that is still being uploaded looks like one of these. It is tried again once unchanged for a minute.
INCOMPLETE = ("broken_pdf", "broken_image", "empty_file", "not_a_pdf")
STILL_WRITTEN = "still_written"
# If a batch starts later than this after the listing, it checks which of its files are still there.
LISTING_FRESH_FOR = timedelta(minutes=1)


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
    listed: datetime
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def find_missing(self, file_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these files a new listing no longer shows; none if the last listing is recent.

        Raises:
            Transient: Drive could not be read.
            RunStop, ConfigError: the run ends; no file of the batch is begun.
        """
        self.check_stop()
        if self.clock() - self.listed < LISTING_FRESH_FOR:
            return frozenset()
        files = self.ledger.list_undecided(file_ids)
        if not files:
            return frozenset()
        created = [file.created for file in files]
        try:
            present = self.drive.list_present({file.parent_id for file in files}, min(created), max(created))
        except FileFault:
            # A folder is gone; the download of each file in it shows what happened to the file.
            return frozenset()
        return frozenset(file.id for file in files) - present

    # What is read of its client is masked in every log, from the reading until the records are flushed.
    @CLIENT_VALUES.in_flight()
    def process(self, file_id: str, *, is_missing: bool = False) -> str | None:
        """Take one file all the way.

        Args:
            file_id: the file.
            is_missing: the folder does not show it any more.

        Returns:
            Its outcome, ``"pending"`` when a transient fault put it back, ``"postponed"`` when it has to be
            tried later, None when it was not available (another run has it, or it is done).

        Raises:
            Transient: the ledger is unreachable; the file stays as it is there.
            RunStop, ConfigError: the run cannot continue; the file is pending again.
        """
        row = self.ledger.claim(file_id, self.holder, LEASE_SECONDS)
        if row is None:
            return None
        watch, is_finished = Stopwatch(), False
        try:
            if is_missing:
                self._changes.check_present(row)
            outcome = sanitize_errors(self._run_stages)(row, watch)
            is_finished = True
        except Postponed as fault:
            self.ledger.postpone(file_id, self.holder, fault.code, fault.until)
            return "postponed"
        except Transient as fault:
            self.ledger.release(file_id, self.holder, fault.code)
            return "pending"
        except (RunStop, ConfigError) as stop:
            self.ledger.release(file_id, self.holder, stop.code)
            raise
        except FileFault as fault:
            if fault.code == faults.MOVE_FORBIDDEN:
                # Its decision stays, so that later runs try the move only.
                log.warning("File %s is decided, but %s.", row.id, WORDS[faults.MOVE_FORBIDDEN])
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
            if not is_finished:
                self.ledger.record_seconds(file_id, watch.seconds)
        self.progress.count_outcome(outcome)
        return outcome

    def _run_stages(self, row: FileRow, watch: Stopwatch) -> str:
        """The way of a claimed file to its end; returns its outcome."""
        self.check_stop()
        decision = restore_decision(row)
        if decision is None:
            decision = self._decide(row, watch)
        elif not self.ledger.renew_claim(row.id, self.holder, LEASE_SECONDS):
            raise Transient("claim_lost", file=row.id)
        if decision.destination is not None and not self.dry_run:
            with watch.stage("move"):
                self._changes.move_decided(row, decision)
        self.ledger.finish(row.id, self.holder, watch.seconds)
        if decision.destination is not None and not self.dry_run:
            # Counted when the ledger has it: until then another try may find the file in its folder again.
            self.progress.count_stage("moved")
        return decision.outcome

    def _decide(self, row: FileRow, watch: Stopwatch) -> FileDecision:
        """Decide the file's outcome, deliver what is to be delivered, and commit the decision."""
        if row.fault == STILL_WRITTEN:
            self._changes.check_content(row, self.drive.get_state(row.id))
        if row.size is None and (size := self.drive.get_state(row.id).size) is not None:
            row.size = size
        if row.size is None:
            raise Transient(faults.UNEXPECTED)
        if row.size == 0:
            self._let_upload_end(row, "empty_file")
            decision = send_to_review("empty_file")
        elif row.decision_id and self.ledger.find_person_decision(row.decision_id).action is Action.RETRACT:
            decision = send_to_review(self.delivery.retract(row.id, self.holder))
        elif row.size > self.crm.largest_document:
            # Known from the listing, so nothing is downloaded without need.
            decision = send_to_review("too_large_to_file")
        else:
            decision = self._file_or_give_up(row, watch)
        if_unfinished = decision
        if decision.reason not in SAY_WHAT_IS_UNCLEAR:
            # Its document is in a case, perhaps without a task; the file goes another way now.
            unclear = send_to_review("delivery_unclear")
            if_unfinished = replace(
                unclear, sha256=decision.sha256, notice=decision.notice, fields=decision.fields
            )
        stored = self.ledger.record_decision(
            row.id, self.holder, decision, if_unfinished=if_unfinished, lease_seconds=LEASE_SECONDS
        )
        if stored is None:
            raise Transient("claim_lost", file=row.id)
        return stored

    def _file_or_give_up(self, row: FileRow, watch: Stopwatch) -> FileDecision:
        try:
            with self.scratch.file() as path:
                return self._file_document(row, path, watch)
        except FileFault as fault:
            if fault.code not in NEVER_SERVED:
                raise
            return send_to_review(fault.code)
        except Transient as fault:
            if fault.code != faults.CORRUPT:
                raise
            return self._give_up(row, fault)

    def _give_up(self, row: FileRow, fault: Transient) -> FileDecision:
        """Return the decision on a fault of the file that did not go away; until then, raise the fault."""
        if fault.code not in GIVE_UP_REASONS or self.ledger.count_fault(row.id) < MOST_FAULT_HOURS:
            raise fault
        return send_to_review(GIVE_UP_REASONS[fault.code])

    def _file_document(self, row: FileRow, path: Path, watch: Stopwatch) -> FileDecision:
        """Download → read → match → deliver; the first of them that cannot continue decides."""
        with watch.stage("download"):
            sha256 = self._download(row, path)
        self.check_stop()
        with watch.stage("read"):
            reading = self._read(row, path)
        asked = self.ledger.find_person_decision(row.decision_id) if row.decision_id else None
        if asked is not None:
            reading = register(correct(reading, asked.fields))
        if asked is not None and asked.action in NAMES_CASE:
            with watch.stage("deliver"):
                decision, case = self._file_as_decided(row, path, sha256, reading, asked)
        else:
            decision, case = self._file_reading(row, path, watch, sha256, reading)
        notice = make_notice_record(reading, case, self.ledger.hash_notice)
        # The notice of a duplicate is noted for the first file.
        notice = None if decision.outcome == "duplicate" else notice
        fields = reading.fields if decision.destination in ("review", "unmatched") else None
        return replace(decision, sha256=sha256, notice=notice, fields=fields)

    def _file_reading(
        self, row: FileRow, path: Path, watch: Stopwatch, sha256: str, reading: Reading
    ) -> tuple[FileDecision, Case | None]:
        """Match → deliver, if the document is to be filed; the decision, and the case if it was found."""
        if (reason := find_reason_not_to_file(reading, self.filed_types)) is not None:
            self._let_upload_end(row, reason)
            return send_to_review(reason), None
        self.check_stop()
        with watch.stage("match"):
            match = self._match(reading)
        if match.verdict != "matched" or match.case is None:
            return FileDecision(match.verdict, match.reason, match.verdict), None
        self.check_stop()
        with watch.stage("deliver"):
            return self._deliver(self.delivery, row, path, sha256, reading, match.case), match.case

    def _download(self, row: FileRow, path: Path) -> str:
        try:
            sha256 = self.drive.download(row.id, row.size or 0, row.md5, path)
        except FileFault as fault:
            if fault.code == faults.CHANGED:
                self._changes.read_again(row, self.drive.get_state(row.id))
            raise
        self.progress.count_stage("downloaded")
        return sha256

    def _read(self, row: FileRow, path: Path) -> Reading:
        reading = self.readers.read(path)
        # A stop ends the reading processes: what they were reading is not broken.
        self.check_stop()
        self.progress.count_stage("read")
        self.progress.count_doubts({cause.code for causes in reading.doubts.values() for cause in causes})
        if reading.notes:
            log.info("File %s: the PDF %s.", row.id, ", ".join(NOTES[note] for note in reading.notes))
        return reading

    def _match(self, reading: Reading) -> Decision:
        try:
            match = confirm_case(reading, decide(reading, self.crm), self.crm)
        except FileFault as refused:
            return Decision("review", refused.code)
        if match.verdict == "matched":
            self.progress.count_stage("matched")
            self.progress.count_evidence(match.signs)
        return match

    def _deliver(
        self, delivery: Delivery, row: FileRow, path: Path, sha256: str, reading: Reading, case: Case
    ) -> FileDecision:
        try:
            return decide_delivered(delivery.deliver(row.id, self.holder, path, sha256, reading, case))
        except Transient as fault:
            return self._give_up(row, fault)

    def _file_as_decided(
        self, row: FileRow, path: Path, sha256: str, reading: Reading, asked: PersonDecision
    ) -> tuple[FileDecision, Case | None]:
        """File it in the case that a person named, also if the bytes are in another one.

        A case of another client is refused unless the person insists.
        """
        case = self.crm.get_case(asked.case_id) if asked.case_id is not None else None
        if case is None:
            return send_to_review("no_such_case"), None
        if asked.action is not Action.FILE_ANYWAY and is_other_client(reading, case):
            return send_to_review("other_client"), None
        decision = self._deliver(replace(self.delivery, by_person=True), row, path, sha256, reading, case)
        reason = "filed_by_person" if decision.outcome == "matched" else decision.reason
        return replace(decision, reason=reason), case

    @property
    def _changes(self) -> FileChanges:
        return FileChanges(self.ledger, self.drive, self.folders, self.holder, self.clock)

    def _let_upload_end(self, row: FileRow, reason: str) -> None:
        """Raise Postponed, once, for what looks incomplete and was created or changed a short while ago."""
        changed = max(row.created, row.modified or row.created)
        until = min(self.clock(), changed) + (FILLED_WITHIN if reason == "empty_file" else UNCHANGED_FOR)
        if reason in INCOMPLETE and row.fault != STILL_WRITTEN and until > self.clock() and not self.dry_run:
            raise Postponed(STILL_WRITTEN, until=until)
