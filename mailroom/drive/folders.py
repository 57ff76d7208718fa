"""A folder's description, as Drive gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mailroom.drive.faults import config_error
from mailroom.drive.listing import FOLDER

_RIGHTS = "capabilities(canAddChildren,canListChildren,canRemoveChildren,canMoveChildrenWithinDrive)"
FOLDER_FIELDS = f"id,name,mimeType,parents,driveId,trashed,createdTime,appProperties,{_RIGHTS}"
NAMED_FIELDS = f"nextPageToken,incompleteSearch,files({FOLDER_FIELDS})"


@dataclass(frozen=True, repr=False)
class Folder:
    """A Drive folder. ``parent_id`` is None where the parent is not shared with this account;
    ``drive_id`` names the shared drive, None on My Drive. The name is for people, never for a log.
    ``properties`` are those that this app has set; other apps and people do not see them.
    """

    id: str
    name: str
    parent_id: str | None
    drive_id: str | None
    can_add_children: bool
    can_list_children: bool
    can_move_children: bool
    properties: Mapping[str, str] = field(default_factory=dict)


def parse_folder(answer: dict[str, Any], folder_id: str) -> Folder:
    """Return the folder in an answer of ``files.get``.

    Raises:
        ConfigError: it is not a folder, or is in the trash.
    """
    if answer.get("mimeType") != FOLDER:
        raise config_error("not_a_folder", folder=folder_id)
    if answer.get("trashed"):
        raise config_error("folder_trashed", folder=folder_id)
    return Folder(
        id=answer.get("id") or folder_id,
        name=answer.get("name", ""),
        parent_id=next(iter(answer.get("parents") or ()), None),
        drive_id=answer.get("driveId"),
        can_add_children=_may(answer, "canAddChildren"),
        can_list_children=_may(answer, "canListChildren"),
        # Google's reference: canRemoveChildren is My Drive's; on a shared drive a contributor may add, and
        # only a content manager may move. Where the two differ, the first move shows.
        can_move_children=_may(answer, "canRemoveChildren", "canMoveChildrenWithinDrive"),
        properties=answer.get("appProperties") or {},
    )


def _may(answer: dict[str, Any], *names: str) -> bool:
    """Return whether any of the capabilities is granted; True when Drive names none of them."""
    capabilities = answer.get("capabilities", {})
    named = [capabilities[name] for name in names if name in capabilities]
    return not named or any(named)
