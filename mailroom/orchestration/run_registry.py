"""The offices that are open in this process: tasks get a run's id, and find here what they work with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mailroom.run.context import Office

_open: dict[str, Office] = {}


@contextmanager
def at_work(office: Office) -> Iterator[Office]:
    """Let tasks find the office by its run id until the block ends."""
    _open[office.run_id] = office
    try:
        yield office
    finally:
        del _open[office.run_id]


def office_of(run_id: str) -> Office:
    """The office of a run that is under way in this process."""
    return _open[run_id]
