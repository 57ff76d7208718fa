"""Draw the letters of `letter_templates` in the style of a CP2000: one to four pages, and the true values.

They have the same head as the notices, so that a reader has to tell them apart by their text.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from mailroom.sandbox.generator.canvas import WIDTH, PageCanvas
from mailroom.sandbox.generator.first_page import FULL, fill_in
from mailroom.sandbox.generator.header import (
    LEFT,
    draw_addressee,
    draw_block,
    draw_footer,
    draw_letterhead,
    draw_running_head,
)
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.letter_templates import SIDE, LetterTemplate
from mailroom.sandbox.generator.model import Made
from mailroom.sandbox.generator.people import Household
from mailroom.sandbox.generator.scenario import Scenario, make_scenario
from mailroom.sandbox.generator.style import Writer, choose_style, make_truth
from mailroom.sandbox.generator.text_flow import draw_table, flow_text
from mailroom.sandbox.generator.wording import TEXT_PAGES


def make_letter(
    kind: LetterTemplate, rng: Random, _layout: Layout, home: Household, notice_date: date
) -> Made:
    """Return the PDF of one letter, and what a perfect reader returns for it."""
    scenario = _make_scenario(rng, kind, home, notice_date)
    layout = _make_layout(rng, kind)
    style = choose_style(layout, home, rng)
    writer = Writer(scenario, style, pages=rng.randint(1, 4))
    canvas = PageCanvas(style.typesetting, rng)
    _draw_first_page(canvas, kind, layout, writer)
    for page in range(2, writer.pages + 1):
        canvas.next_page()
        title, parts = TEXT_PAGES[page % len(TEXT_PAGES)]
        y = draw_running_head(canvas, layout, writer, page) + 8
        canvas.text(LEFT, y, title, bold=True, size=style.typesetting.size + 3)
        flow_text(canvas, y + 24, fill_in(parts, writer), layout.body, FULL)
        draw_footer(canvas, layout, writer, page)
    return canvas.finish(), _make_truth(kind, writer)


def _make_scenario(rng: Random, kind: LetterTemplate, home: Household, notice_date: date) -> Scenario:
    """Return a scenario in which money is owed, due when the letter type says."""
    scenario = make_scenario(rng, home, notice_date, whole=False)
    return replace(
        scenario,
        tax=abs(scenario.tax),
        payments=0, interest=abs(scenario.interest),
        due_date=notice_date + timedelta(days=kind.days or 30),
    )  # fmt: skip


def _make_layout(rng: Random, kind: LetterTemplate) -> Layout:
    """Return a layout with the head used since 2012, and the letter's name in it or at the foot."""
    printed = rng.choice(kind.printed)
    revised = f"{printed} (Rev. {rng.randint(1, 12)}-{rng.randint(2012, 2024)})"
    return Layout(
        kind.name, (2012, 2025), replace(SIDE, entries=kind.entries), "changes", "table",
        rng.choice(("plain", "sections", "columns")),
        rng.choice(("block", "line")) if kind.place == "block" else "none", (66, 170),
        footer=revised if kind.place == "footer" else "",
        families=("helvetica", "times"), sizes=(9, 10), dates=("long", "slash", "short"),
        spellings=(printed,),
    )  # fmt: skip


def _draw_first_page(canvas: PageCanvas, kind: LetterTemplate, layout: Layout, writer: Writer) -> None:
    draw_letterhead(canvas, writer.scenario.office)
    y = max(draw_block(canvas, layout.block, writer), draw_addressee(canvas, layout, writer)) + 26
    title = writer.fill_in(kind.title)
    y = canvas.paragraph(LEFT, y, FULL.width, title, bold=True, size=canvas.size + 4) + 4
    if kind.amount:
        y = _draw_amount(canvas, y, writer.fill_in(kind.amount), writer)
    more = [part for _, parts in TEXT_PAGES[:3] for part in parts]
    flow_text(canvas, y, fill_in((*kind.parts, *more), writer), layout.body, FULL)
    draw_footer(canvas, layout, writer, 1)


def _draw_amount(canvas: PageCanvas, y: float, label: str, writer: Writer) -> float:
    """Draw the amount on a line of its own, then its parts; return the baseline below them."""
    scenario, total = writer.scenario, writer.money(writer.scenario.total)
    canvas.text(LEFT, y, f"{label}: {total}", bold=True, size=canvas.size + 2)
    rows = (
        ("Billing summary", "Amount"),
        ("Tax you owe", writer.money(scenario.tax)),
        ("Penalties", writer.money(scenario.penalty)),
        ("Interest charges", writer.money(scenario.interest)),
        (label, total),
    )
    return draw_table(canvas, y + 24, rows, (LEFT, WIDTH - LEFT), ruled=True) + 12


def _make_truth(kind: LetterTemplate, writer: Writer) -> dict[str, object]:
    """Return only what is printed: no date if the period is relative, no amount if none is named."""
    truth = make_truth(writer.scenario, writer.style, kind.name, writer.pages)
    keys = {key for _, key in kind.entries}
    unsaid = {
        "response_due_date": kind.days is None,
        "amount_due": kind.amount is None,
        "aur_control_number": "aur" not in keys,
    }
    said = {"notice_type": kind.name, "outcome": "not_cp2000"}
    return truth | said | {name: None for name, missing in unsaid.items() if missing}
