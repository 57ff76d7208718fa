"""Docstrings fit the width of an editor, and are more than a word or two."""

import ast
from pathlib import Path

import pytest

from tests.prose.visible_text import DOCUMENTED, ROOT

WIDEST = 110
MODULES = sorted(
    path
    for folder in ("bench", "blocks", "docs", "flows", "mailroom", "tasks", "tests")
    for path in (ROOT / folder).rglob("*.py")
)


def list_wide_lines(path: Path) -> list[int]:
    """The numbers of the docstrings' lines that are too wide."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    return [
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None
        for number in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
        if len(lines[number - 1]) > WIDEST
    ]


def test_no_docstring_has_a_line_that_is_too_wide() -> None:
    """At most 110 characters, quotation marks included."""
    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in MODULES
        if path.parent.name != "__pycache__"
        for number in list_wide_lines(path)
    ]
    assert not wide


@pytest.mark.parametrize(("words", "lines"), [("x" * 90, []), ("x" * 120, [2])])
def test_a_wide_line_is_found(tmp_path: Path, words: str, lines: list[int]) -> None:
    """A long line in a function's docstring, and no other."""
    module = tmp_path / "module.py"
    module.write_text(f'def function() -> None:\n    """{words}"""\n', encoding="utf-8")
    assert list_wide_lines(module) == lines


def test_every_docstring_says_something() -> None:
    """A docstring of one or two words says nothing that the name does not say."""
    short = [
        f"{path.relative_to(ROOT)}:{node.body[0].lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, DOCUMENTED) and 0 < len((ast.get_docstring(node) or "").split()) < 3
    ]
    assert not short
