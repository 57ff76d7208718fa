"""Collects the text that a person can see: on screens, in states, errors, forms, reports and on the pages of
docs/.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = ("flows", "tasks", "blocks", "mailroom")
# Docstrings that Prefect's forms, block pages or `--help` show.
SHOWN_DOCSTRINGS = ("flows", "blocks", "mailroom/cli")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
CODE = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Text:
    """A text for people, and where it is: the path from the project's folder, and the line."""

    path: str
    line: int
    words: str


def visible_texts() -> Iterator[Text]:
    """Every text for people: literals, tables, templates and shown docstrings, pages, deployments."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield from texts_of_module(path.relative_to(ROOT))
        for path in sorted((ROOT / package).rglob("*.toml")):
            yield from texts_of_table(path.relative_to(ROOT))
        for path in sorted((ROOT / package).rglob("*.html")):
            yield from texts_of_page(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/*.md", ".github/**/*.md"):
        for path in sorted(ROOT.glob(pattern)):
            yield from texts_of_page(path.relative_to(ROOT))
    yield from texts_of_deployments(Path("prefect.yaml"))


def texts_of_module(path: Path) -> Iterator[Text]:
    """The literals of a module that are prose, and its docstrings if they are shown."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    docstrings = {id(node) for node in _docstrings(tree)}
    shown = path.as_posix().startswith(SHOWN_DOCSTRINGS)
    for node in _outermost_strings(tree):
        words = words_of(node)
        if shown if id(node) in docstrings else is_prose(words):
            yield Text(path.as_posix(), node.lineno, words)


def texts_of_table(path: Path) -> Iterator[Text]:
    """The values of a table (TOML) that are prose, whose lines have one value each."""
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
        for words in re.findall(r'= "(.*)"', line):
            if is_prose(words):
                yield Text(path.as_posix(), number, words)


def texts_of_page(path: Path) -> Iterator[Text]:
    """The lines of a page, without code and without the targets of links."""
    page = CODE.sub(lambda code: "\n" * code[0].count("\n") or " ", (ROOT / path).read_text(encoding="utf-8"))
    lines = page.splitlines()
    for number, line in enumerate(lines, 1):
        # A phrase may go over the end of a line.
        following = lines[number].split(" ", 3)[:3] if number < len(lines) and line.strip() else []
        yield Text(path.as_posix(), number, " ".join([line, *following]))


def texts_of_deployments(path: Path) -> Iterator[Text]:
    """The descriptions that Prefect's pages show."""
    deployments = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))["deployments"]
    for number, deployment in enumerate(deployments, 1):
        yield Text(f"{path.as_posix()}, deployment {deployment['name']}", number, deployment["description"])


def words_of(node: ast.expr) -> str:
    """The text of a literal; an f-string's values are ``{}``."""
    if isinstance(node, ast.JoinedStr):
        return "".join(words_of(value) for value in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "{}"


def is_prose(words: str) -> bool:
    """Whether a literal is text for people, and not a name, a path or a pattern."""
    return bool(re.search(r"[A-Za-z]{2} |[A-Za-z]{2}[.!?:;]$", words))


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and node.body and isinstance(node.body[0], ast.Expr):
            yield node.body[0].value


def _outermost_strings(node: ast.AST) -> Iterator[ast.expr]:
    """String literals and f-strings; not the parts of an f-string one by one."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr) or (
            isinstance(child, ast.Constant) and isinstance(child.value, str)
        ):
            yield child
        else:
            yield from _outermost_strings(child)
