"""Permissions in the sandbox's Drive: a role on a folder and all below it, by Google's names.

Everything is open until a test disagrees. On My Drive a ``writer`` (Editor) may do all; on a shared
drive a ``writer`` is a contributor, who may add files but not move them, and a ``fileOrganizer`` (Content
manager) may do all. ``none``: not shared. Source: Google's "Roles and permissions", and ``File.capabilities``
of its discovery document.
"""

from __future__ import annotations

from typing import Any

from mailroom.sandbox.store import FOLDER, Store

ROLES = ("none", "reader", "writer", "fileOrganizer")


class Permissions:
    """The caller's roles; the nearest folder's role counts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._roles: dict[str, str] = {}

    def share(self, folder_id: str, role: str) -> None:
        """Give a folder, and what lies below it, a role of `ROLES`."""
        if role not in ROLES or not self._store.find_file(folder_id):
            raise ValueError(role)
        self._roles[folder_id] = role

    def can_see(self, item: dict[str, Any]) -> bool:
        """Return whether the caller can see the item."""
        return bool(item) and self._find_role(item) != "none"

    def can_add(self, folder: dict[str, Any]) -> bool:
        """Return whether the caller can add files to the folder."""
        return self._find_role(folder) in ("writer", "fileOrganizer")

    def can_move(self, item: dict[str, Any]) -> bool:
        """Return whether the caller can move the item, or the items in it."""
        return self._find_role(item) == "fileOrganizer" or (self.can_add(item) and "driveId" not in item)

    def describe(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return the resource as Drive does: with capabilities, and without parents that are not shared."""
        parents = [one for one in item["parents"] if self.can_see(self._store.find_file(one))]
        shown = {**item, "parents": parents, "capabilities": self._list_capabilities(item)}
        if not parents:
            del shown["parents"]
        return shown

    def _list_capabilities(self, item: dict[str, Any]) -> dict[str, bool]:
        adds, moves = self.can_add(item), self.can_move(item)
        is_folder = item["mimeType"] == FOLDER
        capabilities = {
            "canEdit": adds,
            "canDownload": not is_folder,
            "canMoveItemWithinDrive": moves,
            "canListChildren": is_folder,
            "canAddChildren": is_folder and adds,
            "canMoveChildrenWithinDrive": is_folder and moves,
        }
        # "For a folder in a shared drive, use canDeleteChildren or canTrashChildren instead."
        mine = "canTrashChildren" if "driveId" in item else "canRemoveChildren"
        return {**capabilities, mine: is_folder and moves}

    def _find_role(self, item: dict[str, Any]) -> str:
        while self._roles and item:
            if item["id"] in self._roles:
                return self._roles[item["id"]]
            item = self._store.find_file(item["parents"][0]) if item["parents"] else {}
        return "fileOrganizer"
