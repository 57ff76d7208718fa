"""Moving one file from a folder to another in one call, with a check before the move is sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from googleapiclient.http import HttpRequest

from mailroom.drive.faults import FORBIDDEN, VANISHED
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


@dataclass
class Move:
    """One file's move. `send` may be called again after a `Transient`: it checks first where the file is."""

    update: Callable[[], HttpRequest]
    get_parents: Callable[[], HttpRequest]
    source_id: str
    target_id: str
    target_not_found: MailroomError
    is_doubtful: bool = False

    def send(self) -> None:
        """Move the file, unless an earlier call that seemed to fail has moved it.

        Raises:
            FileFault: ``vanished``; ``moved_elsewhere``, a person took it out of the source folder;
                ``move_forbidden``, Drive refuses.
            MailroomError: ``target_not_found`` as it was given: the file is there, the target is not.
            Transient: unclear whether it was moved; the next call checks.
        """
        if self.is_doubtful and self.target_id in self._list_parents():
            return
        self.is_doubtful = True
        try:
            execute(self.update())
        except FileFault as fault:
            refusal = fault
        else:
            return
        self._explain(refusal)

    def _explain(self, refusal: FileFault) -> None:
        """Raise the reason for a refusal; a file that is in the target already is a success."""
        if refusal.code not in _REFUSALS:
            raise refusal
        # A file that is gone says so here; a 404 may also be about the target folder.
        parents = self._list_parents()
        if self.target_id in parents:
            return
        if parents and self.source_id not in parents:
            raise FileFault("moved_elsewhere")
        if refusal.code == VANISHED:
            raise self.target_not_found
        raise FileFault("move_forbidden")

    def _list_parents(self) -> list[str]:
        parents: Any = execute(self.get_parents()).get("parents")
        return parents if isinstance(parents, list) else []
