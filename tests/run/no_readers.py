"""Reading processes for tests that read nothing."""

from typing import Self

from mailroom.time_spent import TimeSpent


class NoReaders:
    """Reading processes that are not needed."""

    workers = 1

    def __init__(self, *_: object, **__: object) -> None:
        self.busy, self.waited = TimeSpent(), TimeSpent()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        """Start no process."""

    def give_up(self) -> None:
        """There is none to end."""
