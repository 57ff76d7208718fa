"""Looking at a folder, and what to say when it is not there: most often it is not shared yet."""

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
    """The folder that ``files.get`` tells of.

    Raises:
        ConfigError: it is no folder, or lies in the trash.
    """
    if answer.get("mimeType") != FOLDER:
        raise ConfigError(
            "not_a_folder",
            what=f"The Drive id {folder_id} is a file's, not a folder's.",
            mend="Open the folder in the browser and take the id from the end of its address.",
            folder=folder_id,
        )
    if answer.get("trashed"):
        raise ConfigError(
            "folder_trashed",
            what=f"The Drive folder {folder_id} lies in the trash.",
            mend="Restore it, or set another folder's id.",
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
    """Whether any of the capabilities is given; one that Drive does not tell of is no obstacle."""
    capabilities = answer.get("capabilities", {})
    told = [capabilities[name] for name in names if name in capabilities]
    return not told or any(told)


def folder_not_found(folder_id: str, account: str) -> ConfigError:
    """Drive answers alike for a wrong id and for a folder that is not shared."""
    return ConfigError(
        "folder_not_found",
        what=f"The Drive folder {folder_id} does not exist or is not shared with {account}.",
        mend=f"Share it with {account} as Content manager (on My Drive: Editor), or correct the folder's id.",
        folder=folder_id,
    )


def folder_not_readable(folder_id: str, account: str) -> ConfigError:
    """The inbox can be seen, and what lies in it cannot."""
    return _more_rights(
        "folder_not_readable",
        f"The Drive folder {folder_id} may not be listed by {account}",
        folder_id,
        account,
    )


def folder_read_only(folder_id: str, account: str) -> ConfigError:
    """Files could be read and filed, but would stay in the inbox for ever."""
    return _more_rights(
        "folder_read_only",
        f"The Drive folder {folder_id} is read-only for {account}: nothing could be moved out of it",
        folder_id,
        account,
    )


def folder_not_writable(folder_id: str, account: str) -> ConfigError:
    """A folder that files go to takes none."""
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
        mend=f"Share it with {account} as Editor (on a shared drive: as Content manager).",
        folder=folder_id,
    )


def folder_not_creatable(parent_id: str, account: str) -> ConfigError:
    """An outcome folder cannot be made beside the inbox."""
    return ConfigError(
        "folder_not_creatable",
        what=f"No folder can be created in the Drive folder {parent_id} by {account}.",
        mend=(
            f"Share it with {account} as Content manager (on My Drive: Editor), or create the folders "
            "by hand and set MAILROOM_DRIVE__MATCHED_ID, …UNMATCHED_ID and …REVIEW_ID."
        ),
        folder=parent_id,
    )
