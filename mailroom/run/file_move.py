"""The move of a decided file to the folder of its outcome, and back if that was in vain."""

from __future__ import annotations

import logging

from mailroom.drive import DriveClient, faults
from mailroom.drive.move import CurrentFile
from mailroom.ledger import FileRow

log = logging.getLogger(__name__)


def move_to_outcome(drive: DriveClient, row: FileRow, folder: str) -> CurrentFile:
    """Move the file to the folder, unless its content was replaced; return what Drive says of it.

    Raises:
        ConfigError: the folder is in the trash; the file is back in the inbox.
        FileFault, Transient: as `DriveClient.move`.
    """
    moved = drive.move(row.id, row.parent_id, folder)
    if moved.is_trashed:
        log.warning("A person moved file %s to the trash of Google Drive while it was being filed.", row.id)
    if moved.is_in_trash:
        drive.move(row.id, folder, row.parent_id)
        raise faults.config_error("folder_trashed", folder=folder)
    if not moved.is_as_listed(row.size, row.md5):
        # Somebody replaced its content after the download; what it holds now was neither read nor filed.
        drive.move(row.id, folder, row.parent_id)
    return moved
