"""What people did with a file since it was listed, and the move to the folder of its outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from mailroom.drive import DriveClient, faults
from mailroom.drive.move import CurrentFile
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import FileFault, Postponed
from mailroom.ledger import FileDecision, FileRow, Ledger
from mailroom.ledger.notices import FILED_NOT_MOVED

log = logging.getLogger(__name__)

UNCHANGED_FOR = timedelta(minutes=1)


@dataclass(frozen=True)
class FileChanges:
    """Compares a claimed file with Drive, and moves it."""

    ledger: Ledger
    drive: DriveClient
    folders: Folders
    holder: str
    clock: Callable[[], datetime]

    def check_present(self, row: FileRow) -> None:
        """Raise the reason why the folder does not show the file; return if the listing was only late."""
        state = self.drive.get_state(row.id)
        if state.is_trashed or state.is_in_trash:
            raise FileFault(faults.TRASHED, file=row.id)
        if state.parents and row.parent_id not in state.parents:
            raise FileFault(faults.MOVED_ELSEWHERE, file=row.id)

    def check_content(self, row: FileRow, state: CurrentFile) -> None:
        """Raise Postponed if the file holds other bytes than those that were listed."""
        if not state.is_as_listed(row.size, row.md5):
            self.read_again(row, state)

    def read_again(self, row: FileRow, state: CurrentFile) -> NoReturn:
        """Raise Postponed: the file is read again when nobody has changed it for a minute."""
        until = min(self.clock(), state.modified or self.clock()) + UNCHANGED_FOR
        self.ledger.read_again(row.id, self.holder, state.size, state.md5, state.modified, until)
        raise Postponed(faults.CHANGED, until=until)

    def move_decided(self, row: FileRow, decision: FileDecision) -> None:
        """Move the file to the folder of its outcome.

        Raises:
            Transient: another run has the file now, or Drive does not answer.
            Postponed: it holds other bytes than those that were read; it is back in its folder.
            FileFault: a person moved or deleted it.
            ConfigError: the folder is in the trash.
        """
        try:
            self._move(row, decision.destination or "")
        except FileFault as fault:
            if decision.outcome == "matched" and fault.code in (faults.VANISHED, faults.MOVED_ELSEWHERE):
                raise FileFault(FILED_NOT_MOVED, file=row.id) from None
            raise

    def _move(self, row: FileRow, destination: str) -> None:
        folder = self.folders.get_folder(destination)
        if row.parent_id == folder:
            # A person decided about it, and it stays where it is.
            return
        moved = self.drive.move(row.id, row.parent_id, folder)
        if moved.is_trashed:
            log.warning(
                "A person moved file %s to the trash of Google Drive while it was being filed.", row.id
            )
        if moved.is_in_trash:
            self.drive.move(row.id, folder, row.parent_id)
            raise faults.config_error("folder_trashed", folder=folder)
        if not moved.is_as_listed(row.size, row.md5):
            # Somebody replaced its content after the download; what it holds now was neither read nor filed.
            self.drive.move(row.id, folder, row.parent_id)
        self.check_content(row, moved)
