"""Ctrl-C and SIGTERM: noted immediately, handled where the run can end in order.

The handler raises nothing: an exception out of a handler may end up in whatever library is being imported.
Imports nothing that takes time, since signals may come at any time.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# A file under way ends within the timeouts of its calls; a run that has not ended by then is ended.
PATIENCE_SECONDS = 90.0


class Interrupted(Exception):
    """A signal came before the flow had begun: nothing is under way that had to be ended well."""


class Signals:
    """The signals of one command. The first asks it to end well, the second ends the process at once."""

    def __init__(self) -> None:
        self.received: list[int] = []
        self._on_first: Callable[[], None] | None = None
        self._final: int | None = None

    @property
    def exit_code(self) -> int:
        """128 and the first signal's number, as shells have it; after `finish` that of the command."""
        return 128 + self.received[0] if self._final is None else self._final

    def install(self) -> None:
        """Take the signals over; again after a library has taken them."""
        signal.signal(signal.SIGINT, self._note)
        signal.signal(signal.SIGTERM, self._note)

    def check(self) -> None:
        """Raise `Interrupted` when a signal came; called between the steps of the start."""
        if self.received:
            raise Interrupted

    @contextmanager
    def ending_a_question(self) -> Iterator[None]:
        """While a person is asked, a signal ends the wait: raises `Interrupted`."""

        def end(number: int, _frame: FrameType | None) -> None:
            self.received.append(number)
            raise Interrupted

        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        try:
            yield
        finally:
            self.install()

    def hand_over(self, on_first: Callable[[], None]) -> None:
        """The start is over: from now on the first signal calls this, and nothing is raised.

        Raises:
            Interrupted: one came before.
        """
        self._on_first = on_first
        self.check()

    def finish(self, exit_code: int) -> None:
        """The command has ended with this code, and closes what it opened: no signal changes the code now.

        The first one is ignored, the second ends the process at once.
        """
        self._final, self._on_first = exit_code, None
        self.received.clear()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(number)
        if len(self.received) > 1:
            os._exit(self.exit_code)
        if self._on_first is not None:
            self._on_first()


def end_later(seconds: float, end: Callable[[], None]) -> None:
    """Call ``end`` after so many seconds, if the process is still there by then."""
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
