"""Seconds added up."""

import pytest

from mailroom.time_spent import TimeSpent


def test_the_time_of_a_block_counts_also_when_it_raises() -> None:
    """By the clock that it was given; times that were measured elsewhere are added."""
    times = iter([10.0, 12.5, 20.0, 21.0])
    spent = TimeSpent(clock=lambda: next(times))
    with spent.measure():
        pass
    with pytest.raises(KeyError), spent.measure():
        raise KeyError
    spent.add(0.5)
    assert spent.seconds == 4.0
