"""A thread that works beside a block and ends with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def run_beside(work: Callable[[threading.Event], None], name: str) -> Iterator[None]:
    """Do ``work`` in a thread of this name; the block's end sets its event, and waits for it."""
    ended = threading.Event()
    thread = threading.Thread(target=work, args=[ended], name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
