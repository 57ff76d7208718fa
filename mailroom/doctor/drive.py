"""Drive: a real call with the credential, and what it may do in the inbox and the folders that files end in.

Rights are read from what ``files.get`` tells of them; nothing is created or moved to try them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailroom.config.api_settings import DriveSettings
from mailroom.doctor.lines import Line, not_checked, note, of_error, ok, wrong
from mailroom.drive import DriveClient, DriveConnection, Folder
from mailroom.drive.folders import (
    folder_not_creatable,
    folder_not_readable,
    folder_not_writable,
    folder_read_only,
)
from mailroom.drive.outcome_folders import NAMES
from mailroom.errors import ConfigError, MailroomError
from mailroom.rate_limit import CallMeter, RetryPolicy, TokenBucket

CREDENTIAL = "Drive credential"
INBOX = "Drive inbox"
TOPICS = {name: f"Drive {name.upper()}" for name in NAMES}
SYSTEM, SETTING = "Google Drive", "MAILROOM_DRIVE__ROOT_URL"
# A person waits.
TIMEOUT_SECONDS = 10.0
NO_INBOX = wrong(
    INBOX,
    "Not set: MAILROOM_DRIVE__INBOX_ID.",
    "Set it to the last part of the folder's address in the browser.",
)


def check_drive(settings: DriveSettings) -> Iterator[Line]:
    """The credential, the inbox, the three outcome folders: about a dozen calls that only read."""
    try:
        quick = settings.model_copy(
            update={"timeout_seconds": min(settings.timeout_seconds, TIMEOUT_SECONDS)}
        )
        connection = DriveConnection(quick)
        bucket = TokenBucket(settings.calls_per_second, CallMeter())
        drive = DriveClient(quick, connection, bucket, RetryPolicy(delays=()))
        email = drive.account_email()
    except MailroomError as error:
        yield of_error(CREDENTIAL, error, SYSTEM, SETTING)
        yield (
            NO_INBOX if settings.inbox_id is None else not_checked(INBOX, "the Drive credential comes first")
        )
        for topic in TOPICS.values():
            yield not_checked(topic, "the Drive credential comes first")
        return
    # Of an access token only Drive knows whose it is.
    asker = drive.share_with if connection.account else email
    yield ok(CREDENTIAL, f"{SYSTEM} accepts it, as {asker}")
    yield from _FolderChecks(drive, settings, asker).lines()


@dataclass(frozen=True)
class _FolderChecks:
    """What the account may do in each folder; the messages name who they have to be shared with."""

    drive: DriveClient
    settings: DriveSettings
    asker: str

    def lines(self) -> Iterator[Line]:
        """The inbox, then the folders that files end in."""
        inbox_id = self.settings.inbox_id
        if inbox_id is None:
            yield NO_INBOX
            inbox = None
        else:
            try:
                inbox = self.drive.folder(inbox_id)
                yield self._inbox(inbox)
            except MailroomError as error:
                yield of_error(INBOX, error, SYSTEM, SETTING)
                inbox = None
        configured = (self.settings.matched_id, self.settings.unmatched_id, self.settings.review_id)
        for name, folder_id in zip(NAMES, configured, strict=True):
            try:
                yield self._outcome(name, folder_id, inbox)
            except MailroomError as error:
                yield of_error(TOPICS[name], error, SYSTEM, SETTING)

    def _inbox(self, inbox: Folder) -> Line:
        if not inbox.can_list_children:
            return _of(INBOX, folder_not_readable(inbox.id, self.asker))
        if not inbox.can_move_children:
            return _of(INBOX, folder_read_only(inbox.id, self.asker))
        return ok(INBOX, f"{inbox.id}: may be read, and files moved out of it")

    def _outcome(self, name: str, folder_id: str | None, inbox: Folder | None) -> Line:
        topic = TOPICS[name]
        if folder_id is not None:
            folder = self.drive.folder(folder_id)
            if inbox is not None and folder.id == inbox.id:
                return wrong(
                    topic,
                    "It is the inbox itself.",
                    f"Set MAILROOM_DRIVE__{name.upper()}_ID to another folder, or leave it out.",
                )
            return self._target(topic, folder, "as set")
        if inbox is None:
            return not_checked(topic, "it is looked for beside the inbox")
        # As a run does: beside the inbox, in it where the account does not see what is beside it.
        parent = inbox.parent_id or inbox.id
        where = "beside the inbox" if inbox.parent_id else "in the inbox (its parent is not shared)"
        found = self.drive.find_folder(NAMES[name], parent)
        if found is not None:
            return self._target(topic, found, f"{NAMES[name]}, found {where}")
        if self.drive.folder(parent).can_add_children:
            return note(topic, f"{NAMES[name]} is not there yet: the first run makes it {where}")
        return _of(topic, folder_not_creatable(parent, self.asker))

    def _target(self, topic: str, folder: Folder, how: str) -> Line:
        if not folder.can_add_children:
            return _of(topic, folder_not_writable(folder.id, self.asker))
        return ok(topic, f"{folder.id}: files may be moved into it ({how})")


def _of(topic: str, error: ConfigError) -> Line:
    return of_error(topic, error, SYSTEM, SETTING)
