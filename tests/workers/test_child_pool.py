"""A pool's processes that are not needed any more."""

from dataclasses import dataclass, field
from itertools import count
from typing import cast

import pytest

from mailroom.workers import child_process
from mailroom.workers.child_process import ChildPool

PIDS = count(1)


@dataclass(eq=False)
class Child:
    """A process that only notes that it was ended."""

    pid: int = field(default_factory=lambda: next(PIDS))
    idle_since: float = 0.0
    questions: int = 0
    is_spent: bool = False
    has_ended: bool = False

    def wait_until_ready(self) -> None:
        """Return at once: it has nothing to load."""

    def close(self) -> None:
        """Note that the pool has ended it."""
        self.has_ended = True


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> ChildPool:
    """A pool of two processes."""
    monkeypatch.setattr(child_process, "ChildProcess", lambda *_: Child())
    return ChildPool("module", 2, 100, 10, 50)


def test_a_process_that_nobody_asks_is_ended_and_another_one_starts(pool: ChildPool) -> None:
    """The one that was asked last is kept, and asked first."""
    with pool.lend() as old, pool.lend() as warm:
        pass
    old.idle_since -= 61
    pool.end_idle(60)
    assert [cast("Child", one).has_ended for one in (old, warm)] == [True, False]
    assert pool.pids() == [warm.pid]
    with pool.lend() as first, pool.lend() as second:
        assert first is warm
        assert second is not old


def test_a_process_with_a_question_is_not_ended(pool: ChildPool) -> None:
    """However long it takes."""
    with pool.lend() as asked:
        asked.idle_since -= 600
        pool.end_idle(60)
        assert pool.pids() == [asked.pid]
    pool.end_idle(60)
    assert pool.pids() == [asked.pid]
