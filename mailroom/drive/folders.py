"""Looking at a folder, and what to say when it is not there: most often it is not shared yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mailroom.drive.pages import FOLDER
from mailroom.errors import ConfigError

FOLDER_FIELDS = "id,name,mimeType,parents,driveId,trashed,capabilities(canAddChildren)"


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


def folder_from(answer: dict[str, Any], folder_id: str) -> Folder:
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
        can_add_children=bool(answer.get("capabilities", {}).get("canAddChildren", True)),
    )


def folder_not_found(folder_id: str, asker: str) -> ConfigError:
    """Drive answers alike for a wrong id and for a folder that is not shared."""
    return ConfigError(
        "folder_not_found",
        what=f"The Drive folder {folder_id} does not exist or is not shared with {asker}.",
        mend=f"Share it with {asker} as Content manager (on My Drive: Editor), or correct the folder's id.",
        folder=folder_id,
    )


def folder_not_creatable(parent_id: str, asker: str) -> ConfigError:
    """An outcome folder cannot be made beside the inbox."""
    return ConfigError(
        "folder_not_creatable",
        what=f"No folder can be created in the Drive folder {parent_id} by {asker}.",
        mend=(
            f"Share it with {asker} as Content manager (on My Drive: Editor), or create the folders "
            "by hand and set MAILROOM_DRIVE__MATCHED_ID, …UNMATCHED_ID and …REVIEW_ID."
        ),
        folder=parent_id,
    )
