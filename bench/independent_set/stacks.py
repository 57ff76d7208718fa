"""Several clients' notices in one file, which must go to a person."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from bench.independent_set.build import ATTEMPTS, Row, make_chance, make_cp2000_facts
from bench.independent_set.facts import Facts
from bench.independent_set.layouts import choose_layout, draw_notice
from bench.independent_set.others import draw_other, make_other_facts
from bench.independent_set.people import Household
from bench.independent_set.scans import Turn, choose_wear, scan
from bench.independent_set.sheet import LayoutError, Sheet

CHANCES = {
    "no_page_numbers": 0.25,
    "blank_between": 0.25,
    "shared_surname": 0.2,
    "one_layout": 0.5,
    "other_letter": 0.2,
}


def make_stack(seed: int, index: int, *, scanned: bool) -> tuple[bytes, Row]:
    """A stack of 2 to 8 notices, and its row without the file's name."""
    for attempt in range(ATTEMPTS):
        rng = make_chance(seed, f"stack {index} {attempt}")
        try:
            document, row = _draw_stack(rng)
        except LayoutError:
            continue
        return _scan_stack(document, row, rng) if scanned else (document, row)
    raise LayoutError(f"stack {index} fits no page")


def _draw_stack(rng: Random) -> tuple[bytes, Row]:
    features = [name for name, chance in CHANCES.items() if rng.random() < chance]
    layout = choose_layout(rng)
    sheet, ranges = Sheet(*rng.choice(layout.fonts)), []
    sheet.numbered = "no_page_numbers" not in features
    first: Facts | None = None
    count = rng.choices(range(2, 9), (10, 6, 4, 2, 1, 1, 1))[0]
    for number in range(count):
        start = sheet.pdf.pages_count + 1
        if number == count - 1 and number > 0 and "other_letter" in features:
            draw_other(sheet, make_other_facts(rng), rng)
        else:
            layout = layout if "one_layout" in features else choose_layout(rng)
            facts = make_cp2000_facts(rng, layout.era, layout.formats)
            if first and "shared_surname" in features and number == 1:
                facts = replace(facts, household=_give_surname(facts.household, first.household))
            first = first or facts
            sheet.use(*rng.choice(layout.fonts))
            draw_notice(sheet, facts, layout, rng)
        ranges.append([start, sheet.pdf.pages_count])
        if "blank_between" in features and number < count - 1:
            sheet.add_page()
    row: Row = {"kind": "stack", "features": features, "notices": count, "fields": {}, "outcome_wanted": "review",
                "page_ranges": ranges}  # fmt: skip
    return sheet.save(), row


def _give_surname(household: Household, other: Household) -> Household:
    """One person with another first name and the other client's surname."""
    line = f"{household.first_names[0]} Q {other.last_names[0]}"
    return Household(
        (line,), (line,), other.last_names, (), household.first_names[:1], joint=False, kind="single"
    )


def _scan_stack(document: bytes, row: Row, rng: Random) -> tuple[bytes, Row]:
    """The second notice may lie upside down, or low on the glass."""
    start, end = row["page_ranges"][1]
    pages, kind, wear = (
        frozenset(range(start - 1, end)),
        rng.choice(("", "", "upside_down", "low")),
        choose_wear(rng),
    )
    turn = Turn(pages, half_turn=kind == "upside_down", drop=rng.uniform(0.06, 0.16) if kind == "low" else 0)
    features = [*row["features"], f"scan_{wear.name}", *([f"second_{kind}"] if kind else [])]
    layer = rng.random() < 0.1
    return scan(document, wear, rng, (turn,), layer=layer), {**row, "features": features}
