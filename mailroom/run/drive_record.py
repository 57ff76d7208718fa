"""The ledger's last known state, kept in Drive: by it a run notices that the whole state directory is older.

A snapshot of a machine brings ledger, key and record (`mailroom.ledger.record`) back together, so that only a
place elsewhere can tell. It is a property of the folder of matched files, which only this app can see: how
many runs have begun on the ledger, and how many writes to the CRM they intended. Both only grow. The
property's name is derived from the ledger's key of markers, so that each ledger has its own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from mailroom.drive import DriveClient
from mailroom.errors import ConfigError, FileFault, RunStop, Transient
from mailroom.ledger import Ledger, LedgerState
from mailroom.run.side_thread import run_beside

log = logging.getLogger(__name__)

# How often a run tells Drive what it intended to write since. A snapshot that is younger than this when its
# run is killed goes unnoticed.
KEEP_SECONDS = 15.0
ANOTHER_LEDGER = (
    "There is no ledger here yet, but another ledger of the mail room has filed documents from this inbox."
)
BRING_LEDGER = (
    "Bring that ledger and its key here (docs/operations.md, Another machine), or set MAILROOM_STATE_DIR or "
    "MAILROOM_LEDGER_URL to it. If it is lost, start a run once on the command line with --new-ledger; files that are put back "
    "into the inbox may then be filed twice."
)


def check_for_another(ledger: Ledger, properties: Mapping[str, str]) -> None:
    """Refuse to begin a new ledger where another one has filed: its documents would be filed again.

    Args:
        ledger: a ledger without history. A person who began it although others exist has noted a gap in it.
        properties: those of the folder of matched files.

    Raises:
        ConfigError: ``another_ledger``.
    """
    if ledger.get_public_name() not in properties and names_ledger(properties) and not ledger.has_gap():
        raise ConfigError("another_ledger", what=ANOTHER_LEDGER, fix=BRING_LEDGER)


def names_ledger(properties: Mapping[str, str]) -> bool:
    """Whether a ledger that intended writes is named in these properties of the folder of matched files."""
    return any(name.startswith("MR-") and _parse(value).intents for name, value in properties.items())


class DriveRecord:
    """What one run tells Drive of the ledger's state, from its checks to its end.

    Args:
        ledger: the ledger.
        client: writes the property, without retries, at any time of the run.
        folder_id: the folder of matched files.
    """

    def __init__(self, ledger: Ledger, client: DriveClient, folder_id: str) -> None:
        self._ledger = ledger
        self._client = client
        self._folder_id = folder_id
        # At the start of the run; None: Drive lets the account write nothing, or was not asked yet.
        self._told: LedgerState | None = None

    @contextmanager
    def telling(self, drive: DriveClient, properties: Mapping[str, str]) -> Iterator[None]:
        """Note a gap if Drive knows a later state of the ledger; keep telling it the present one.

        Args:
            drive: writes the property the first time.
            properties: those of the folder, as it was found.

        Raises:
            Transient, RunStop, ConfigError: Drive does not answer, or refuses all calls.
        """
        self._told = told = compare(self._ledger, drive, self._folder_id, properties)
        if told is None:
            yield
            return
        with run_beside(partial(keep_up, self._ledger, self._client, self._folder_id, told), "drive record"):
            yield

    def tell_end(self) -> None:
        """Tell Drive how far the ledger is, also after a stop; nothing if that is what it was told first."""
        if self._told is None or self._ledger.get_state() != self._told:
            update(self._ledger, self._client, self._folder_id)


def compare(
    ledger: Ledger, drive: DriveClient, folder_id: str, properties: Mapping[str, str]
) -> LedgerState | None:
    """Note a gap if the ledger is older than Drive says, count the run, and tell Drive. One call.

    Args:
        ledger: the ledger, on which the run has begun.
        drive: writes the property.
        folder_id: the folder of matched files.
        properties: those of the folder, as it was found.

    Returns:
        What Drive knows now; None if it lets the account write nothing.

    Raises:
        Transient, RunStop, ConfigError: Drive does not answer, or refuses all calls.
    """
    known = _parse(properties.get(ledger.get_public_name(), ""))
    state = ledger.begin_run_after(known)
    return state if _write(ledger, drive, folder_id, state) else None


def keep_up(
    ledger: Ledger,
    drive: DriveClient,
    folder_id: str,
    told: LedgerState,
    ended: threading.Event,
    every: float = KEEP_SECONDS,
) -> None:
    """Tell Drive within ``every`` seconds how many writes were intended, until ``ended`` is set.

    A snapshot from the middle of a run that is killed later is noticed by that. ``told`` is what Drive knows.
    """
    while not ended.wait(every):
        # What fails now is told later; an outage ends the run by its own calls.
        with suppress(Transient, RunStop, ConfigError):
            if (state := ledger.get_state()) != told and not _write(ledger, drive, folder_id, state):
                return
            told = state


def update(ledger: Ledger, drive: DriveClient, folder_id: str) -> None:
    """Tell Drive at the end of a run how many writes were intended. One call; a failure costs nothing."""
    try:
        _write(ledger, drive, folder_id, ledger.get_state())
    except (Transient, RunStop, ConfigError) as fault:
        log.warning("The ledger's state could not be kept in Drive: %s", fault.code)


def _write(ledger: Ledger, drive: DriveClient, folder_id: str, state: LedgerState) -> bool:
    """Write it; return whether Drive lets the account do so."""
    try:
        drive.set_property(folder_id, ledger.get_public_name(), f"{state.runs}.{state.intents}")
    except FileFault as fault:
        # Another account owns the folder: only restored snapshots go unnoticed.
        log.warning("The ledger's state could not be kept in Drive: %s", fault.code)
        return False
    return True


def _parse(value: str) -> LedgerState:
    runs, _, intents = value.partition(".")
    if runs.isdecimal() and intents.isdecimal():
        return LedgerState(int(runs), int(intents))
    return LedgerState(0, 0)
