"""The text of notices: sections in our own words, in the style of the IRS's letters.

``{year}``, ``{due}``, ``{notice}``, ``{phone}`` are filled in for each notice. A line "# …" begins a section,
"== …" a page, each other line a paragraph, which goes on in the lines that are indented. No drawing here.
"""

from __future__ import annotations

import re
from importlib.resources import files

Section = tuple[str, tuple[str, ...]]
"""A heading and its paragraphs; one that begins with "* " is an item of a list."""


def parse_sections(text: str) -> tuple[Section, ...]:
    """Return the sections in ``text``."""
    parts = re.split(r"^# ", text.strip(), flags=re.MULTILINE)[1:]
    return tuple(_parse_section(part) for part in parts)


def _parse_section(part: str) -> Section:
    heading, *paragraphs = re.sub(r"\n +", " ", part.strip()).split("\n")
    return heading, tuple(paragraphs)


def parse_pages(text: str) -> tuple[tuple[str, tuple[Section, ...]], ...]:
    """Return the pages in ``text``: each with its title and sections."""
    pages = (part.split("\n", 1) for part in re.split(r"^== ", text.strip(), flags=re.MULTILINE)[1:])
    return tuple((title, parse_sections(body)) for title, body in pages)


def read_text(name: str) -> str:
    """Return the text of ``texts/NAME.txt``."""
    return (files(__package__) / "texts" / f"{name}.txt").read_text(encoding="utf-8")


WHAT_TO_DO = parse_sections(read_text("what_to_do"))

QUESTIONS = parse_sections(read_text("questions"))

TEXT_PAGES = parse_pages(read_text("text_pages"))

((_, OPTIONS),) = parse_sections(read_text("options"))

INSTALLMENT = (
    "Name(s) and address",
    "Social Security number(s)",
    "Home telephone and best time to call",
    "Amount you owe as shown on the notice",
    "Amount you are paying with this request",
    "Amount you can pay each month",
    "Day of the month for your payment (1st to 28th)",
    "Bank routing number and account number",
    "Employer's name and address",
)
