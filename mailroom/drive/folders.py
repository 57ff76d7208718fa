"""A folder's description, and the errors for a folder that is missing or lacks a right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mailroom.drive.listing import FOLDER
from mailroom.errors import ConfigError

_RIGHTS = "capabilities(canAddChildren,canListChildren,canRemoveChildren,canMoveChildrenWithinDrive)"
FOLDER_FIELDS = f"id,name,mimeType,parents,driveId,trashed,createdTime,{_RIGHTS}"
NAMED_FIELDS = f"nextPageToken,incompleteSearch,files({FOLDER_FIELDS})"


@dataclass(frozen=True, repr=False)
class Folder:
    """A Drive folder. ``parent_id`` is None where the parent is not shared with this account;
    ``drive_id`` names the shared drive, None on My Drive. The name is for people, never for a log.
    """

    id: str
    name: str
    parent_id: str | None
    drive_id: str | None
    can_add_children: bool
    can_list_children: bool
    can_move_children: bool


def parse_folder(answer: dict[str, Any], folder_id: str) -> Folder:
    """Return the folder in an answer of ``files.get``.

    Raises:
        ConfigError: it is not a folder, or is in the trash.
    """
    if answer.get("mimeType") != FOLDER:
        raise ConfigError(
            "not_a_folder",
            what=f"The Drive id {folder_id} belongs to a file, not to a folder.",
            fix="Open the folder in the browser and take the id from the end of its address.",
            folder=folder_id,
        )
    if answer.get("trashed"):
        raise ConfigError(
            "folder_trashed",
            what=f"The Drive folder {folder_id} is in the trash.",
            fix="Restore it, or set another folder's id.",
            folder=folder_id,
        )
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
    )


def _may(answer: dict[str, Any], *names: str) -> bool:
    """Return whether any of the capabilities is granted; True when Drive names none of them."""
    capabilities = answer.get("capabilities", {})
    named = [capabilities[name] for name in names if name in capabilities]
    return not named or any(named)


def folder_not_found(folder_id: str, account: str) -> ConfigError:
    """Return the error for a wrong id or a folder that is not shared: Drive answers both alike."""
    return ConfigError(
        "folder_not_found",
        what=f"The Drive folder {folder_id} does not exist or is not shared with {account}.",
        fix=f"Share it with {account} as Content manager (on My Drive: Editor), or correct the folder's id.",
        folder=folder_id,
    )


def folder_not_readable(folder_id: str, account: str) -> ConfigError:
    """Return the error for an inbox whose contents cannot be listed."""
    return _more_rights(
        "folder_not_readable",
        f"The Drive folder {folder_id} cannot be listed by {account}",
        folder_id,
        account,
    )


def folder_read_only(folder_id: str, account: str) -> ConfigError:
    """Return the error for an inbox out of which nothing can be moved."""
    return _more_rights(
        "folder_read_only",
        f"The Drive folder {folder_id} is read-only for {account}: nothing could be moved out of it",
        folder_id,
        account,
    )


def folder_not_writable(folder_id: str, account: str) -> ConfigError:
    """Return the error for an outcome folder into which nothing can be moved."""
    return _more_rights(
        "folder_not_writable",
        f"The Drive folder {folder_id} is read-only for {account}: nothing could be moved into it",
        folder_id,
        account,
    )


def _more_rights(code: str, problem: str, folder_id: str, account: str) -> ConfigError:
    return ConfigError(
        code,
        what=f"{problem}.",
        fix=f"Share it with {account} as Editor (on a shared drive: as Content manager).",
        folder=folder_id,
    )


def folder_not_creatable(parent_id: str, account: str) -> ConfigError:
    """Return the error for an outcome folder that cannot be created beside the inbox."""
    return ConfigError(
        "folder_not_creatable",
        what=f"No folder can be created in the Drive folder {parent_id} by {account}.",
        fix=(
            f"Share it with {account} as Content manager (on My Drive: Editor), or create the folders "
            "by hand and set MAILROOM_DRIVE__MATCHED_ID, …UNMATCHED_ID and …REVIEW_ID."
        ),
        folder=parent_id,
    )
