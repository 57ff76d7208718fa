"""Texts and tables of the generator: the wording of notices, names of people, layouts, letter types.

They are read when a module of the generator is imported; an error in a table is raised then.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def read_text(name: str) -> str:
    """Return the text of the file ``name`` in this folder."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def read_table(name: str, shape: type[T]) -> T:
    """Return the TOML file ``name`` in this folder as a ``shape``.

    Raises:
        ValidationError: it does not have this shape.
    """
    return TypeAdapter(shape).validate_python(tomllib.loads(read_text(name)))
