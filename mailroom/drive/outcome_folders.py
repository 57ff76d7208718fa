"""The inbox and the three outcome folders: found, or created beside the inbox.

They are searched once at the start of a run, since every move depends on them. A dry run creates
nothing. Files are not listed or moved here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from mailroom.config.api_settings import DriveSettings
from mailroom.drive import DriveClient, Folder
from mailroom.drive.faults import config_error
from mailroom.errors import ConfigError

NAMES = {"matched": "CP2000_MATCHED", "unmatched": "CP2000_UNMATCHED", "review": "CP2000_REVIEW"}


@dataclass(frozen=True)
class Folders:
    """Drive ids: the inboxes, and by ``matched``, ``unmatched``, ``review`` where files go.

    ``properties`` are those of the folder of matched files that this app has set. ``created`` are
    the outcomes whose folders were created just now.
    """

    inboxes: tuple[str, ...]
    outcomes: dict[str, str]
    properties: Mapping[str, str] = field(default_factory=dict)
    created: frozenset[str] = frozenset()

    def get_folder(self, name: str) -> str:
        """Return the id of the folder for an outcome."""
        return self.outcomes[name]

    @property
    def never_read(self) -> frozenset[str]:
        """The ids of the folders that hold output and are never read as input, wherever they are."""
        return frozenset(self.outcomes.values())


@dataclass(frozen=True)
class KnownFolders:
    """What Drive said of folders a short while ago: by id, and by name those that are beside the inbox."""

    by_id: Mapping[str, Folder] = field(default_factory=dict)
    named: Mapping[str, Folder] | None = None


def look_up_folders(drive: DriveClient, settings: DriveSettings, inboxes: Sequence[Folder]) -> KnownFolders:
    """Ask for what `find_folders` needs, and create nothing; ``inboxes`` are known already.

    Raises:
        ConfigError: a folder is not there or not shared.
    """
    home = _find_home(drive, settings, inboxes)
    searched = [NAMES[name] for name, folder_id in _list_configured(settings).items() if not folder_id]
    named = drive.find_named(searched, _find_parent(home)) if searched else {}
    return KnownFolders({folder.id: folder for folder in (*inboxes, home)}, named)


def explain_refused_moves(folders: Folders, account: str) -> ConfigError:
    """Return the error for a run of which Drive moved no file."""
    return config_error("moves_refused", folder=folders.inboxes[0], account=account)


def hold_files(drive: DriveClient, folders: Folders) -> bool:
    """Return whether an outcome folder holds a file already; a call for each page, up to the first file."""
    return any(
        _holds_file(drive, folder) for name, folder in folders.outcomes.items() if name not in folders.created
    )


def _holds_file(drive: DriveClient, folder_id: str) -> bool:
    token: str | None = None
    while True:
        page = drive.list_children(folder_id, page_token=token)
        token = page.next_token
        if page.files or token is None:
            return bool(page.files)


def find_folders(
    drive: DriveClient,
    settings: DriveSettings,
    inbox_ids: Sequence[str],
    *,
    create: bool,
    known: KnownFolders | None = None,
) -> Folders:
    """Return the inboxes and the outcome folders, which are found or created beside the configured inbox.

    Without a configured inbox they are beside the first one that is read. Where the inbox's parent is not
    shared with this account they are in the inbox itself, whose listing skips them. With ``create`` false (a
    dry run) a missing folder stays missing, and permission to read is enough. What is ``known`` is not
    asked for again, but a folder that is missing there is, before it is created.

    Raises:
        ConfigError: an inbox is not there or not shared, a right is missing without which a whole day's files
            could be filed and none be moved, or a folder that files go to is an inbox itself.
    """
    known = known or KnownFolders()
    inboxes = [_check_inbox(drive, inbox_id, known, to_move=create) for inbox_id in inbox_ids]
    configured = _list_configured(settings)
    home = _find_home(drive, settings, inboxes, known)
    outcomes: dict[str, str] = {}
    properties: Mapping[str, str] = {}
    searched = [NAMES[name] for name, folder_id in configured.items() if not folder_id]
    named = drive.find_folders(searched, _find_parent(home), known.named) if searched else {}
    for name, folder_id in configured.items():
        found = drive.get_folder(folder_id) if folder_id else named.get(NAMES[name])
        if found is not None:
            if create and not found.can_add_children:
                raise config_error("folder_not_writable", folder=found.id, account=drive.share_with)
            outcomes[name] = found.id
            if name == "matched":
                properties = found.properties
    created = _create_folders(drive, [name for name in NAMES if name not in outcomes] if create else [], home)
    folders = Folders(
        tuple(inbox.id for inbox in inboxes), outcomes | created, properties, frozenset(created)
    )
    if folders.never_read.intersection(folders.inboxes):
        raise config_error("inbox_is_output")
    return folders


def _create_folders(drive: DriveClient, names: Sequence[str], home: Folder) -> dict[str, str]:
    """Create the folders of these outcomes beside the inbox, side by side; return their ids by outcome."""
    with ThreadPoolExecutor(len(NAMES)) as pool:
        ids = pool.map(lambda name: drive.create_folder(NAMES[name], _find_parent(home)), names)
        return dict(zip(names, ids, strict=True))


def _list_configured(settings: DriveSettings) -> dict[str, str | None]:
    """Return the outcome folders that are set, by outcome; None where one is found by its name."""
    return {
        "matched": settings.matched_id,
        "unmatched": settings.unmatched_id,
        "review": settings.review_id,
    }


def _find_home(
    drive: DriveClient, settings: DriveSettings, inboxes: Sequence[Folder], known: KnownFolders | None = None
) -> Folder:
    """Return the folder beside which the outcome folders are."""
    if settings.inbox_id and settings.inbox_id not in {inbox.id for inbox in inboxes}:
        # Another folder is read in this run only: its files go to the usual folders.
        return _get_folder(drive, settings.inbox_id, known or KnownFolders())
    return inboxes[0]


def _get_folder(drive: DriveClient, folder_id: str, known: KnownFolders) -> Folder:
    if (folder := known.by_id.get(folder_id)) is None:
        return drive.get_folder(folder_id)
    drive.remember(folder)
    return folder


def _check_inbox(drive: DriveClient, folder_id: str, known: KnownFolders, *, to_move: bool) -> Folder:
    inbox = _get_folder(drive, folder_id, known)
    if not inbox.can_list_children:
        raise config_error("folder_not_readable", folder=inbox.id, account=drive.share_with)
    if to_move and not inbox.can_move_children:
        raise config_error("folder_read_only", folder=inbox.id, account=drive.share_with)
    return inbox


def _find_parent(inbox: Folder) -> str:
    """Return the folder that contains the outcome folders."""
    return inbox.parent_id or inbox.id
