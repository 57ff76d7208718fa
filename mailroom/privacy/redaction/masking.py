"""Mask client data in a text: what looks like client data, and what is known to belong to a client.

`mailroom.privacy.redaction.patterns` finds the first, `mailroom.privacy.redaction.locate` the second. Both
search the plain text (escapes of URLs and JSON decoded, accents removed); what they find is replaced in the
original. Nothing here raises or writes to a log.
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
# A mask separates the text beside it from its neighbours, so the text is searched again; almost always once.
MOST_ROUNDS = 20


def redact(text: str, known: ClientValues = CLIENT_VALUES) -> str:
    """Return the text with client data and credentials masked: by their form, or as values in ``known``."""
    try:
        for _ in range(MOST_ROUNDS):
            before, text = text, _redact_once(text, known)
            if text == before:
                break
    except Exception:  # noqa: BLE001 - a text that cannot be searched must not be shown
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
    """Return the text with each span replaced by the mask; spans that touch or overlap get one mask."""
    out: list[str] = []
    at = 0
    for start, end in sorted(found):
        if start >= end or text[start:end] == MASK:
            continue
        if not out or text[at:start].strip(" ,-'"):
            out += [text[at:start], MASK]
        at = max(end, at)
    return "".join([*out, text[at:]])
