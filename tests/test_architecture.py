"""Imports run one way: flows → tasks → mailroom, blocks → mailroom; the core knows no Prefect."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What surrounds Prefect, and the command line, know it.
SURROUNDS = (ROOT / "mailroom" / "orchestration", ROOT / "mailroom" / "cli")
MAY_NOT_IMPORT = {
    "mailroom": {"prefect", "flows", "tasks", "blocks"},
    "tasks": {"flows"},
    "blocks": {"flows", "tasks"},
}


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_NOT_IMPORT)
def test_imports_run_one_way(package: str) -> None:
    """No module of a lower layer imports a higher one."""
    modules = [
        path
        for path in sorted((ROOT / package).rglob("*.py"))
        if not any(map(path.is_relative_to, SURROUNDS))
    ]
    assert modules
    upward = {
        str(path.relative_to(ROOT)): found
        for path in modules
        if (found := imported(path) & MAY_NOT_IMPORT[package])
    }
    assert not upward
