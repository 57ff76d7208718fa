"""What the mail room does in Google Drive: inspect folders, list, download, move. Nothing is ever deleted.

A client works under one slot of the quota: every request takes from its bucket right before it is sent, and
calls that may be repeated are repeated in place. Any number of threads may share one client.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from mailroom.call_retries import RetryPolicy
from mailroom.config.api_settings import DriveSettings
from mailroom.drive import listing
from mailroom.drive.connection import DriveConnection, Files
from mailroom.drive.download import Download, FileOnDisk, open_on_disk
from mailroom.drive.faults import CHANGED, CORRUPT, UNEXPECTED, config_error
from mailroom.drive.folders import (
    FOLDER_FIELDS,
    NAMED_FIELDS,
    Folder,
    parse_folder,
)
from mailroom.drive.listing import Page
from mailroom.drive.move import STATE_FIELDS, CurrentFile, Move, parse_current
from mailroom.errors import FileFault, Transient
from mailroom.rate_limit import TokenBucket

T = TypeVar("T")


@dataclass(frozen=True)
class DriveClient:
    """Calls to Drive under one slot's share of the quota.

    Every method may raise `Transient` after its repeats, `RunStop` when a quota is used up, and `ConfigError`
    when Drive rejects the credentials. Errors hold ids, never names.
    """

    settings: DriveSettings
    connection: DriveConnection
    bucket: TokenBucket
    retries: RetryPolicy
    images: bool = False

    @property
    def _kinds(self) -> tuple[str, ...]:
        """The media types of the files that are read."""
        return (listing.PDF, *listing.IMAGES) if self.images else (listing.PDF,)

    @property
    def share_with(self) -> str:
        """The account that folders have to be shared with, in words for a person."""
        return self.connection.share_with

    def get_folder(self, folder_id: str) -> Folder:
        """Return a folder's description; ``"root"`` is the account's My Drive.

        Raises:
            ConfigError: it does not exist, is not shared with the account, or is not a folder.
        """
        try:
            answer = self._get_metadata(folder_id, FOLDER_FIELDS)
        except FileFault:
            answer = None
        if answer is None:
            raise config_error("folder_not_found", folder=folder_id, account=self.connection.share_with)
        folder = parse_folder(answer, folder_id)
        self.connection.remember_drive(folder_id, folder.drive_id)
        self.remember(folder)
        return folder

    def remember(self, folder: Folder) -> None:
        """Remember on which drive a folder and its parent are, so that no call is needed to find out."""
        for known in (folder.id, folder.parent_id):
            if known is not None:
                self.connection.remember_drive(known, folder.drive_id)

    def get_account_email(self) -> str:
        """Return the e-mail address of the credential's account; one call that needs no permission to any
        file.
        """

        def ask() -> str:
            about = self.connection.service(self.bucket).about()
            user = listing.execute(about.get(fields="user(emailAddress)")).get("user")
            email = user.get("emailAddress") if isinstance(user, dict) else None
            return str(email) if email else self.share_with

        return self.retries.call(ask, self.bucket)

    def find_folders(
        self, names: Sequence[str], parent_id: str, known: Mapping[str, Folder] | None = None
    ) -> dict[str, Folder]:
        """Return by name the folders of exactly these names in ``parent_id``: the oldest of several.

        One call finds all, unless its answer is ``known``; a name that it does not show is asked for alone,
        before anyone creates it.

        Raises:
            ConfigError: the parent does not exist or is not shared with the account.
        """
        found = self.find_named(names, parent_id) if known is None else dict(known)
        if len(names) > 1 or known is not None:
            with ThreadPoolExecutor(len(names)) as pool:
                missing = [name for name in names if name not in found]
                for one in pool.map(lambda name: self.find_named([name], parent_id), missing):
                    found |= one
        for folder in found.values():
            self.remember(folder)
        return found

    def create_folder(self, name: str, parent_id: str) -> str:
        """Create a folder and return its id; after a lost answer, search it before creating another one.

        Raises:
            ConfigError: the account may not create anything there.
        """
        is_doubtful = False

        def send() -> str:
            nonlocal is_doubtful
            if is_doubtful and (found := self.find_named([name], parent_id)):
                return found[name].id
            is_doubtful = True
            body = {"name": name, "mimeType": listing.FOLDER, "parents": [parent_id]}
            request = self._files().create(body=body, supportsAllDrives=True, fields="id")
            created = listing.execute(request).get("id")
            if not created:
                raise Transient(UNEXPECTED)
            return str(created)

        try:
            folder_id = self.retries.call(send, self.bucket)
        except FileFault:
            folder_id = None
        if folder_id is None:
            raise config_error("folder_not_creatable", folder=parent_id, account=self.connection.share_with)
        return folder_id

    def list_children(
        self,
        folder_id: str,
        *,
        page_token: str | None = None,
        since: date | None = None,
        not_named: Iterable[str] = (),
    ) -> Page:
        """Return one page of what is directly in a folder: PDFs (and images where those are read),
        subfolders, and other files.

        Args:
            folder_id: the folder.
            page_token: ``next_token`` of the previous page; None for the first one.
            since: only files created in Drive on that day (UTC) or later.
            not_named: subfolders of one of these names are left out.

        Raises:
            PageTokenRejected: list the folder again from the first page.
            FileFault: ``folder_vanished``.
        """
        query = listing.build_children_query(folder_id, since, not_named)
        request = listing.Listing(folder_id, query, listing.CHILD_FIELDS, self.settings.page_size, page_token)
        kinds = self._kinds
        found = self._get_page(request, lambda answer: listing.parse_children_page(answer, folder_id, kinds))
        drive_id = self._find_drive(folder_id)
        for subfolder_id in found.ids:
            # A folder is on its parent's drive, so no call is needed to find out where to list it.
            self.connection.remember_drive(subfolder_id, drive_id)
        return found

    def list_present(self, folder_ids: Iterable[str], oldest: datetime, newest: datetime) -> set[str]:
        """Return the ids of all files in these folders that were created between two times.

        Costs one call for each 1,000 files, and for each drive that holds the folders.

        Raises:
            FileFault: ``folder_vanished``.
        """
        by_drive: dict[str | None, list[str]] = {}
        for folder_id in sorted(folder_ids):
            by_drive.setdefault(self._find_drive(folder_id), []).append(folder_id)
        found: set[str] = set()
        for on_drive in by_drive.values():
            query = listing.build_present_query(on_drive, oldest, newest)
            token: str | None = None
            while True:
                request = listing.Listing(on_drive[0], query, listing.ID_FIELDS, listing.FILES_A_PAGE, token)
                page = self._get_page(request, listing.parse_ids_page)
                found.update(page.ids)
                token = page.next_token
                if token is None:
                    break
        return found

    def get_state(self, file_id: str) -> CurrentFile:
        """Return the current state of a file, in one call.

        Raises:
            FileFault: ``vanished``.
        """
        return parse_current(self._get_metadata(file_id, STATE_FIELDS))

    def download(self, file_id: str, size: int, md5: str | None, path: Path) -> str:
        """Fetch a file into ``path`` (0600): one call for each ``chunk_bytes``, none for an empty file.

        The retries count for the whole file: whichever chunk fails, the download continues there. Memory
        holds one chunk.

        Args:
            file_id: the file.
            size: bytes, as listed; not one more is written.
            md5: as listed, in hex; None where Drive has none.
            path: the target; the caller removes it, also after a failure.

        Returns:
            The SHA-256 in hex of the verified bytes.

        Raises:
            Transient: among others ``download_corrupt``, the bytes are not the listed file's.
            FileFault: ``vanished``; ``content_changed``, Drive has other bytes than were listed; or
                the reason why Drive does not give the file out.
            RunStop: ``scratch_full``.
        """
        descriptor = open_on_disk(path)
        try:
            if size == 0:
                return hashlib.sha256().hexdigest()
            download = Download(
                lambda: self._files().get_media(fileId=file_id, supportsAllDrives=True),
                FileOnDisk(descriptor, size),
                md5,
                self.settings.chunk_bytes,
            )
            return self._call_for_file(lambda: self._resume(download, file_id, size, md5), file_id)
        finally:
            os.close(descriptor)

    def _resume(self, download: Download, file_id: str, size: int, md5: str | None) -> str:
        """Continue a download; if other bytes came than were listed, ask Drive whether they changed."""
        try:
            return download.resume()
        except Transient as fault:
            if fault.code == CORRUPT:
                request = self._files().get(fileId=file_id, supportsAllDrives=True, fields=STATE_FIELDS)
                if not parse_current(listing.execute(request)).is_as_listed(size, md5):
                    raise FileFault(CHANGED) from None
            raise

    def move(self, file_id: str, source_id: str, folder_id: str) -> CurrentFile:
        """Move a file in one call; in doubt check where it is. A file already in the folder is a success.

        Returns:
            What Drive says of the file now.

        Raises:
            FileFault: ``vanished``, ``moved_elsewhere`` (by a person, out of the source) or
                ``move_forbidden``.
            ConfigError: ``folder_not_found``, the outcome folder is gone or not shared any more.
        """
        move = Move(
            lambda: self._files().update(
                fileId=file_id,
                addParents=folder_id,
                removeParents=source_id,
                supportsAllDrives=True,
                fields=STATE_FIELDS,
            ),
            lambda: self._files().get(fileId=file_id, supportsAllDrives=True, fields=STATE_FIELDS),
            source_id,
            folder_id,
            config_error("folder_not_found", folder=folder_id, account=self.connection.share_with),
        )
        return self._call_for_file(move.send, file_id)

    def set_property(self, folder_id: str, name: str, value: str) -> None:
        """Set a property of a folder that only this app sees; name and value have 124 bytes together.

        Raises:
            FileFault: Drive refuses.
        """
        self._call_for_file(
            lambda: listing.execute(
                self._files().update(
                    fileId=folder_id,
                    body={"appProperties": {name: value}},
                    supportsAllDrives=True,
                    fields="id",
                )
            ),
            folder_id,
        )

    def _call_for_file(self, send: Callable[[], T], file_id: str) -> T:
        """Send a call about a file, repeat it after transient faults, and put the file's id on its fault."""
        try:
            return self.retries.call(send, self.bucket)
        except FileFault as fault:
            code = fault.code
        raise FileFault(code, file=file_id)

    def _files(self) -> Files:
        return self.connection.files(self.bucket)

    def _get_metadata(self, file_id: str, fields: str) -> dict[str, Any]:
        return self.retries.call(
            lambda: listing.execute(self._files().get(fileId=file_id, supportsAllDrives=True, fields=fields)),
            self.bucket,
        )

    def _find_drive(self, folder_id: str) -> str | None:
        def look_up(unknown_id: str) -> str | None:
            return self._get_metadata(unknown_id, "id,driveId").get("driveId")

        return self.connection.find_drive(folder_id, look_up)

    def _get_page(self, request: listing.Listing, parse: Callable[[dict[str, Any]], Page]) -> Page:
        try:
            return self._list(request, parse)
        except FileFault as fault:
            about = listing.explain_listing_fault(fault, request)
        raise about

    def _list(self, request: listing.Listing, parse: Callable[[dict[str, Any]], T]) -> T:
        parameters = request.build_parameters(self._find_drive(request.folder_id))
        return self.retries.call(
            lambda: parse(listing.execute_listing(self._files().list(**parameters))), self.bucket
        )

    def find_named(self, names: Sequence[str], parent_id: str) -> dict[str, Folder]:
        """Return the folders of these names that one call shows; see `find_folders`.

        Raises:
            ConfigError: the parent does not exist or is not shared with the account.
        """
        try:
            found = self._list_named(names, parent_id)
        except FileFault:
            found = None
        if found is None:
            raise config_error("folder_not_found", folder=parent_id, account=self.connection.share_with)
        folders: dict[str, Folder] = {}
        for item in sorted(found, key=lambda item: (item.get("createdTime", ""), item["id"])):
            # Drive compares names without regard to case.
            folder = parse_folder(item, item["id"])
            if folder.name in names:
                folders.setdefault(folder.name, folder)
        return folders

    def _list_named(self, names: Sequence[str], parent_id: str) -> list[dict[str, Any]]:
        """Return all folders of these names, from as many pages as Drive returns."""
        query = listing.build_named_query(names, parent_id)
        found: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            request = listing.Listing(parent_id, query, NAMED_FIELDS, listing.FOLDERS_A_PAGE, token)
            answer = self._list(request, dict)
            found += answer["files"]
            token = answer.get("nextPageToken")
            if not token:
                return found
