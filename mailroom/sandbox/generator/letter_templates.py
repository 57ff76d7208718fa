"""The other IRS letters that a mail room gets, their names, text and requests.

Names, titles and periods follow the IRS's own pages on each letter (irs.gov "Understanding your … notice",
the Taxpayer Advocate's pages on Letters 525 and 3172); the sentences are our own. A new letter is
a row of ``resources/letter_templates.toml``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator
from pydantic.dataclasses import dataclass

from mailroom.sandbox.generator.layouts import LABELS, Block, Entries
from mailroom.sandbox.generator.resources import read_table
from mailroom.sandbox.generator.wording import Section, parse_sections

SIDE = Block("side", LABELS["notice"], 340, 44, 232)
"""The place of the block of labels and values on each letter."""


@dataclass(frozen=True, config={"extra": "forbid"})
class LetterTemplate:
    """How the sandbox prints a letter type: its name, where it stands, and the text.

    ``place``: in the block, or in the footer as letters and forms have it. ``days`` to respond, None where no
    date is printed. ``amount``: the words before the amount, None where it names none.
    """

    name: str
    printed: tuple[str, ...]
    place: Literal["block", "footer"]
    entries: Entries
    title: str
    parts: Annotated[tuple[Section, ...], BeforeValidator(parse_sections)]
    days: int | None = None
    amount: str | None = None


LETTER_TEMPLATES = read_table("letter_templates.toml", dict[str, tuple[LetterTemplate, ...]])[
    "letter_templates"
]
