"""Google's partial responses: only what ``fields=nextPageToken,files(id,parents)`` selects."""

from __future__ import annotations

from typing import Any


class InvalidFields(ValueError):
    """Google would answer 400 "Invalid field selection"."""


def select_fields(resource: Any, fields: str) -> Any:
    """Return the parts of the resource that ``fields`` names; missing ones are left out."""
    return _pick(resource, _parse_fields(fields))


def _parse_fields(fields: str) -> dict[str, Any]:
    """Return ``a,b(c),d/e`` as nested dicts; an empty dict means the whole part."""
    tree: dict[str, Any] = {}
    for part in _split(fields):
        name, inner = part, ""
        if part.endswith(")") and "(" in part:
            name, _, inner = part[:-1].partition("(")
        elif "(" in part or ")" in part or not part:
            raise InvalidFields(fields)
        *path, last = name.split("/")
        place = tree
        for step in path:
            place = place.setdefault(step, {})
        place[last] = {**place.get(last, {}), **(_parse_fields(inner) if inner else {})}
    return tree


def _split(fields: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, mark in enumerate(fields):
        depth += (mark == "(") - (mark == ")")
        if mark == "," and depth == 0:
            parts.append(fields[start:at])
            start = at + 1
    if depth:
        raise InvalidFields(fields)
    return [part.strip() for part in [*parts, fields[start:]]]


def _pick(resource: Any, tree: dict[str, Any]) -> Any:
    if not tree or "*" in tree:
        return resource
    if isinstance(resource, list):
        return [_pick(item, tree) for item in resource]
    if not isinstance(resource, dict):
        return resource
    return {name: _pick(resource[name], inner) for name, inner in tree.items() if name in resource}
