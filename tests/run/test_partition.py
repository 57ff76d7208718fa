"""How folders and files are cut into shares, so that every slot has work to the end."""

from hypothesis import given
from hypothesis import strategies as st

from mailroom.run.partition import batch_sizes, partition


@given(files=st.integers(0, 20_000), largest=st.integers(1, 300), slots=st.integers(1, 20))
def test_batches_take_every_file_and_end_together(files: int, largest: int, slots: int) -> None:
    """All files are in one batch each, none is too large, they differ by one, and fill every slot."""
    sizes = batch_sizes(files, largest, slots)
    assert sum(sizes) == files
    assert all(1 <= size <= largest for size in sizes)
    assert not sizes or max(sizes) - min(sizes) <= 1
    assert len(sizes) % slots == 0 or max(sizes) == 1


@given(items=st.lists(st.text(max_size=3), max_size=60), shares=st.integers(1, 12))
def test_shares_hold_every_item_once(items: list[str], shares: int) -> None:
    """No item is lost or doubled, no share is empty, and they differ by one item at most."""
    parts = partition(items, shares)
    assert sorted(item for part in parts for item in part) == sorted(items)
    assert len(parts) <= shares
    assert all(parts)
    assert not parts or max(map(len, parts)) - min(map(len, parts)) <= 1
