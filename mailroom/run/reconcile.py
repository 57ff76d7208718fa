"""Compares Drive, the ledger and the CRM, lists the differences, and repairs them when asked.

It holds the lease of the ledger, as a run does, so that no work in progress counts as a difference. The
pipeline of the daily run finishes files; no other code delivers documents or moves them to their outcome.
`mailroom.run.differences` decides what is a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mailroom.config.settings import Settings
from mailroom.delivery.activity_check import ActivityCheck
from mailroom.drive import DriveClient, ListedFile
from mailroom.drive.move import CurrentFile
from mailroom.drive.outcome_folders import Folders, find_folders
from mailroom.errors import FileFault, Postponed
from mailroom.ledger import LEASE_SECONDS, DeliveryRow, FileRow, FileState, Ledger, Step, WriteState
from mailroom.ledger.states import FINAL_STATES
from mailroom.run.context import RunContext
from mailroom.run.differences import (
    Answer,
    Code,
    Difference,
    Place,
    Repair,
    compare_delivery,
    compare_folder,
    compare_unmoved,
    group,
)
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.reasons import count_noun

STEPS: tuple[Step, ...] = ("document", "task")
ANSWERS = {True: Answer.YES, False: Answer.NO, None: Answer.UNKNOWN}


@dataclass(frozen=True)
class Reconciliation:
    """How many differences of each code were found, and how many are left."""

    found: Counter[Code]
    left: int
    repaired: bool

    def describe(self) -> str:
        """Return one line for a person."""
        if not self.found:
            return "Drive, the ledger and Logiqs agree."
        total = self.found.total()
        counts = ", ".join(f"{number} {code}" for code, number in sorted(self.found.items()))
        if not self.repaired:
            end = "Nothing was changed; use --repair to repair them."
        elif self.left:
            end = (
                f"{total - self.left} repaired, {self.left} left; the next run or reconciliation tries again."
            )
        else:
            end = "All are repaired."
        return f"{count_noun(total, 'difference')}: {counts}. {end}"


@dataclass
class Reconciler:
    """Compares and repairs, as one run.

    Args:
        run_id: the run's id.
        ledger: the ledger, on which no other run is active.
        drive: the Drive client.
        check: finds writes in the activities of cases.
        folders: the outcome folders; those that do not exist are left out.
        pipeline: finishes files.
        check_stop: raises if a person has stopped the run.
    """

    run_id: str
    ledger: Ledger
    drive: DriveClient
    check: ActivityCheck
    folders: Folders
    pipeline: FilePipeline
    check_stop: Callable[[], None] = lambda: None
    _listed: dict[str, ListedFile] = field(default_factory=dict)

    def find_differences(self) -> Iterator[Difference]:
        """Yield the differences: a few calls for each delivery and file, one for each page of a folder.

        Raises:
            Transient, RunStop, ConfigError: a system does not answer, or refuses.
        """
        unfinished: set[str] = set()
        for delivery in self.ledger.list_unfinished_deliveries():
            self.check_stop()
            difference = self._compare_delivery(delivery)
            if difference.repair in (Repair.PUT_BACK, Repair.WAIT):
                unfinished.add(delivery.file_id)
            yield difference
        for row in self.ledger.list_unmoved_files():
            self.check_stop()
            yield compare_unmoved(row, self._find_place(row.id, row))
        for outcome, folder_id in self.folders.outcomes.items():
            for found in self._compare_folder(folder_id, Place(outcome)):
                # The repair of its delivery decides where it goes.
                if found.file_id not in unfinished:
                    yield found

    def repair(self, difference: Difference) -> bool:
        """Do what the difference needs; return whether nothing is left of it.

        Raises:
            Transient, RunStop, ConfigError: a system does not answer, or refuses.
        """
        if difference.repair is Repair.RECORD:
            self.ledger.record_found(self._listed[difference.file_id], difference.place, self.run_id)
        elif difference.repair in (Repair.CLOSE, Repair.HAND_OVER):
            self._end_delivery(difference)
        elif difference.repair is not Repair.WAIT:
            self._finish_file(difference)
            if difference.marker and self._get_file(difference.file_id).state == FileState.DONE:
                # The file got another outcome, so nothing else will end this delivery.
                self._end_delivery(difference)
        return self._is_repaired(difference)

    def _compare_delivery(self, delivery: DeliveryRow) -> Difference:
        row = self.ledger.find_files([delivery.file_id]).get(delivery.file_id)
        document = self._ask(delivery, "document")
        # Without the document a person has to look anyway.
        task = self._ask(delivery, "task") if document is Answer.YES else Answer.NO
        return compare_delivery(delivery, row, self._find_place(delivery.file_id, row), document, task)

    def _compare_folder(self, folder_id: str, place: Place) -> Iterator[Difference]:
        token: str | None = None
        while True:
            self.check_stop()
            page = self.drive.list_children(folder_id, page_token=token)
            found = compare_folder(
                page.files,
                self.ledger.find_files([one.id for one in page.files]),
                place,
                has_gap=self.ledger.has_gap(),
            )
            by_id = {file.id: file for file in page.files}
            self._listed.update({one.file_id: by_id[one.file_id] for one in found})
            yield from found
            token = page.next_token
            if token is None:
                return

    def _ask(self, delivery: DeliveryRow, step: Step) -> Answer:
        """Return whether a write was carried out; asks the CRM if the ledger does not know."""
        state = delivery.step(step)
        if state == WriteState.CONFIRMED:
            return Answer.YES
        if state == WriteState.NONE and not self.ledger.has_gap():
            return Answer.NO
        case_id = self.ledger.get_case_id(delivery)
        if case_id is None:
            return Answer.UNKNOWN
        try:
            return ANSWERS[self.check.is_carried_out(delivery.marker, step, case_id)]
        except Postponed:
            return Answer.TOO_EARLY

    def _find_place(self, file_id: str, row: FileRow | None) -> Place:
        current = self._get_state(file_id)
        return Place.ELSEWHERE if current is None or row is None else self._name_place(current, row)

    def _name_place(self, current: CurrentFile, row: FileRow) -> Place:
        names = {folder_id: name for name, folder_id in self.folders.outcomes.items()}
        for parent in current.parents:
            if parent in names:
                return Place(names[parent])
            if parent == row.parent_id or self.ledger.was_listed(parent):
                return Place.INBOX
        return Place.ELSEWHERE

    def _get_state(self, file_id: str) -> CurrentFile | None:
        """Return the file's state in Drive; None if it is in the trash or not visible."""
        try:
            current = self.drive.get_state(file_id)
        except FileFault:
            return None
        return None if current.is_trashed or current.is_in_trash else current

    def _end_delivery(self, difference: Difference) -> None:
        """Record what the case shows, and that the delivery has ended."""
        delivery = self.ledger.get_delivery(difference.marker)
        if delivery.destination is not None:
            return
        for step in STEPS:
            if delivery.step(step) != WriteState.CONFIRMED and self._ask(delivery, step) is Answer.YES:
                self.ledger.confirm(delivery.marker, step, None)
        destination = "matched" if difference.repair is Repair.CLOSE else "review"
        holder = self.pipeline.holder
        delivery = self.ledger.get_delivery(difference.marker)
        if self.ledger.take_over_delivery(delivery, delivery.file_id, holder, LEASE_SECONDS):
            self.ledger.end_delivery(delivery.marker, destination, delivery.file_id, holder)

    def _finish_file(self, difference: Difference) -> None:
        """Finish the file with the daily run's pipeline."""
        row = self._get_file(difference.file_id)
        if difference.repair is Repair.PUT_BACK:
            self.drive.move(row.id, self.folders.get_folder(difference.place), row.parent_id)
        current = self._get_state(row.id)
        if current is not None and current.parents and self._name_place(current, row) is Place.INBOX:
            # As a scan does: a file that failed is pending again, and one with other bytes is read again.
            size = row.size if current.size is None else current.size
            now = ListedFile(row.id, current.parents[0], size, current.md5, row.created, current.modified)
            self.ledger.record_page(self.run_id, now.parent_id, [now], None)
        self.pipeline.process(row.id)

    def _get_file(self, file_id: str) -> FileRow:
        return self.ledger.find_files([file_id])[file_id]

    def _is_repaired(self, difference: Difference) -> bool:
        if difference.marker:
            return self.ledger.get_delivery(difference.marker).destination is not None
        row = self.ledger.find_files([difference.file_id]).get(difference.file_id)
        return row is not None and row.state in FINAL_STATES


def use_whole_quota(settings: Settings) -> Settings:
    """Return settings with one slot for each system, so that its one client gets the whole quota."""
    drive = settings.drive.model_copy(update={"slots": 1})
    logiqs = settings.logiqs.model_copy(update={"slots": 1})
    return settings.model_copy(update={"drive": drive, "logiqs": logiqs})


def open_reconciler(run: RunContext, *, repair: bool) -> Reconciler:
    """Return a reconciler, after the checks of a run's start; without ``repair`` no folder is made.

    Raises:
        ConfigError: credentials rejected, a folder unknown or not shared.
        Transient: a system does not answer.
    """
    if repair:
        run.preflight()
    else:
        inboxes = [run.settings.drive.inbox_id or ""]
        run.folders = find_folders(run.drive_client(), run.settings.drive, inboxes, create=False)
        run.crm_client().check()
        run.crm_connection.check_tenant(run.ledger)
    assert run.folders is not None  # noqa: S101 - both branches find them
    pipeline = run.file_pipeline()
    return Reconciler(
        run_id=run.run_id,
        ledger=run.ledger,
        drive=pipeline.drive,
        check=ActivityCheck(run.ledger, pipeline.crm),
        folders=run.folders,
        pipeline=pipeline,
        check_stop=run.limits.check,
    )


def reconcile(reconciler: Reconciler, tell: Callable[[str], None], *, repair: bool) -> Reconciliation:
    """List every difference, and repair it when asked.

    Args:
        reconciler: compares and repairs.
        tell: called with the lines: two for each kind of difference, and one for each of its files.
        repair: whether to repair the differences.

    Raises:
        Transient, RunStop, ConfigError: a system does not answer, or refuses; finished repairs stay.
    """
    found: Counter[Code] = Counter()
    left = 0
    # Find all before the first repair: a repair moves files between the listed folders.
    for one_kind in group(reconciler.find_differences()):
        for line in one_kind.describe():
            tell(line)
        for difference in one_kind.differences:
            found[difference.code] += 1
            is_done = repair and reconciler.repair(difference)
            left += not is_done
            ending = ("  done" if is_done else "  not done") if repair else ""
            tell(f"    {difference.describe()}{ending}")
    return Reconciliation(found, left, repair)
