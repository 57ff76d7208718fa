"""The text of notices: sections in our own words, in the style of the IRS's letters.

``{year}``, ``{due}``, ``{notice}``, ``{phone}`` are filled in for each notice. A line "# …" begins a section,
"== …" a page, each other line a paragraph, which goes on in the lines that are indented. No drawing here.
"""

from __future__ import annotations

import re

from mailroom.sandbox.generator.resources import read_table, read_text

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


WHAT_TO_DO = parse_sections(read_text("what_to_do.txt"))
QUESTIONS = parse_sections(read_text("questions.txt"))
TEXT_PAGES = parse_pages(read_text("text_pages.txt"))
((_, OPTIONS),) = parse_sections(read_text("options.txt"))
INSTALLMENT = read_text("installment.txt").splitlines()
"""What to do, then the labels of the lines to fill in."""
BESIDE_BLOCK = read_text("beside_block.txt")
"""A paragraph that some layouts print beside the block of labels and values."""
HEADLINES = read_table("headlines.toml", dict[str, tuple[str, str]])
"""Title and text of page 1's headline, by its name in the layouts."""
