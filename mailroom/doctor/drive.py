"""Checks Drive: the credential, and the account's permissions in the inbox and the outcome folders.

The permissions are read from ``files.get``. Nothing is created or moved to test them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailroom.call_retries import RetryPolicy
from mailroom.config.api_settings import DriveSettings
from mailroom.doctor.lines import Line, describe_error, not_checked, note, ok, wrong
from mailroom.drive import DriveClient, DriveConnection, Folder
from mailroom.drive.faults import config_error
from mailroom.drive.outcome_folders import NAMES
from mailroom.errors import ConfigError, MailroomError
from mailroom.rate_limit import CallMeter, TokenBucket
from mailroom.run.drive_record import ANOTHER_LEDGER, BRING_LEDGER, names_ledger

CREDENTIAL = "Drive credential"
INBOX = "Drive inbox"
SYSTEM, SETTING = "Google Drive", "MAILROOM_DRIVE__ROOT_URL"
# Short, since a person waits for the result.
TIMEOUT_SECONDS = 10.0
NO_INBOX = wrong(
    INBOX,
    "Not set: MAILROOM_DRIVE__INBOX_ID.",
    "Set it to the last part of the folder's address in the browser.",
)


def check_drive(settings: DriveSettings, *, has_ledger: bool = True) -> Iterator[Line]:
    """Yield lines for the credential, the inbox and the three outcome folders, after a few read calls.

    Without a ledger, a folder in which another ledger has filed is wrong.
    """
    try:
        quick = settings.model_copy(
            update={"timeout_seconds": min(settings.timeout_seconds, TIMEOUT_SECONDS)}
        )
        connection = DriveConnection(quick)
        bucket = TokenBucket(settings.calls_per_second, CallMeter())
        drive = DriveClient(quick, connection, bucket, RetryPolicy(delays=()))
        email = drive.get_account_email()
    except MailroomError as error:
        yield describe_error(CREDENTIAL, error, SYSTEM, SETTING)
        yield (
            NO_INBOX
            if settings.inbox_id is None
            else not_checked(INBOX, "the Drive credential must work first")
        )
        for topic in NAMES.values():
            yield not_checked(topic, "the Drive credential must work first")
        return
    # Only Drive knows the account of an access token.
    asker = drive.share_with if connection.account else email
    yield ok(CREDENTIAL, f"{SYSTEM} accepts it as {asker}")
    yield from _FolderChecks(drive, settings, asker, has_ledger).check_folders()


@dataclass(frozen=True)
class _FolderChecks:
    """Checks the account's permissions in each folder; ``asker`` is the account to share folders with."""

    drive: DriveClient
    settings: DriveSettings
    asker: str
    has_ledger: bool

    def check_folders(self) -> Iterator[Line]:
        """Yield a line for the inbox, then one for each outcome folder."""
        inbox_id = self.settings.inbox_id
        if inbox_id is None:
            yield NO_INBOX
            inbox = None
        else:
            try:
                inbox = self.drive.get_folder(inbox_id)
                yield self._check_inbox(inbox)
            except MailroomError as error:
                yield describe_error(INBOX, error, SYSTEM, SETTING)
                inbox = None
        configured = (self.settings.matched_id, self.settings.unmatched_id, self.settings.review_id)
        for name, folder_id in zip(NAMES, configured, strict=True):
            try:
                yield self._check_outcome_folder(name, folder_id, inbox)
            except MailroomError as error:
                yield describe_error(NAMES[name], error, SYSTEM, SETTING)

    def _check_inbox(self, inbox: Folder) -> Line:
        if not inbox.can_list_children:
            return _describe(INBOX, config_error("folder_not_readable", folder=inbox.id, account=self.asker))
        if not inbox.can_move_children:
            return _describe(INBOX, config_error("folder_read_only", folder=inbox.id, account=self.asker))
        return ok(INBOX, f"{inbox.id}: files can be read and moved out of it")

    def _check_outcome_folder(self, name: str, folder_id: str | None, inbox: Folder | None) -> Line:
        topic = NAMES[name]
        if folder_id is not None:
            folder = self.drive.get_folder(folder_id)
            if inbox is not None and folder.id == inbox.id:
                return wrong(
                    topic,
                    "This folder is the inbox itself.",
                    f"Set MAILROOM_DRIVE__{name.upper()}_ID to another folder, or remove this setting.",
                )
            return self._check_folder(topic, folder, "from the settings")
        if inbox is None:
            return not_checked(topic, "the inbox must be found first, since this folder is beside the inbox")
        # As in a run: beside the inbox, or in it if the account cannot see the inbox's parent.
        parent = inbox.parent_id or inbox.id
        where = "beside the inbox" if inbox.parent_id else "in the inbox (its parent is not shared)"
        found = self.drive.find_folders([NAMES[name]], parent).get(NAMES[name])
        if found is not None:
            return self._check_folder(topic, found, f"found {where}")
        if self.drive.get_folder(parent).can_add_children:
            return note(
                topic,
                f"does not exist yet; the first run on the real systems creates it {where}",
            )
        return _describe(topic, config_error("folder_not_creatable", folder=parent, account=self.asker))

    def _check_folder(self, topic: str, folder: Folder, how: str) -> Line:
        if not folder.can_add_children:
            return _describe(topic, config_error("folder_not_writable", folder=folder.id, account=self.asker))
        if not self.has_ledger and names_ledger(folder.properties):
            return wrong(topic, ANOTHER_LEDGER, BRING_LEDGER)
        return ok(topic, f"{folder.id}: files can be moved into it ({how})")


def _describe(topic: str, error: ConfigError) -> Line:
    return describe_error(topic, error, SYSTEM, SETTING)
