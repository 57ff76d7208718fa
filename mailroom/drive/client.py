"""What the mail room does in Google Drive: look at folders, list, download, move. Nothing is ever deleted.

A client works under one slot of the quota: every request takes from its bucket right before it is sent, and
calls that may be repeated are repeated in place. Any number of threads may share one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from mailroom.config.api_settings import DriveSettings
from mailroom.drive.connection import DriveConnection, Files
from mailroom.drive.download import Download, Target, open_target
from mailroom.drive.faults import UNEXPECTED
from mailroom.drive.folders import (
    FOLDER_FIELDS,
    NAMED_FIELDS,
    Folder,
    folder_not_creatable,
    folder_not_found,
    parse_folder,
)
from mailroom.drive.listing import (
    FILE_FIELDS,
    FOLDER,
    FOLDERS_A_PAGE,
    IMAGES,
    PDF,
    SUBFOLDER_FIELDS,
    Listing,
    Page,
    build_children_query,
    build_named_query,
    build_subfolders_query,
    execute,
    execute_listing,
    explain_listing_fault,
    parse_files_page,
    parse_folders_page,
)
from mailroom.drive.move import Move
from mailroom.errors import FileFault, Transient
from mailroom.rate_limit import RetryPolicy, TokenBucket

T = TypeVar("T")


class DriveClient:
    """Calls to Drive under one slot's share of the quota.

    Every method may raise `Transient` after its repeats, `RunStop` when a quota is used up, and `ConfigError`
    when Drive rejects the credentials. Errors hold ids, never names.
    """

    def __init__(
        self,
        settings: DriveSettings,
        connection: DriveConnection,
        bucket: TokenBucket,
        repeats: RetryPolicy,
        *,
        images: bool = False,
    ) -> None:
        self._kinds = (PDF, *IMAGES) if images else PDF
        self._settings = settings
        self._connection = connection
        self._bucket = bucket
        self._repeats = repeats

    @property
    def share_with(self) -> str:
        """Who folders have to be shared with, in words for a person."""
        return self._connection.share_with

    def folder(self, folder_id: str) -> Folder:
        """Look at a folder; ``"root"`` is the account's My Drive.

        Raises:
            ConfigError: it does not exist, is not shared with the account, or is no folder.
        """
        try:
            answer = self._metadata(folder_id, FOLDER_FIELDS)
        except FileFault:
            answer = None
        if answer is None:
            raise folder_not_found(folder_id, self._connection.share_with)
        folder = parse_folder(answer, folder_id)
        for known in (folder_id, folder.id, folder.parent_id):
            if known is not None:
                self._connection.remember_drive(known, folder.drive_id)
        return folder

    def account_email(self) -> str:
        """The account that Drive takes the credential for; one call that needs no right to any file."""

        def ask() -> str:
            about = self._connection.service(self._bucket).about()
            user = execute(about.get(fields="user(emailAddress)")).get("user")
            email = user.get("emailAddress") if isinstance(user, dict) else None
            return str(email) if email else self.share_with

        return self._repeats.call(ask, self._bucket)

    def find_folder(self, name: str, parent_id: str) -> Folder | None:
        """The folder of exactly this name in ``parent_id``; the oldest of several; else None.

        Raises:
            ConfigError: the parent does not exist or is not shared with the account.
        """
        try:
            found = self._named(name, parent_id)
        except FileFault:
            found = None
        if found is None:
            raise folder_not_found(parent_id, self._connection.share_with)
        # Drive compares names without regard to case.
        exact = [item for item in found if item.get("name") == name]
        oldest = min(exact, key=lambda item: (item.get("createdTime", ""), item["id"]), default=None)
        return parse_folder(oldest, oldest["id"]) if oldest else None

    def create_folder(self, name: str, parent_id: str) -> str:
        """Create a folder and give its id. After a lost answer it is looked for before another one is made.

        Raises:
            ConfigError: the account may not create anything there.
        """
        is_doubtful = False

        def send() -> str:
            nonlocal is_doubtful
            if is_doubtful and (found := self.find_folder(name, parent_id)) is not None:
                return found.id
            is_doubtful = True
            body = {"name": name, "mimeType": FOLDER, "parents": [parent_id]}
            request = self._files().create(body=body, supportsAllDrives=True, fields="id")
            created = execute(request).get("id")
            if not created:
                raise Transient(UNEXPECTED)
            return str(created)

        try:
            folder_id = self._repeats.call(send, self._bucket)
        except FileFault:
            folder_id = None
        if folder_id is None:
            raise folder_not_creatable(parent_id, self._connection.share_with)
        return folder_id

    def list_files(self, folder_id: str, *, page_token: str | None = None, since: date | None = None) -> Page:
        """One page of the PDFs, and images where those are read, that lie directly in a folder.

        Args:
            folder_id: the folder.
            page_token: the page before's ``next_token``; None for page one.
            since: only files created in Drive on that day (UTC) or later.

        Raises:
            PageTokenRejected: list the folder again from page one.
            FileFault: ``folder_vanished``.
        """
        query = build_children_query(folder_id, self._kinds, since)
        listing = Listing(folder_id, query, FILE_FIELDS, self._settings.page_size, page_token)
        return self._page(listing, lambda answer: parse_files_page(answer, folder_id))

    def list_folders(
        self, folder_id: str, *, page_token: str | None = None, not_named: Iterable[str] = ()
    ) -> Page:
        """One page of the folders that lie directly in a folder, up to 1,000; raises as `list_files`.

        Args:
            folder_id: the folder.
            page_token: the page before's ``next_token``; None for page one.
            not_named: folders of these names are left out.
        """
        listing = Listing(
            folder_id,
            build_subfolders_query(folder_id, not_named),
            SUBFOLDER_FIELDS,
            FOLDERS_A_PAGE,
            page_token,
        )
        found = self._page(listing, parse_folders_page)
        drive_id = self._drive_of(folder_id)
        for subfolder_id in found.folder_ids:
            # A folder lies on its parent's drive, so that listing it needs no look.
            self._connection.remember_drive(subfolder_id, drive_id)
        return found

    def download(self, file_id: str, size: int, md5: str | None, target: Path) -> str:
        """Fetch a file into ``target`` (0600): one call for each ``chunk_bytes``, none for an empty file.

        The repeats are the file's: whichever chunk breaks, it goes on there. Memory holds one chunk.

        Args:
            file_id: the file.
            size: bytes, as listed; not one more is written.
            md5: as listed, in hex; None where Drive has none.
            target: the path; the caller removes it, also after a failure.

        Returns:
            The SHA-256 in hex of the verified bytes.

        Raises:
            Transient: among others ``download_corrupt``, the bytes are not the listed file's.
            FileFault: ``vanished``, or the reason why Drive does not give the file out.
            RunStop: ``scratch_full``.
        """
        descriptor = open_target(target)
        try:
            if size == 0:
                return hashlib.sha256().hexdigest()
            download = Download(
                lambda: self._files().get_media(fileId=file_id, supportsAllDrives=True),
                Target(descriptor, size),
                md5,
                self._settings.chunk_bytes,
            )
            return self._about_file(download.resume, file_id)
        finally:
            os.close(descriptor)

    def move(self, file_id: str, source_id: str, target_id: str) -> None:
        """Move a file in one call; in doubt look where it lies. That it lies there already is success.

        Raises:
            FileFault: ``vanished``, ``moved_elsewhere`` (by a person, out of the source) or
                ``move_forbidden``.
            ConfigError: ``folder_not_found``, the target folder is gone or not shared any more.
        """
        move = Move(
            lambda: self._files().update(
                fileId=file_id,
                addParents=target_id,
                removeParents=source_id,
                supportsAllDrives=True,
                fields="id,parents",
            ),
            lambda: self._files().get(fileId=file_id, supportsAllDrives=True, fields="id,parents"),
            source_id,
            target_id,
            folder_not_found(target_id, self._connection.share_with),
        )
        self._about_file(move.send, file_id)

    def _about_file(self, send: Callable[[], T], file_id: str) -> T:
        """Repeat what may be repeated, and put the file's id on its fault."""
        try:
            return self._repeats.call(send, self._bucket)
        except FileFault as fault:
            code = fault.code
        raise FileFault(code, file=file_id)

    def _files(self) -> Files:
        return self._connection.files(self._bucket)

    def _metadata(self, file_id: str, fields: str) -> dict[str, Any]:
        return self._repeats.call(
            lambda: execute(self._files().get(fileId=file_id, supportsAllDrives=True, fields=fields)),
            self._bucket,
        )

    def _drive_of(self, folder_id: str) -> str | None:
        def look(unknown_id: str) -> str | None:
            return self._metadata(unknown_id, "id,driveId").get("driveId")

        return self._connection.drive_of(folder_id, look)

    def _page(self, listing: Listing, parse: Callable[[dict[str, Any]], Page]) -> Page:
        try:
            return self._listed(listing, parse)
        except FileFault as fault:
            about = explain_listing_fault(fault, listing)
        raise about

    def _listed(self, listing: Listing, parse: Callable[[dict[str, Any]], T]) -> T:
        parameters = listing.parameters(self._drive_of(listing.folder_id))
        return self._repeats.call(
            lambda: parse(execute_listing(self._files().list(**parameters))), self._bucket
        )

    def _named(self, name: str, parent_id: str) -> list[dict[str, Any]]:
        """All folders of a name, over as many pages as Drive makes of them."""
        query = build_named_query(name, parent_id)
        found: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            listing = Listing(parent_id, query, NAMED_FIELDS, FOLDERS_A_PAGE, token)
            answer = self._listed(listing, dict)
            found += answer["files"]
            token = answer.get("nextPageToken")
            if not token:
                return found
