"""Imports run one way, without circles; only what surrounds Prefect knows it. The contracts are in
pyproject.toml.
"""

import subprocess
from pathlib import Path


def test_the_import_contracts_hold(project: Path) -> None:
    """No import breaks a contract of pyproject.toml."""
    done = subprocess.run(
        ["lint-imports", "--no-cache"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout
