"""Processes write no core files, and the namespace of their ids is known."""

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


def test_a_process_and_its_children_write_no_core_files() -> None:
    """And none of them can allow it again."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(0, 0)", "(0, 0)"]


def test_the_namespace_id_differs_by_machine_and_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one of them differs, a process id belongs to another process."""
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
