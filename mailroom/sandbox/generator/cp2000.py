"""A whole CP2000: its matter drawn after one layout, with the truth about it.

Chooses nothing but what ``rng`` decides; file names and folders are the mail room's business (``day.py``).
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from reportlab.lib.pdfencrypt import StandardEncryption

from mailroom.sandbox.generator.canvas import Sheet
from mailroom.sandbox.generator.first_page import first_page
from mailroom.sandbox.generator.later_pages import later_page, plan
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.people import Household
from mailroom.sandbox.generator.scenario import matter_of
from mailroom.sandbox.generator.style import Writer, look_of, truth_of


def cp2000(
    rng: Random, layout: Layout, home: Household, notice_date: date, lock: StandardEncryption | None = None
) -> tuple[bytes, dict[str, object]]:
    """The PDF, encrypted where there is a ``lock``, and the truth about it."""
    matter = matter_of(rng, home, notice_date, whole=layout.whole)
    look = look_of(layout, home, rng)
    names = plan(rng, layout)
    writer = Writer(matter, look, pages=len(names) + 1)
    sheet = Sheet(look.hand, rng, lock)
    first_page(sheet, layout, writer)
    for page, name in enumerate(names, start=2):
        sheet.next_page()
        later_page(sheet, layout, writer, name, page)
    return sheet.finish(), truth_of(matter, look, layout.name, sheet.pages)


def date_in_era(rng: Random, layout: Layout) -> date:
    """A day of the layout's years."""
    first, last = layout.years
    start = date(first, 1, 1)
    return start + timedelta(days=rng.randrange((date(last, 12, 31) - start).days))
