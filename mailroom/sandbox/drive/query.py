r"""Drive's search language, as far as its documentation goes for files: parsed, and applied to an item.

``'ID' in parents and mimeType = 'application/pdf' and trashed = false``, with and, or, not, brackets,
``=  !=  <  <=  >  >=  contains``, and strings in single quotes with ``\'`` and ``\\``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Test = Callable[[Mapping[str, Any]], bool]
TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.)*')|(?P<op><=|>=|!=|=|<|>)|(?P<mark>[()])|(?P<word>\w+)|(?P<other>\S))"
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
END = ("end", "")
FIELDS = frozenset(
    {"name", "mimeType", "trashed", "createdTime", "modifiedTime", "parents", "starred", "fullText"}
)


class InvalidQuery(ValueError):
    """Drive would answer 400."""


def parse(query: str) -> Test:
    """Return a test for an item's resource.

    Raises:
        InvalidQuery: Drive would not accept the query.
    """
    reader = _Reader([(str(match.lastgroup), match[str(match.lastgroup)]) for match in TOKEN.finditer(query)])
    test = reader.any_of()
    if reader.tokens != [END]:
        raise InvalidQuery(query)
    return test


def find_parent(query: str) -> str | None:
    """Return the folder that all results of a query are in, if its first condition says so."""
    depth = 0
    for token in TOKEN.finditer(query):
        depth += {"(": 1, ")": -1}.get(token["mark"], 0)
        if depth == 0 and (token["word"] or "").lower() == "or":
            return None
    first = re.match(r"\s*('(?:[^'\\]|\\.)+') in parents and ", query)
    return _unquote(first[1]) if first else None


class _Reader:
    """Recursive descent over the tokens: their kinds and texts."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = [*tokens, END]

    def take(self) -> tuple[str, str]:
        if self.tokens == [END]:
            raise InvalidQuery
        return self.tokens.pop(0)

    def take_word(self, wanted: str) -> bool:
        kind, text = self.tokens[0]
        found = kind != "string" and text.lower() == wanted
        if found:
            self.tokens.pop(0)
        return found

    def any_of(self) -> Test:
        return self._join("or", self.all_of, any)

    def all_of(self) -> Test:
        return self._join("and", self.one, all)

    def _join(self, word: str, read: Callable[[], Test], combine: Callable[[Iterable[bool]], bool]) -> Test:
        parts = [read()]
        while self.take_word(word):
            parts.append(read())
        return lambda item: combine(part(item) for part in parts)

    def one(self) -> Test:
        if self.take_word("not"):
            inner = self.one()
            return lambda item: not inner(item)
        if self.take_word("("):
            inner = self.any_of()
            if not self.take_word(")"):
                raise InvalidQuery
            return inner
        return self.comparison()

    def comparison(self) -> Test:
        kind, first = self.take()
        if kind == "string":
            if not (self.take_word("in") and self.take_word("parents")):
                raise InvalidQuery
            wanted = _unquote(first)
            return lambda item: wanted in item.get("parents", [])
        if kind != "word" or first not in FIELDS:
            raise InvalidQuery
        sign, (_, value) = self.take()[1], self.take()
        return _make_comparison(first, sign, _parse_value(value))


def _make_comparison(field: str, sign: str, wanted: str | bool) -> Test:
    if sign == "contains" and isinstance(wanted, str):
        return lambda item: str(item.get(field, "")).lower().startswith(wanted.lower())
    compare = COMPARISONS.get(sign)
    if compare is None or isinstance(wanted, bool) != (field in ("trashed", "starred")):
        raise InvalidQuery
    if field.endswith("Time") and isinstance(wanted, str):
        wanted_time = _normalize_time(wanted)
        return lambda item: compare(_normalize_time(str(item[field])), wanted_time)
    if field == "name" and isinstance(wanted, str):
        # Without regard to case, as the real one compares names.
        return lambda item: compare(str(item.get(field, "")).casefold(), wanted.casefold())
    return lambda item: compare(item.get(field, False), wanted)


def _parse_value(text: str) -> str | bool:
    if text.startswith("'"):
        return _unquote(text)
    if text in ("true", "false"):
        return text == "true"
    raise InvalidQuery


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _normalize_time(text: str) -> str:
    """Return an RFC 3339 time in UTC without fractions, so that strings compare like times."""
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        raise InvalidQuery
    return (text[:19] + "T00:00:00"[len(text[:19]) - 10 :]) if len(text[:19]) < 19 else text[:19]
