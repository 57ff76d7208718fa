"""Draws the letters of ``letter_types.py`` in the manner of a CP2000: one to four pages, and the truth.

They share the head of the notices, since that is what makes telling them apart a task.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from mailroom.sandbox.generator.canvas import WIDTH, Sheet
from mailroom.sandbox.generator.first_page import FULL, filled
from mailroom.sandbox.generator.header import LEFT, addressee, block, footer, letterhead, running_head
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.letter_types import SIDE, LetterType
from mailroom.sandbox.generator.people import Household
from mailroom.sandbox.generator.scenario import Matter, matter_of
from mailroom.sandbox.generator.style import Writer, look_of, truth_of
from mailroom.sandbox.generator.text_flow import flow, table
from mailroom.sandbox.generator.wording import TEXT_PAGES


def letter(
    rng: Random, kind: LetterType, home: Household, notice_date: date
) -> tuple[bytes, dict[str, object]]:
    """The PDF of one letter, and what a faultless reader makes of it."""
    matter = _matter(rng, kind, home, notice_date)
    layout = _layout(rng, kind)
    look = look_of(layout, home, rng)
    writer = Writer(matter, look, pages=rng.randint(1, 4))
    sheet = Sheet(look.hand, rng)
    _first(sheet, kind, layout, writer)
    for page in range(2, writer.pages + 1):
        sheet.next_page()
        title, parts = TEXT_PAGES[page % len(TEXT_PAGES)]
        y = running_head(sheet, layout, writer, page) + 8
        sheet.text(LEFT, y, title, bold=True, size=look.hand.size + 3)
        flow(sheet, y + 24, filled(parts, writer), layout.body, FULL)
        footer(sheet, layout, writer, page)
    return sheet.finish(), _truth(kind, writer)


def _matter(rng: Random, kind: LetterType, home: Household, notice_date: date) -> Matter:
    """What a letter demands is owed, and due when its type says."""
    matter = matter_of(rng, home, notice_date, whole=False)
    return replace(
        matter,
        tax=abs(matter.tax),
        payments=0, interest=abs(matter.interest),
        due_date=notice_date + timedelta(days=kind.days or 30),
    )  # fmt: skip


def _layout(rng: Random, kind: LetterType) -> Layout:
    """The head of the time from 2012, with the letter's name in it or at the foot."""
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


def _first(sheet: Sheet, kind: LetterType, layout: Layout, writer: Writer) -> None:
    letterhead(sheet, writer.matter.office)
    y = max(block(sheet, layout.block, writer), addressee(sheet, layout, writer)) + 26
    title = kind.title.format(year=writer.value("year"))
    y = sheet.paragraph(LEFT, y, FULL.width, title, bold=True, size=sheet.hand.size + 4) + 4
    if kind.amount:
        y = _owed(sheet, y, kind.amount.format(due=writer.value("due")), writer)
    more = [part for _, parts in TEXT_PAGES[:3] for part in parts]
    flow(sheet, y, filled((*kind.parts, *more), writer), layout.body, FULL)
    footer(sheet, layout, writer, 1)


def _owed(sheet: Sheet, y: float, label: str, writer: Writer) -> float:
    """The amount in a line of its own, then what it is made of."""
    matter = writer.matter
    sheet.text(LEFT, y, f"{label}: {writer.money(matter.total)}", bold=True, size=sheet.hand.size + 2)
    lines = (
        ("Tax you owe", matter.tax),
        ("Penalties", matter.penalty),
        ("Interest charges", matter.interest),
    )
    rows = [("Billing summary", "Amount"), *((name, writer.money(cents)) for name, cents in lines)]
    y = table(sheet, y + 24, [*rows, (label, writer.money(matter.total))], (LEFT, WIDTH - LEFT), ruled=True)
    return y + 12


def _truth(kind: LetterType, writer: Writer) -> dict[str, object]:
    """Only what stands on the paper: no date where the period is relative, no amount where none is named."""
    truth = truth_of(writer.matter, writer.look, kind.name, writer.pages)
    keys = {key for _, key in kind.entries}
    unsaid = {
        "response_due_date": kind.days is None,
        "amount_due": kind.amount is None,
        "aur_control_number": "aur" not in keys,
    }
    said = {"notice_type": kind.name, "outcome": "not_cp2000"}
    return truth | said | {name: None for name, missing in unsaid.items() if missing}
