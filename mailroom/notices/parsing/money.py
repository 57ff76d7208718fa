"""Amounts of money as notices print them: ``$ 16, 981``, ``$1,234.56``, ``-$500``, ``($500)``, ``$500 CR``.

The sign is only the printed one; whether an amount is owed or refunded depends on its label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailroom.privacy.client_data import ClientData

_FIGURE = r"(?:\d{1,3}(?:\s?,\s?\d{3})+|\d+)(?:\.\s?\d{2})?"
_AMOUNT = re.compile(
    rf"(?P<open>\()?\s?(?P<minus>-)?\s?(?P<sign>\$)?\s*(?P<inner>-)?\s?(?P<paren>\()?(?P<figure>{_FIGURE})"
    rf"(?P<close>\s?\))?(?P<credit>\s?(?:CR\b|-(?![\w\d])))?"
)
LARGEST = 100_000_000.0


@dataclass(frozen=True, repr=False)
class FoundAmount(ClientData):
    """An amount in dollars, where it is, and whether it is marked as money: by a sign, a comma or cents."""

    value: float
    start: int
    end: int
    marked: bool


def find_amounts(text: str) -> list[FoundAmount]:
    """Return every number of the text that may be an amount of money, in order."""
    found = []
    for match in _AMOUNT.finditer(text):
        if _is_in_a_longer_number(text, match):
            continue
        value = float(re.sub(r"[\s,]", "", match["figure"]))
        if value > LARGEST:
            continue
        negative = match["minus"] or match["inner"] or match["credit"]
        negative = negative or ((match["open"] or match["paren"]) and match["close"])
        marked = bool(match["sign"]) or "," in match["figure"] or "." in match["figure"]
        found.append(FoundAmount(-value if negative and value else value, match.start(), match.end(), marked))
    return found


def parse_whole_amount(text: str) -> float | None:
    """Return the amount in dollars that is the whole text; None for any other text."""
    found = find_amounts(text.strip())
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(text.strip())):
        return None
    return found[0].value


def _is_in_a_longer_number(text: str, match: re.Match[str]) -> bool:
    before = text[: match.start("figure")].rstrip("$( ")
    after = text[match.end("figure") :]
    if re.match(r"[\d%/]|-\d|\.\d|,\d", after):
        return True
    start = match.start("figure")
    return bool(start and re.match(r"[\w./]", text[start - 1])) or before.endswith(("/", "#"))
