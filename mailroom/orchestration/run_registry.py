"""The runs that are under way in this process: a task is given a run's id, and finds its context here.

Ids are all that crosses a task's boundary, since Prefect keeps and shows what does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mailroom.run.context import RunContext

_runs: dict[str, RunContext] = {}


@contextmanager
def register_run(run: RunContext) -> Iterator[None]:
    """Let tasks find the run by its id until the block ends."""
    _runs[run.run_id] = run
    try:
        yield
    finally:
        del _runs[run.run_id]


def find_run(run_id: str) -> RunContext:
    """The context of a run that is under way in this process."""
    return _runs[run_id]
