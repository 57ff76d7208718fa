"""Moving one file from a folder to another in one call, with a check before the move is sent again.

The answer to the move says what the file is now: somebody may have replaced its content, or have moved it or
the outcome folder to the trash, since it was listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from googleapiclient.http import HttpRequest

from mailroom.drive.faults import FORBIDDEN, MOVE_FORBIDDEN, MOVED_ELSEWHERE, VANISHED
from mailroom.drive.listing import execute
from mailroom.errors import FileFault, MailroomError

# Codes of a refused move that are about permissions, or about where the file is.
_REFUSALS = frozenset(
    {
        FORBIDDEN,
        VANISHED,
        "insufficient_file_permissions",
        "insufficient_parent_permissions",
        "app_not_authorized_to_file",
        "cannot_add_parent",
        "move_into_shared_drive_disabled",
        "owner_not_member_of_shared_drive",
    }
)


STATE_FIELDS = "id,parents,size,md5Checksum,modifiedTime,trashed,explicitlyTrashed"


@dataclass(frozen=True)
class CurrentFile:
    """The current state of a file in Drive.

    Attributes:
        size: bytes; None where Drive has none.
        md5: in hex; None where Drive has none.
        modified: when its content was changed; None if Drive does not say.
        is_in_trash: whether it is in the trash because its folder is.
        is_trashed: whether somebody moved the file itself to the trash.
        parents: the ids of its folders: one, or none if the account may not see it.
    """

    size: int | None
    md5: str | None
    modified: datetime | None = None
    is_in_trash: bool = False
    is_trashed: bool = False
    parents: tuple[str, ...] = ()

    def is_as_listed(self, size: int | None, md5: str | None) -> bool:
        """Whether it holds the bytes that a listing showed; without an MD5 in Drive the size decides."""
        if md5 and self.md5:
            return self.md5 == md5
        return size is None or self.size is None or self.size == size


@dataclass
class Move:
    """One file's move. `send` may be called again after a `Transient`: it checks first where the file is."""

    update: Callable[[], HttpRequest]
    get_state: Callable[[], HttpRequest]
    source_id: str
    folder_id: str
    folder_not_found: MailroomError
    is_doubtful: bool = False

    def send(self) -> CurrentFile:
        """Move the file, unless an earlier call that seemed to fail has moved it; the file as it is then.

        Raises:
            FileFault: ``vanished``; ``moved_elsewhere``, a person took it out of the source folder;
                ``move_forbidden``, Drive refuses.
            MailroomError: ``folder_not_found`` as it was given: the file is there, the folder is not.
            Transient: unclear whether it was moved; the next call checks.
        """
        if self.is_doubtful and self.folder_id in _list_parents(state := execute(self.get_state())):
            return parse_current(state)
        self.is_doubtful = True
        try:
            return parse_current(execute(self.update()))
        except FileFault as fault:
            refusal = fault
        return self._explain(refusal)

    def _explain(self, refusal: FileFault) -> CurrentFile:
        """Raise the reason for a refusal; a file that is in the folder already is a success."""
        if refusal.code not in _REFUSALS:
            raise refusal
        # This fails if the file is gone; the 404 may also have been about the outcome folder.
        state = execute(self.get_state())
        parents = _list_parents(state)
        if self.folder_id in parents:
            return parse_current(state)
        if parents and self.source_id not in parents:
            raise FileFault(MOVED_ELSEWHERE)
        if refusal.code == VANISHED:
            raise self.folder_not_found
        raise FileFault(MOVE_FORBIDDEN)


def _list_parents(state: dict[str, Any]) -> list[str]:
    parents = state.get("parents")
    return parents if isinstance(parents, list) else []


def parse_current(state: dict[str, Any]) -> CurrentFile:
    """Return what an answer with `STATE_FIELDS` says."""
    size, modified = str(state.get("size", "")), state.get("modifiedTime")
    is_trashed = bool(state.get("explicitlyTrashed"))
    return CurrentFile(
        size=int(size) if size.isdecimal() else None,
        md5=state.get("md5Checksum") or None,
        modified=datetime.fromisoformat(modified) if modified else None,
        is_in_trash=bool(state.get("trashed")) and not is_trashed,
        is_trashed=is_trashed,
        parents=tuple(_list_parents(state)),
    )
