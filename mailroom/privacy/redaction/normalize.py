"""Normalize a text for redaction: escapes decoded, accents removed, all hyphens and quotes of one kind.

Each character of the plain text has its position in the original, so that what is found in the plain text can
be replaced in the original. Most log lines are plain already and need one search only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from html.entities import html5

# A character of the plain text, and start and end of its source in the original.
DecodedChar = tuple[str, int, int]

# The result of %20: white space that does not end a value in the query of a URL.
ENCODED_SPACE = "\u00a0"

# Backslashes in a row match as a whole and from the first one only; else the search starts at each of them.
_BACKSLASHES = r"(?<!\\)\\++"
_ENCODED = re.compile(
    rf"(?:\x1b|{_BACKSLASHES}(?:x1b|u001b|033))\[[0-9;]{{0,12}}m"  # a terminal's colours
    r"|(?:%(?:25)*[0-9A-Fa-f]{2})+"  # URL encoding, also applied twice
    rf"|(?:{_BACKSLASHES}x[0-9A-Fa-f]{{2}})+"  # repr
    rf"|(?:{_BACKSLASHES}(?:u[0-9A-Fa-f]{{4}}|U000[0-9A-Fa-f]{{5}}))+"  # JSON and repr
    rf"|{_BACKSLASHES}[nrt\"'/]"
    r"|&(?:amp;){0,3}(?:\#\d{1,6}|\#[xX][0-9A-Fa-f]{1,5}|[A-Za-z]{2,8});"
    r"|[\x00-\x08\x0e-\x1b\x7f]|[^\x00-\x7f]"
)
_NOT_PLAIN = re.compile(r"[%\\&\x00-\x08\x0e-\x1b\x7f]")
_BYTE = re.compile(r"(?:%(?:25)*|\\+x)([0-9A-Fa-f]{2})")
_UNIT = re.compile(r"\\+(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_ESCAPED_CHARS = {"n": "\n", "r": "\r", "t": "\t"}
# Letters that Unicode does not split into a plain letter and an accent, and hyphens and quotes of all kinds.
_PLAIN = str.maketrans(
    dict.fromkeys("‐‑‒–—―−﹘﹣－⁃➖⸺⸻⁓〜～゠᠆֊", "-")
    | {"。": ".", "٫": ".", "٬": ","}
    | dict.fromkeys("’‘`´ʼ′", "'")
    | {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ı": "i", "þ": "th"}
    | {"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "ẞ": "SS", "Þ": "TH"}
)
# Unicode categories of accents and of characters without width.
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})
# Control characters, such as the zeros of UTF-16 that was read as another encoding.
_CONTROLS = frozenset(map(chr, (*range(9), *range(14, 28), 127)))


def to_plain_text(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """Return the plain text, and for each character its start and end in ``text``; None if both are equal."""
    if text.isascii() and not _NOT_PLAIN.search(text):
        return text, None
    chars: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for match in _ENCODED.finditer(text):
        start, end = match.span()
        chars.append(text[at:start])
        places += [(each, each + 1) for each in range(at, start)]
        for char, begins, ends in _decode(match.group(), start):
            for mark in char if char == ENCODED_SPACE else fold_accents(char):
                if mark not in _CONTROLS:
                    chars.append(mark)
                    places.append((begins, ends))
        at = end
    chars.append(text[at:])
    places += [(each, each + 1) for each in range(at, len(text))]
    return "".join(chars), places


@lru_cache(maxsize=4096)
def fold_accents(text: str) -> str:
    """Return the text without accents, in ASCII letters where possible; the case does not change."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN)).translate(_PLAIN)
    return "".join(mark for mark in apart if unicodedata.category(mark) not in _NO_WIDTH)


def to_lower(text: str) -> str:
    """Return the text in lower case with the same length; characters that would grow do not change."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def _decode(code: str, start: int) -> Iterator[DecodedChar]:
    """Yield the characters that an escape means; ``start`` is its position in the original."""
    bare = code.lstrip("\\")
    if not code.isascii() or len(code) == 1:
        yield code, start, start + 1
    elif code[0] == "&":
        yield from _decode_entity(code, start)
    elif code[-1] == "m":
        return  # a colour
    elif code[0] == "%" or bare[0] == "x":
        yield from _decode_bytes(code, start)
    elif bare[0] in "uU":
        for match in _UNIT.finditer(code):
            yield chr(int(match[1] or match[2], 16)), start + match.start(), start + match.end()
    else:
        yield _ESCAPED_CHARS.get(bare, bare), start, start + len(code)


def _decode_entity(code: str, start: int) -> Iterator[DecodedChar]:
    """Decode an HTML entity, also one that was encoded twice; keep a text that only looks like an entity."""
    name = "&" + code.removeprefix("&").replace("amp;", "") if code != "&amp;" else code
    if name[1] == "#" or name[1:] in html5:
        yield unescape(name), start, start + len(code)
    else:
        yield from ((char, at, at + 1) for at, char in enumerate(code, start))


def _decode_bytes(code: str, start: int) -> Iterator[DecodedChar]:
    """Decode bytes as UTF-8, and invalid ones as Latin-1."""
    units = list(_BYTE.finditer(code))
    raw = bytes(int(unit[1], 16) for unit in units)
    at = 0
    while at < len(raw):
        size = 1 if raw[at] < 0xC0 else 2 if raw[at] < 0xE0 else 3 if raw[at] < 0xF0 else 4
        try:
            char = raw[at : at + size].decode()
        except UnicodeDecodeError:
            size, char = 1, chr(raw[at])
        last = units[min(at + size, len(units)) - 1]
        yield ENCODED_SPACE if char == " " else char, start + units[at].start(), start + last.end()
        at += size
