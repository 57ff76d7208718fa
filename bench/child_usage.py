"""Memory and processor time of this process's children while something runs, as Linux counts them.

On other systems both are 0. It samples: a peak shorter than the interval shows only in each process's own
high-water mark.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

INTERVAL = 0.05


class Sampler:
    """Takes samples in a thread within a ``with`` block, and a last one at its end."""

    interval = INTERVAL

    def __init__(self) -> None:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._done.wait(self.interval):
            self._sample()

    def _sample(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sample()
        self._done.set()
        self._thread.join()


class ChildUsage(Sampler):
    """Samples the children within a ``with`` block. Attributes: megabytes of the largest child and of all
    together.
    """

    def __init__(self) -> None:
        super().__init__()
        self.largest_mb = 0.0
        self.together_mb = 0.0
        self._cpu: dict[int, float] = {}

    def _sample(self) -> None:
        children = list_children()
        self._cpu |= {pid: seconds for pid in children if (seconds := read_cpu_seconds(pid)) is not None}
        found = [each for each in map(read_memory, children) if each]
        self.largest_mb = max([self.largest_mb, *(peak for peak, _ in found)])
        self.together_mb = max(self.together_mb, sum(now for _, now in found))

    @property
    def cpu_seconds(self) -> float:
        """Processor seconds of all children since their start; what a killed one used after the last sample
        is missing.
        """
        return sum(self._cpu.values())


class TreeMemory(Sampler):
    """Samples a process and all its descendants within a ``with`` block.

    Attributes: the most megabytes of all of them together. A page that several of them share counts in each.
    """

    interval = 4 * INTERVAL

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.together_mb = 0.0
        self._pid = pid

    def _sample(self) -> None:
        found = [each for each in map(read_memory, list_tree(self._pid)) if each]
        self.together_mb = max(self.together_mb, sum(now for _, now in found))


def list_tree(pid: int) -> list[int]:
    """Return a process's id and those of all its descendants."""
    return [pid, *(one for child in list_children(pid) for one in list_tree(child))]


def list_children(pid: int | None = None) -> list[int]:
    """Return the process ids of a process's children; default: this process's."""
    tasks = Path(f"/proc/{pid or os.getpid()}/task")
    found: list[int] = []
    try:
        for task in tasks.iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    except OSError:
        # It has ended, or the system has no such directory.
        return found
    return found


def read_cpu_seconds(pid: int) -> float | None:
    """Return the processor seconds of a process, its children left out; None if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_proportional(pid: int) -> float:
    """Return the megabytes of a process, where a page that several share is divided among them; 0 if gone."""
    with suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def read_memory(pid: int) -> tuple[float, float] | None:
    """Return resident megabytes at the peak and now; None if the process has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = {name: int(size) / 1024 for name, size in re.findall(r"(VmHWM|VmRSS):\s+(\d+)", status)}
    return (found["VmHWM"], found["VmRSS"]) if len(found) == 2 else None
