"""A whole CP2000: its scenario drawn with one layout, and the true values.

``rng`` decides everything; `day` chooses file names and folders.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from reportlab.lib.pdfencrypt import StandardEncryption

from mailroom.sandbox.generator.canvas import PageCanvas
from mailroom.sandbox.generator.first_page import draw_first_page
from mailroom.sandbox.generator.later_pages import choose_pages, draw_later_page
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.model import Made
from mailroom.sandbox.generator.people import Household
from mailroom.sandbox.generator.scenario import make_scenario
from mailroom.sandbox.generator.style import Writer, choose_style, make_truth

Maker = Callable[[Random, Layout, Household, date], Made]
"""Makes a file of one kind for a household: drawn with this layout, if its kind has layouts, and dated."""


def make_cp2000(
    rng: Random, layout: Layout, home: Household, notice_date: date, lock: StandardEncryption | None = None
) -> Made:
    """Return the PDF, encrypted if there is a ``lock``, and the true values."""
    scenario = make_scenario(rng, home, notice_date, whole=layout.whole)
    style = choose_style(layout, home, rng)
    names = choose_pages(rng, layout)
    writer = Writer(scenario, style, pages=len(names) + 1)
    canvas = PageCanvas(style.typesetting, rng, lock)
    draw_first_page(canvas, layout, writer)
    for page, name in enumerate(names, start=2):
        canvas.next_page()
        draw_later_page(canvas, layout, writer, name, page)
    return canvas.finish(), make_truth(scenario, style, layout.name, canvas.pages)
