"""What a run asks both systems first, asked while the temporary Prefect server starts; only reading.

The server takes two seconds to start, and these calls need neither it nor the ledger's lease. Whatever fails
here is asked again by the run's preflight, which says what is wrong. A run that is alone has the quota to
itself, so only such a run asks early.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from mailroom.call_retries import RetryPolicy
from mailroom.config.settings import Settings
from mailroom.crm.connection import CrmConnection
from mailroom.drive import DriveClient, Folder
from mailroom.drive.outcome_folders import KnownFolders, look_up_folders
from mailroom.errors import MailroomError
from mailroom.rate_limit import CallMeter

# A run that could not begin within this time asks again.
FRESH_SECONDS = 20.0


@dataclass
class EarlyChecks:
    """Asks in two threads, one for each system; what has been answered is there for the run.

    Args:
        settings: those of the systems that the run works on.
        crm_meter: counts the calls to the CRM.
        clock: monotonic seconds.
    """

    settings: Settings
    crm_meter: CallMeter
    clock: Callable[[], float] = time.monotonic
    _folders: KnownFolders = field(default_factory=KnownFolders)
    _crm_answered: float | None = None
    _drive_answered: float | None = None

    def know(self, inboxes: Sequence[Folder]) -> None:
        """Keep what Drive said just now of the folders of the run."""
        self._folders = KnownFolders({inbox.id: inbox for inbox in inboxes})
        self._drive_answered = self.clock()

    def begin(self, drive: DriveClient, inboxes: Sequence[Folder]) -> tuple[threading.Thread, ...]:
        """Start asking; return the threads, which need not be waited for.

        Args:
            drive: asks Drive.
            inboxes: the folders of the run, which were asked for already.
        """
        threads = (
            threading.Thread(target=self._ask_drive, args=[drive, inboxes], name="early drive", daemon=True),
            threading.Thread(target=self._ask_crm, name="early crm", daemon=True),
        )
        for thread in threads:
            thread.start()
        return threads

    def get_folders(self) -> KnownFolders:
        """What Drive answered a short while ago; nothing where it did not, or not yet."""
        return self._folders if self._is_fresh(self._drive_answered) else KnownFolders()

    def has_crm_answered(self) -> bool:
        """Whether the CRM accepted the credentials a short while ago."""
        return self._is_fresh(self._crm_answered)

    def forget(self) -> None:
        """Forget all answers: another run has worked since."""
        self._drive_answered = self._crm_answered = None

    def _is_fresh(self, answered: float | None) -> bool:
        return answered is not None and self.clock() - answered < FRESH_SECONDS

    def _ask_drive(self, drive: DriveClient, inboxes: Sequence[Folder]) -> None:
        asked = self.clock()
        with suppress(MailroomError):
            self._folders = look_up_folders(drive, self.settings.drive, inboxes)
            self._drive_answered = asked

    def _ask_crm(self) -> None:
        asked = self.clock()
        with (
            suppress(MailroomError),
            CrmConnection(self.settings, time.sleep, meter=self.crm_meter) as connection,
        ):
            connection.make_client(RetryPolicy(())).check()
            self._crm_answered = asked
