"""A record outside the ledger, by which a run notices an older copy of the ledger, or a new one in its place.

One line of JSON in a file beside a SQLite ledger, or in the state directory for a database server: how many
writes to the CRM were intended, which only grows, and the key of markers, encrypted with the ledger's key.
`mailroom.ledger.history` decides what to do if the ledger is behind its record.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mailroom.errors import ConfigError


@dataclass(frozen=True)
class LastKnown:
    """How many writes were intended, and the key of markers as the ledger stores it (None: not yet known)."""

    intents: int = 0
    marker_key: str | None = None


class LedgerRecord:
    """The file at ``path``; processes and threads may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> LastKnown:
        """Return the content of the file; without a file, that of a new ledger.

        Raises:
            ConfigError: it cannot be read or written.
        """
        return self._change(lambda known: known) if self.path.exists() else LastKnown()

    def advance(self, intents: int) -> None:
        """Record the number of intended writes; a smaller number than before changes nothing.

        Raises:
            ConfigError: it cannot be written.
        """
        self._change(lambda known: replace(known, intents=max(intents, known.intents)))

    def keep_marker_key(self, token: str) -> None:
        """Record the key of markers, as the ledger stores it.

        Raises:
            ConfigError: it cannot be written.
        """
        self._change(lambda known: replace(known, marker_key=token))

    def _change(self, change: Callable[[LastKnown], LastKnown]) -> LastKnown:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "r+", encoding="ascii") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                before = _parse(file.readline())
                after = change(before)
                if after != before:
                    # One short line in place: a sector is written whole or not at all.
                    file.seek(0)
                    file.write(json.dumps(asdict(after)) + "\n")
                    file.truncate()
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise ConfigError(
                "ledger_record_unwritable",
                what=f"The ledger's record {self.path} cannot be written: {error.strerror}.",
                fix="Free space on its disk, and give this user permission to write there.",
            ) from None
        return after


def _parse(line: str) -> LastKnown:
    with suppress(ValueError, TypeError):
        return LastKnown(**json.loads(line))
    return LastKnown()
