"""A batch: each file has its own fate, and what stops the run stops it without losing a file."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import ConfigError, FileFault, RunStop, Transient
from mailroom.run.batch import BatchUnfinished, process_batch
from mailroom.run.batch_plan import compute_batch_sizes
from mailroom.run.file_pipeline import FilePipeline

STOP = RunStop("daily_limit", what="The quota is used up.", fix="Tomorrow.")
FIX = ConfigError("folder_not_found", what="The folder is gone.", fix="Share it.")


@dataclass
class Plan:
    """A file pipeline in which each file ends as planned; ``meets``: they wait until so many of them are
    begun.

    A file whose name begins with "later" takes a little while, as a real one does.
    """

    ends: dict[str, str | Exception | None]
    meets: threading.Barrier | None = None
    begun: list[str] = field(default_factory=list)

    def find_missing(self, _file_ids: Sequence[str]) -> frozenset[str]:
        """All are where they were listed."""
        return frozenset()

    def process(self, file_id: str, *, is_missing: bool) -> str | None:
        """Return the planned outcome, or raise the planned error."""
        assert not is_missing
        self.begun.append(file_id)
        if self.meets:
            self.meets.wait(10)
        if file_id.startswith("later"):
            threading.Event().wait(0.05)
        end = self.ends[file_id]
        if isinstance(end, Exception):
            raise end
        return end


def processed(plan: Plan, threads: int = 1) -> dict[str, int]:
    """What the batch says of all the plan's files."""
    return process_batch(cast("FilePipeline", plan), list(plan.ends), threads)


def test_outcomes_are_counted() -> None:
    """Files that another run has, or that are done, count apart."""
    plan = Plan({"a": "matched", "b": "matched", "c": "failed", "d": None})
    assert processed(plan, 3) == {"matched": 2, "failed": 1, "done already": 1}
    assert processed(Plan({})) == {}


def test_files_are_processed_side_by_side() -> None:
    """As many at a time as there are threads."""
    assert processed(Plan(dict.fromkeys("abcd", "matched"), threading.Barrier(4)), 4) == {"matched": 4}


def test_what_is_pending_lets_the_others_end_and_then_asks_for_another_try() -> None:
    """So that the task's retry takes just those."""
    plan = Plan({"a": "pending", "b": "matched", "c": "pending"})
    with pytest.raises(BatchUnfinished) as unfinished:
        processed(plan)
    assert unfinished.value.ids == {"pending": 2}
    assert plan.begun == ["a", "b", "c"]


def test_a_file_whose_state_cannot_be_changed_costs_itself_only() -> None:
    """Its neighbours are processed, and the batch is done."""
    plan = Plan({"a": FileFault("illegal_state_change"), "b": "matched"})
    assert processed(plan) == {"failed": 1, "matched": 1}


def test_an_unreachable_ledger_is_another_try() -> None:
    """A file whose state could not even be written stops neither the batch nor the run."""
    plan = Plan({"a": Transient("ledger_unreachable"), "b": "matched"})
    with pytest.raises(BatchUnfinished) as unfinished:
        processed(plan)
    assert unfinished.value.ids == {"pending": 1}
    assert plan.begun == ["a", "b"]


@pytest.mark.parametrize("stop", [STOP, FIX], ids=repr)
def test_what_stops_the_run_leaves_the_rest_alone(stop: Exception) -> None:
    """Files that were not begun are not begun any more; what stopped it is raised as it is."""
    plan = Plan({"a": "pending", "b": stop, **{f"later-{n}": "matched" for n in range(50)}})
    with pytest.raises(type(stop)) as raised:
        processed(plan)
    assert raised.value is stop
    assert len(plan.begun) < 52


def test_the_first_of_several_stops_is_told() -> None:
    """The others mean the same."""
    plan = Plan({"a": STOP, "b": FIX}, threading.Barrier(2))
    with pytest.raises((RunStop, ConfigError)):
        processed(plan, 2)


@given(files=st.integers(0, 20_000), largest=st.integers(1, 300), slots=st.integers(1, 20))
def test_batches_take_every_file_and_end_together(files: int, largest: int, slots: int) -> None:
    """All files are in one batch each, none is too large, they differ by one, and fill every slot."""
    sizes = compute_batch_sizes(files, largest, slots)
    assert sum(sizes) == files
    assert all(1 <= size <= largest for size in sizes)
    assert not sizes or max(sizes) - min(sizes) <= 1
    assert len(sizes) % slots == 0 or max(sizes) == 1
