"""Page numbers as they are printed on a page: "Page 2 of 6"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBERED = re.compile(r"\bpage\W{0,3}(\d{1,3})\s*of\s*(\d{1,3})(?!\d)", re.IGNORECASE)
# Alone on a line it needs no word before it.
_ALONE = re.compile(r"^[ \t]*(\d{1,3}) of (\d{1,3})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_PAGE_ONE = re.compile(r"page1of\d", re.IGNORECASE)


@dataclass(frozen=True)
class PageNumber:
    """The printed number of a page, from 1, and how many pages there are by its account."""

    number: int
    count: int


def find_page_numbers(text: str, *, alone: bool = True) -> list[PageNumber]:
    """Every "Page 2 of 6" of a text, from left to right; with ``alone`` also "2 of 6" alone on a line."""
    found = [*_NUMBERED.finditer(text), *(_ALONE.finditer(text) if alone else ())]
    return [PageNumber(int(match[1]), int(match[2])) for match in sorted(found, key=re.Match.start)]


def says_page_one(text: str) -> bool:
    """Whether a text says that it is page 1, whatever spaces stand between the chars."""
    return bool(_PAGE_ONE.search(re.sub(r"\s", "", text)))
