"""When calls were sent, in a bounded number of counts."""

import pytest

from mailroom.call_history import MOST_COUNTS, CallHistory


def test_calls_are_split_by_the_part_in_which_they_were_sent() -> None:
    """A second that is partly in two parts is divided between them; nothing is counted twice."""
    history = CallHistory(100.0)
    for moment in (100.0, 100.5, 103.2, 107.9):
        history.count(moment)
    assert history.split(8.0, 4) == [2.0, 1.0, 0.0, 1.0]
    assert history.split(4.0, 8) == [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5]
    assert history.split(20.0, 2) == [4.0, 0.0]


def test_a_long_run_needs_no_more_memory() -> None:
    """The spans get longer, and all calls stay counted, about where they were."""
    history = CallHistory(0.0)
    for moment in range(100_000):
        history.count(float(moment))
    assert len(history._counts) <= MOST_COUNTS
    parts = history.split(100_000.0, 10)
    assert sum(parts) == pytest.approx(100_000)
    assert parts == pytest.approx([10_000.0] * 10)
    assert CallHistory(0.0).split(10.0, 2) == [0.0, 0.0]


def test_a_pause_longer_than_all_counts_loses_none() -> None:
    """The spans double until the call has a place; the calls before keep theirs."""
    history = CallHistory(0.0)
    history.count(0.0)
    history.count(1.0)
    history.count(100_000.0)
    assert sum(history.split(200_000.0, 1)) == 3.0
    assert history.split(100_000.0, 2)[0] == 2.0
