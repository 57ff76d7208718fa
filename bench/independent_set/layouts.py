"""The layouts of a CP2000: fonts, years, date formats, first page and running heads; and a whole notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.independent_set import fronts_early, fronts_late, inner
from bench.independent_set.facts import DASHED, LONG, PADDED, SHORT, SLASHED, UPPER, Facts
from bench.independent_set.sheet import Sheet

Fonts = tuple[str, str, float]


@dataclass(frozen=True)
class Layout:
    """How one kind of notice looks."""

    name: str
    weight: int
    era: tuple[int, int]
    formats: tuple[int, ...]
    fonts: tuple[Fonts, ...]
    front: Callable[[Sheet, Facts, Random, int], None]
    head: str


SANS: tuple[Fonts, ...] = (
    ("helvetica", "helvetica", 9.5), ("helvetica", "courier", 9.5), ("dejavu", "dejavu", 8.8), ("helvetica", "times", 10),
)  # fmt: skip
SERIF: tuple[Fonts, ...] = (("times", "times", 10.5), ("times", "courier", 10), ("dejavuserif", "dejavuserif", 8.6),
                            ("helvetica", "helvetica", 9.5))  # fmt: skip
MONO: tuple[Fonts, ...] = (("courier", "courier", 9.5),)
LAYOUTS = (
    Layout(
        "dotted_left",
        24,
        (2003, 2009),
        (PADDED, PADDED, PADDED, UPPER),
        SERIF,
        fronts_early.draw_dotted,
        "line",
    ),
    Layout(
        "right_block",
        34,
        (2010, 2018),
        (LONG, LONG, LONG, SHORT),
        SANS,
        fronts_late.draw_right_block,
        "block",
    ),
    Layout("gray_box", 19, (2018, 2023), (SLASHED, LONG, LONG), SANS, fronts_late.draw_gray_box, "line"),
    Layout("redesign", 11, (2021, 2023), (LONG, SHORT), SANS, fronts_late.draw_redesign, "line"),
    Layout("plain", 6, (2005, 2022), (DASHED, SLASHED, UPPER), MONO, fronts_early.draw_plain, "mono"),
    Layout("cells", 6, (2008, 2021), (SLASHED, LONG, DASHED), SANS[:3], fronts_early.draw_cells, "line"),
)
BY_NAME = {layout.name: layout for layout in LAYOUTS}


def choose_layout(rng: Random) -> Layout:
    """A layout, as often as its weight says."""
    return rng.choices(LAYOUTS, [layout.weight for layout in LAYOUTS])[0]


def draw_running_head(sheet: Sheet, facts: Facts, head: str, page: int, pages: int) -> float:
    """The head of a page behind the first; returns where its content starts."""
    number = f"Page {page} of {pages}"
    if head == "block":
        rows = (("Notice", facts.spelling), ("Tax year", str(facts.year)), ("Notice date", facts.shown_date),
                ("Social Security number", facts.ssn_shown), (number, ""))  # fmt: skip
        for line, (label, value) in enumerate(rows):
            sheet.write(400, 40 + 11 * line, label, 8)
            sheet.write(576, 40 + 11 * line, value, 8, family=sheet.data, align="R")
        return 118
    if head == "mono":
        sheet.write(36, 44, f"{facts.spelling}  {facts.ssn_shown}  {facts.year}", 9)
        sheet.write(576, 44, f"PAGE {page:03} OF {pages:03}", 9, align="R")
        return 80
    sheet.write(36, 42, f"{facts.spelling}   Tax year {facts.year}   Notice date {facts.shown_date}", 8)
    sheet.write(36, 54, f"SSN {facts.ssn_shown}   AUR control number {facts.aur}", 8, family=sheet.data)
    sheet.write(576, 42, number, 8, align="R")
    return 86


def plan_inner(rng: Random, facts: Facts) -> list[inner.Draw]:
    """The pages behind the first: 2 to 11 of them."""
    count = rng.choices(range(2, 12), (6, 7, 10, 12, 12, 10, 8, 5, 3, 2))[0]
    form = [] if "no_form" in facts.features else [inner.draw_response_form]
    fixed = [inner.draw_income, *form]
    rest = rng.sample(inner.INNER, min(len(inner.INNER), max(0, count - len(fixed) - 1)))
    rest += [inner.draw_form_copy] * max(0, count - len(fixed) - 1 - len(rest))
    early = facts.letter == "CP2000" and rng.random() < 0.4
    pages = [*form, inner.draw_income, *rest] if early else [*rest[:1], inner.draw_income, *rest[1:], *form]
    return [*pages, inner.draw_coupon][:count] if count > 2 else pages[:count]


def draw_notice(sheet: Sheet, facts: Facts, layout: Layout, rng: Random) -> tuple[int, int]:
    """Draw all pages of a CP2000; returns how many there are and how many the page numbers say."""
    plan = plan_inner(rng, facts)
    pages = len(plan) + 1
    sheet.add_page()
    layout.front(sheet, facts, rng, pages)
    drawn = 1 + _add_blank_back(sheet, facts)
    for number, draw in enumerate(plan, 2):
        sheet.add_page()
        draw(sheet, facts, rng, draw_running_head(sheet, facts, layout.head, number, pages))
        drawn += 1
        if number % 3 == 0:
            drawn += _add_blank_back(sheet, facts)
    return drawn, pages


def _add_blank_back(sheet: Sheet, facts: Facts) -> int:
    if "blank_backs" not in facts.features:
        return 0
    sheet.add_page()
    return 1
