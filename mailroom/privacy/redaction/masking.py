"""Masking client data in a text: what looks like it, and what is known to be a client's. Never raises.

Patterns are in `mailroom.privacy.redaction.patterns`, known values in `mailroom.privacy.redaction.locate`. A text is read as plain
(escapes of URLs and JSON undone, accents dropped), and what is found there is cut out of the original. Logs
nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailroom.privacy.redaction import locate, patterns
from mailroom.privacy.redaction.client_values import CLIENT_VALUES, ClientValues
from mailroom.privacy.redaction.normalize import to_lower, to_plain_text
from mailroom.privacy.redaction.patterns import Span
from mailroom.privacy.redaction.variants import RUN

MASK = "[redacted]"
UNPRINTABLE = "[unprintable]"
# A mask frees what stood beside it of its neighbours, so it is looked at again; hardly ever more than once.
MOST_ROUNDS = 20


def redact(text: str, known: ClientValues = CLIENT_VALUES) -> str:
    """The text with whatever looks like client data or a credential, or is known to be, masked."""
    try:
        for _ in range(MOST_ROUNDS):
            before, text = text, _redact_once(text, known)
            if text == before:
                break
    except Exception:  # noqa: BLE001 - whatever it is that cannot be looked through must not be shown either
        return UNPRINTABLE
    return text


def _redact_once(text: str, known: ClientValues) -> str:
    read, where = to_plain_text(text)
    low = to_lower(read)
    words = set(RUN.findall(low))
    numbers = patterns.has_numbers(low)
    found = [
        *patterns.find_spans(read, low, words, numbers=numbers),
        *locate.find_spans(read, low, words, known, numbers=numbers),
    ]
    if not found:
        return text
    if where is not None:
        found = [(where[start][0], where[end - 1][1]) for start, end in found if start < end]
    return _replace_spans(text, found)


def _replace_spans(text: str, found: Iterable[Span]) -> str:
    """Each part replaced by the mask; those that touch or overlap, or have only a space between, by one."""
    out: list[str] = []
    at = 0
    for start, end in _merge_spans(text, found):
        out += [text[at:start], MASK]
        at = end
    return "".join([*out, text[at:]])


def _merge_spans(text: str, found: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(found):
        if start >= end or text[start:end] == MASK:
            continue
        if merged and not text[merged[-1][1] : start].strip(" ,-'"):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
