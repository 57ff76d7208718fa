"""Moving one file from a folder to another in one call, with a check before the move is sent again.

The answer to the move says what the file is now: somebody may have replaced its content, or have moved it or
the outcome folder to the trash, since it was listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from googleapiclient.http import HttpRequest

from mailroom.drive.faults import FORBIDDEN, MOVE_FORBIDDEN, VANISHED
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


STATE_FIELDS = "id,parents,size,md5Checksum,trashed,explicitlyTrashed"


@dataclass(frozen=True)
class MovedFile:
    """What Drive says of a file that was moved.

    Attributes:
        size: bytes; None where Drive has none.
        md5: in hex; None where Drive has none.
        is_in_trash: it is in the trash because the folder that it was moved to is; False where somebody
            moved the file itself there.
    """

    size: int | None
    md5: str | None
    is_in_trash: bool


@dataclass
class Move:
    """One file's move. `send` may be called again after a `Transient`: it checks first where the file is."""

    update: Callable[[], HttpRequest]
    get_state: Callable[[], HttpRequest]
    source_id: str
    folder_id: str
    folder_not_found: MailroomError
    is_doubtful: bool = False

    def send(self) -> MovedFile:
        """Move the file, unless an earlier call that seemed to fail has moved it; the file as it is then.

        Raises:
            FileFault: ``vanished``; ``moved_elsewhere``, a person took it out of the source folder;
                ``move_forbidden``, Drive refuses.
            MailroomError: ``folder_not_found`` as it was given: the file is there, the folder is not.
            Transient: unclear whether it was moved; the next call checks.
        """
        if self.is_doubtful and self.folder_id in _list_parents(state := execute(self.get_state())):
            return _parse_moved(state)
        self.is_doubtful = True
        try:
            return _parse_moved(execute(self.update()))
        except FileFault as fault:
            refusal = fault
        return self._explain(refusal)

    def _explain(self, refusal: FileFault) -> MovedFile:
        """Raise the reason for a refusal; a file that is in the folder already is a success."""
        if refusal.code not in _REFUSALS:
            raise refusal
        # A file that is gone says so here; a 404 may also be about the outcome folder.
        state = execute(self.get_state())
        parents = _list_parents(state)
        if self.folder_id in parents:
            return _parse_moved(state)
        if parents and self.source_id not in parents:
            raise FileFault("moved_elsewhere")
        if refusal.code == VANISHED:
            raise self.folder_not_found
        raise FileFault(MOVE_FORBIDDEN)


def _list_parents(state: dict[str, Any]) -> list[str]:
    parents = state.get("parents")
    return parents if isinstance(parents, list) else []


def _parse_moved(state: dict[str, Any]) -> MovedFile:
    size = str(state.get("size", ""))
    return MovedFile(
        size=int(size) if size.isdecimal() else None,
        md5=state.get("md5Checksum") or None,
        is_in_trash=bool(state.get("trashed")) and not state.get("explicitlyTrashed"),
    )
