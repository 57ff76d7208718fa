"""Cutting work into shares, so that every slot of the quota has something to do until the end."""

from __future__ import annotations

from collections.abc import Sequence


def partition(items: Sequence[str], shares: int) -> list[list[str]]:
    """Cut ``items`` into at most ``shares`` parts that differ by one item at most; none is empty."""
    parts = [list(items[start::shares]) for start in range(min(shares, len(items)))]
    return [part for part in parts if part]


def batch_sizes(files: int, largest: int, slots: int) -> list[int]:
    """How many files each batch takes: at most ``largest``, and every slot has work to the end.

    The number of batches is a multiple of ``slots`` (or all files stand alone), and they differ by one file
    at most, so that all slots end at about the same time.
    """
    if files == 0:
        return []
    rounds = -(-files // (largest * slots))
    batches = min(files, rounds * slots)
    smaller, larger_ones = divmod(files, batches)
    return [smaller + 1] * larger_ones + [smaller] * (batches - larger_ones)
