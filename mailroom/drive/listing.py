"""Listing a folder: what is directly in it, one page at a time, and whether the page is complete.

Nothing here follows the pages: the scan keeps each one in the ledger before it asks for the next. Names are
not asked for, since a file's name is often the client's.

What is new is asked for folder by folder. Drive also takes ``'a' in parents or 'b' in parents``, but such a
query can leave out all that is in one of the folders, or in all, and say that its answer is complete (seen by
rclone's users since 2019: rclone issues 3114, 4289 and 9810). A file that is missing there proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from googleapiclient.http import HttpRequest

from mailroom.drive.faults import BAD_REQUEST, UNEXPECTED, VANISHED
from mailroom.errors import FileFault, MailroomError, Transient

FOLDER = "application/vnd.google-apps.folder"
PDF = "application/pdf"
IMAGES = ("image/jpeg", "image/png", "image/tiff")
FOLDERS_A_PAGE = 1000
FILES_A_PAGE = 1000
SECOND = timedelta(seconds=1)

CHILD_FIELDS = (
    "nextPageToken,incompleteSearch,files(id,mimeType,size,md5Checksum,createdTime,modifiedTime,parents)"
)
ID_FIELDS = "nextPageToken,incompleteSearch,files(id)"


class PageTokenRejected(Transient):
    """Drive does not accept a page token any more (they live some hours).

    The folder has to be listed from the first page.
    """


@dataclass(frozen=True, repr=False)
class ListedFile:
    """A PDF as a listing shows it, without its name.

    Attributes:
        size: bytes; None if the listing lacks it, which says nothing about the file.
        md5: in hex; None if Drive has none.
        modified: when its content was changed; a file that is copied into Drive keeps this time.
    """

    id: str
    parent_id: str
    size: int | None
    md5: str | None
    created: datetime
    modified: datetime | None = None

    @property
    def changed(self) -> datetime:
        """When it was last created or changed."""
        return max(self.created, self.modified or self.created)


@dataclass(frozen=True)
class Page:
    """One page of a folder: its files and the ids of its subfolders, or ids alone.

    ``next_token`` is None on the last one, and only there: a page may be empty. ``skipped``: the ids of files
    that are not read.
    """

    files: list[ListedFile]
    ids: list[str]
    next_token: str | None
    skipped: list[str] = field(default_factory=list)


def quote(value: str) -> str:
    """Return a string literal of Drive's query language: backslash and apostrophe get a backslash."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def build_children_query(folder_id: str, since: date | None = None, not_named: Iterable[str] = ()) -> str:
    """Return the ``q`` for what is directly in a folder.

    ``since`` is about files, and counts from midnight UTC of that day; ``not_named`` is about subfolders.
    """
    query = f"{quote(folder_id)} in parents and trashed = false"
    if names := " and ".join(f"name != {quote(name)}" for name in not_named):
        query += f" and (mimeType != {quote(FOLDER)} or ({names}))"
    if since:
        query += f" and (mimeType = {quote(FOLDER)} or createdTime >= '{since.isoformat()}T00:00:00')"
    return query


def build_present_query(folder_ids: Iterable[str], oldest: datetime, newest: datetime) -> str:
    """Return the ``q`` for what is in any of these folders, not in the trash, and was created between two
    times, both included.
    """
    parents = " or ".join(f"{quote(one)} in parents" for one in folder_ids)
    # Drive gives times to the millisecond; how exactly it compares them is not documented.
    first, last = (time.astimezone(UTC).replace(microsecond=0, tzinfo=None) for time in (oldest, newest))
    between = f"createdTime >= '{first.isoformat()}' and createdTime <= '{(last + SECOND).isoformat()}'"
    return f"({parents}) and trashed = false and {between}"


def build_named_query(names: Iterable[str], parent_id: str) -> str:
    """Return the ``q`` for the folders that have one of these names and are directly in a folder."""
    named = " or ".join(f"name = {quote(name)}" for name in names)
    return f"{build_children_query(parent_id)} and mimeType = {quote(FOLDER)} and ({named})"


@dataclass(frozen=True, repr=False)
class Listing:
    """What is asked of ``files.list`` for one page of one folder."""

    folder_id: str
    query: str
    fields: str
    page_size: int
    token: str | None

    def build_parameters(self, drive_id: str | None) -> dict[str, Any]:
        """Return the call's parameters. Shared drives are included; a folder on one is searched there."""
        where = {"corpora": "drive", "driveId": drive_id} if drive_id else {"spaces": "drive"}
        return {
            "q": self.query,
            "fields": self.fields,
            "pageSize": self.page_size,
            "pageToken": self.token,
            "supportsAllDrives": True,
            "includeItemsFromAllDrives": True,
            **where,
        }


def execute(request: HttpRequest) -> dict[str, Any]:
    """Send a request and return the JSON object of its answer.

    Raises:
        Transient: the answer is something else, such as a proxy's page.
        MailroomError: as `mailroom.drive.faults` judges.
    """
    try:
        answer = request.execute()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Transient(UNEXPECTED)
    return answer


def execute_listing(request: HttpRequest) -> dict[str, Any]:
    """Send a listing's request and return the answer, whose ``files`` are objects with an id.

    Raises:
        Transient: ``listing_incomplete`` when Drive says that it did not search everything.
    """
    answer = execute(request)
    if answer.get("incompleteSearch"):
        raise Transient("listing_incomplete")
    files = answer.setdefault("files", [])
    if not isinstance(files, list) or not all(isinstance(item, dict) and item.get("id") for item in files):
        raise Transient(UNEXPECTED)
    return answer


def explain_listing_fault(fault: FileFault, listing: Listing) -> MailroomError:
    """Return what a permanent fault of a listing means: about the folder, or about the page token.

    Returns:
        `PageTokenRejected`, since the query was accepted for the first page, or a `FileFault` about the
        folder; ``folder_vanished`` is one that was deleted, or is not shared any more, since it was found.
    """
    if fault.code == BAD_REQUEST and listing.token is not None:
        return PageTokenRejected("page_token_rejected", folder=listing.folder_id)
    code = "folder_vanished" if fault.code == VANISHED else fault.code
    return FileFault(code, folder=listing.folder_id)


def parse_children_page(answer: dict[str, Any], folder_id: str, read: Collection[str]) -> Page:
    """Return the page of a folder in an answer; ``read`` are the media types of the files that are read.

    Raises:
        Transient: a file's type, size or time is not what Drive documents.
    """
    try:
        page = _sort_children(answer, folder_id, read)
    except (AttributeError, KeyError, TypeError, ValueError):
        page = None
    if page is None:
        raise Transient(UNEXPECTED)
    return page


def _sort_children(answer: dict[str, Any], folder_id: str, read: Collection[str]) -> Page:
    page = Page([], [], answer.get("nextPageToken") or None)
    for item in answer["files"]:
        kind = item["mimeType"].lower()
        if kind == FOLDER:
            page.ids.append(item["id"])
        elif kind in read:
            page.files.append(_parse_file(item, folder_id))
        else:
            page.skipped.append(item["id"])
    return page


def parse_ids_page(answer: dict[str, Any]) -> Page:
    """Return the page of an answer that holds ids only."""
    return Page([], [item["id"] for item in answer["files"]], answer.get("nextPageToken") or None)


def _parse_file(item: dict[str, Any], folder_id: str) -> ListedFile:
    # "root" is an alias, the parent's id is not; a file has exactly one parent.
    parents = item.get("parents") or [folder_id]
    modified = item.get("modifiedTime")
    return ListedFile(
        id=item["id"],
        parent_id=folder_id if folder_id in parents else parents[0],
        size=int(item["size"]) if "size" in item else None,
        md5=item.get("md5Checksum") or None,
        created=datetime.fromisoformat(item["createdTime"]),
        modified=datetime.fromisoformat(modified) if modified else None,
    )
