"""Imports run one way, without circles; only what surrounds Prefect knows it. The contracts are in
pyproject.toml.
"""

import re
import subprocess
from pathlib import Path


def test_the_import_contracts_hold(project: Path) -> None:
    """No import breaks a contract of pyproject.toml."""
    done = subprocess.run(
        ["lint-imports", "--no-cache"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


def test_no_test_stops_the_clock_of_the_whole_process(project: Path) -> None:
    """A server in a thread of the tests plans its next step by the clock, and waits for ever if it jumps."""
    patched = re.compile(r"setattr\(\s*\"?(?:[\w.]+\.)?time[.\",\s]+(?:monotonic|time|sleep)\b")
    files = (project / "tests").rglob("*.py")
    assert [file.name for file in files if patched.search(file.read_text(encoding="utf-8"))] == []
