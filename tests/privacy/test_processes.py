"""Processes leave no memory behind, and are told apart by where their numbers count."""

import subprocess
import sys
from pathlib import Path

import pytest

from mailroom.privacy import processes

SCRIPT = """
import resource, subprocess, sys
from mailroom.privacy.processes import disable_core_dumps
disable_core_dumps()
print(resource.getrlimit(resource.RLIMIT_CORE))
child = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
print(subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout, end="")
"""


def test_neither_a_process_nor_its_children_leave_core_files() -> None:
    """And none of them can allow it again."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(0, 0)", "(0, 0)"]


def test_a_place_is_a_machine_and_in_it_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one of them differs, process numbers mean something else."""
    here = processes.pid_namespace_id()
    assert processes.pid_namespace_id() == here
    assert len(here) == 8

    def container(_path: Path) -> Path:
        return Path("pid:[1]")

    def unknown(_path: Path) -> Path:
        raise FileNotFoundError

    others = set()
    for numbering in (container, unknown):
        monkeypatch.setattr(Path, "readlink", numbering)
        others.add(processes.pid_namespace_id())
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    others.add(processes.pid_namespace_id())
    assert len(others | {here}) == 4
