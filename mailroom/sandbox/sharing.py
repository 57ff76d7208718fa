"""With what right each folder of the sandbox's Drive is shared with the account that asks.

As in Drive a right holds for all that lies below, unless a folder there is shared otherwise. What is shared
for reading, or not at all, answers as Drive does, and tells of it in its ``capabilities``. Rights last as long
as the process, as faults do.
"""

from __future__ import annotations

from typing import Any

from mailroom.sandbox.store import FOLDER, Store

WRITER, CONTRIBUTOR, READER, NONE = "writer", "contributor", "reader", "none"
ROLES = (WRITER, CONTRIBUTOR, READER, NONE)


class Sharing:
    """Roles of folders and files; ``writer`` (Editor, on a shared drive Content manager) unless set."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._roles: dict[str, str] = {}

    def share(self, file_id: str, role: str) -> None:
        """Share a file or folder, and what lies below it, with this right from now on."""
        if role not in ROLES:
            raise ValueError(role)
        self._roles[file_id] = role

    def file(self, file_id: str) -> dict[str, Any]:
        """The file as the account sees it; empty when it is not there or not shared."""
        return self.seen(self._store.file(file_id))

    def seen(self, item: dict[str, Any]) -> dict[str, Any]:
        """The item with the account's capabilities, without parents that are not shared."""
        if not item or (role := self._role(item)) == NONE:
            return {}
        shared = self._roles and item["parents"]
        parents = [one for one in item["parents"] if self.file(one)] if shared else item["parents"]
        return {**item, "parents": parents, "capabilities": capabilities(role, item)}

    def allows(self, capability: str, file_id: str) -> bool:
        """Whether the account may do this with the file."""
        return bool(self.file(file_id).get("capabilities", {}).get(capability))

    def _role(self, item: dict[str, Any]) -> str:
        while self._roles and item:
            if item["id"] in self._roles:
                return self._roles[item["id"]]
            item = self._store.file(item["parents"][0]) if item["parents"] else {}
        return WRITER


def capabilities(role: str, item: dict[str, Any]) -> dict[str, bool]:
    """What Drive tells of a file that is shared with this right; children are a folder's only."""
    is_folder = item.get("mimeType") == FOLDER
    on_drive = "driveId" in item
    writes, moves = role in (WRITER, CONTRIBUTOR), role == WRITER
    return {
        "canEdit": writes,
        "canDownload": True,
        "canListChildren": is_folder,
        "canAddChildren": is_folder and writes,
        # The reference: not used for folders on a shared drive.
        "canRemoveChildren": is_folder and moves and not on_drive,
        "canMoveChildrenWithinDrive": is_folder and moves,
    }
