"""Sums of money as notices print them: ``$ 16, 981``, ``$1,234.56``, ``-$500``, ``($500)``, ``$500 CR``.

Whether a sum is owed or refunded is its label's matter; the sign here is only the printed one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailroom.privacy.client_data import ClientData

_FIGURE = r"(?:\d{1,3}(?:\s?,\s?\d{3})+|\d+)(?:\.\s?\d{2})?"
_SUM = re.compile(
    rf"(?P<open>\()?\s?(?P<minus>-)?\s?(?P<sign>\$)?\s*(?P<inner>-)?\s?(?P<paren>\()?(?P<figure>{_FIGURE})"
    rf"(?P<close>\s?\))?(?P<credit>\s?(?:CR\b|-(?![\w\d])))?"
)
LARGEST = 100_000_000.0


@dataclass(frozen=True, repr=False)
class FoundAmount(ClientData):
    """A sum in dollars, where it stands, and whether its printing alone says that it is money."""

    value: float
    start: int
    end: int
    marked: bool


def find_amounts(text: str) -> list[FoundAmount]:
    """Every figure of the text that could be a sum of money, in order."""
    found = []
    for match in _SUM.finditer(text):
        if _is_part_of_a_longer_number(text, match):
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
    """The text's one sum of money in dollars, which must be all of it; None otherwise."""
    found = find_amounts(text.strip())
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(text.strip())):
        return None
    return found[0].value


def _is_part_of_a_longer_number(text: str, match: re.Match[str]) -> bool:
    before = text[: match.start("figure")].rstrip("$( ")
    after = text[match.end("figure") :]
    if re.match(r"[\d%/]|-\d|\.\d|,\d", after):
        return True
    start = match.start("figure")
    return bool(start and re.match(r"[\w./]", text[start - 1])) or before.endswith(("/", "#"))
