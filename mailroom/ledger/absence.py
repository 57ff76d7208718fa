"""Surviving an absence of the ledger's database server: a restart, a failover, a network that is cut.

A call of the ledger waits until the server answers again, and is then made again, if nothing of it was
committed. Where the connection broke while it was being committed, the server is asked what became of it
(`mailroom.ledger.store`). SQLite has no server; its lock is waited for by SQLite itself.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from mailroom.errors import RunStop, Transient

log = logging.getLogger(__name__)

# A run that was silent for so long has lost its lease (`mailroom.ledger.runs.SILENT_SECONDS`): another
# machine may have taken over, so it would wait in vain.
PATIENCE_SECONDS = 120.0
RETRY_SECONDS = 1.0
# The cause of a server that answers and writes nothing, as a standby does that nobody has promoted yet.
READ_ONLY = "it is read-only"


class Interrupted(Transient):
    """The server did not answer or refused the transaction, for ``cause``; nothing of it was committed."""

    def __init__(self, cause: str) -> None:
        super().__init__("ledger_unreachable")
        self.cause = cause


class Absence:
    """Whether the server answers; one object for all threads that use a ledger.

    Attributes:
        sleep: waits for a number of seconds; may raise when the run must stop.
        patience: in seconds; an absence that is longer is final. 0: nothing is waited for.
    """

    def __init__(self) -> None:
        self.sleep: Callable[[float], None] = time.sleep
        self.patience = 0.0
        self._lock = threading.Lock()
        self._since: float | None = None
        self._cause = ""
        self._is_final = False

    def check(self) -> None:
        """Raise RunStop if the server was away for too long."""
        if self._is_final and self._since is not None:
            raise RunStop(
                "ledger_unreachable",
                what=f"The ledger's database server has been unavailable for {time.monotonic() - self._since:.0f} s "
                f"({self._cause}).",
                fix="Nothing is lost. When it works again, start this command again; it continues where it stopped.",
            )

    def wait(self, interrupted: Interrupted) -> None:
        """Wait until the next try of a call that was interrupted.

        The first try is made at once: the pool's connections may be older than a restart of the server.

        Raises:
            RunStop: the server has been away for longer than ``patience``; or the run must stop.
        """
        if not self.patience:
            raise interrupted
        with self._lock:
            now, is_first = time.monotonic(), self._since is None
            if is_first or interrupted.cause != self._cause:
                log.warning(
                    "The ledger's database server is unavailable (%s); the run waits for it.",
                    interrupted.cause,
                )
            self._cause = interrupted.cause
            self._since = now if self._since is None else self._since
            self._is_final = self._is_final or now - self._since >= self.patience
        self.check()
        self.sleep(0.0 if is_first else RETRY_SECONDS)

    def note_answer(self, *, wrote: bool) -> None:
        """Note that the server carried out a transaction; one that refuses to write is still away."""
        if self._since is None or (self._cause == READ_ONLY and not wrote):
            return
        with self._lock:
            if self._is_final:
                return
            since, self._since = self._since, None
        if since is not None:
            log.warning("The ledger's database server answers again, after %.0f s.", time.monotonic() - since)


Method = TypeVar("Method", bound=Callable[..., Any])


def repeating(method: Method) -> Method:
    """Make a method of the ledger that is called again as long as it is interrupted.

    Transactions of it that were committed before are carried out again too: each must be safe to repeat, or
    in a method of its own.
    """

    @functools.wraps(method)
    def repeat(self: Any, *args: Any, **kwargs: Any) -> Any:
        while True:
            try:
                return method(self, *args, **kwargs)
            except Interrupted as interrupted:
                self.absence.wait(interrupted)

    return cast("Method", repeat)
