"""Which file has what: one file with a text layer, its features and its row of true values."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from bench.independent_set import covers
from bench.independent_set.facts import SERIES, Facts, list_true_values, make_facts
from bench.independent_set.layouts import SANS, SERIF, choose_layout, draw_notice
from bench.independent_set.others import LETTERS, draw_other, list_other_values, make_other_facts
from bench.independent_set.papers import PAPERS
from bench.independent_set.sheet import LayoutError, Sheet

Row = dict[str, Any]
ATTEMPTS = 40
# Chances of what does not exclude each other.
MARKS = {"received_stamp": 0.07, "handwriting": 0.06, "blank_backs": 0.06, "fax_banner": 0.04, "rep_sentence": 0.14,
         "no_form": 0.05}  # fmt: skip


def make_chance(seed: int, name: str) -> Random:
    """The chance of one file, which does not depend on the files before it."""
    return Random(f"independent set {seed} {name}")  # noqa: S311 - must be the same in every run


def make_file(seed: int, index: int) -> tuple[bytes, Row]:
    """A PDF with text, and its row without the file's name. What does not fit its page is drawn again."""
    for attempt in range(ATTEMPTS):
        rng = make_chance(seed, f"{index} {attempt}")
        group = make_chance(seed, f"group {index}").choices(("cp2000", "other", "paper"), (77, 15, 8))[0]
        try:
            return {"cp2000": make_cp2000, "other": make_other, "paper": make_paper}[group](rng)
        except LayoutError:
            continue
    raise LayoutError(f"file {index} fits no page")


def make_cp2000_facts(rng: Random, era: tuple[int, int], formats: tuple[int, ...]) -> Facts:
    """The facts of a CP2000 or of one of its series, with the marks that it will have."""
    letter = rng.choices(SERIES, (88, 3, 2, 3, 2, 2))[0]
    facts = make_facts(rng, letter, era, formats)
    features = [name for name, chance in MARKS.items() if rng.random() < chance]
    series = [letter] if letter != "CP2000" else []
    return replace(facts, features=[*series, *facts.features, *features])


def make_cp2000(rng: Random) -> tuple[bytes, Row]:
    """A CP2000, some behind a cover or another letter."""
    layout = choose_layout(rng)
    facts = make_cp2000_facts(rng, layout.era, layout.formats)
    sheet = Sheet(*rng.choice(layout.fonts))
    cover = rng.choices(("", *covers.COVERS, "letter_before"), (78, 6, 6, 4, 4, 2))[0]
    before = _draw_before(sheet, facts, rng, cover)
    first = before + 1
    drawn, printed = draw_notice(sheet, facts, layout, rng)
    drawn += before
    _draw_marks(sheet, facts, rng, first, drawn)
    notice_type = facts.letter if facts.letter == "CP2000" else [facts.letter, "CP2000"]
    doubtful = cover in {"letter_before", "representative_copy"}
    return sheet.save(), {
        "kind": layout.name,
        "features": [*([cover] if cover else []), *facts.features],
        "fields": list_true_values(facts, notice_type, (drawn, printed)),
        "outcome_wanted": ["extract", "review"] if doubtful else "extract",
    }


def _draw_before(sheet: Sheet, facts: Facts, rng: Random, cover: str) -> int:
    if cover == "":
        return 0
    if cover == "letter_before":
        return draw_other(sheet, replace(facts, letter=rng.choice(LETTERS)), rng)[0]
    covers.COVERS[cover](sheet, facts, rng)
    return 1


def _draw_marks(sheet: Sheet, facts: Facts, rng: Random, first: int, pages: int) -> None:
    """Stamps, pen marks and fax banners, over the finished pages."""
    last = sheet.pdf.page
    if "fax_banner" in facts.features:
        for page in range(1, pages + 1):
            sheet.return_to(page)
            covers.draw_fax_banner(sheet, facts, page, pages)
    sheet.return_to(first)
    if "received_stamp" in facts.features:
        covers.draw_received_stamp(sheet, facts, rng)
    if "handwriting" in facts.features:
        covers.draw_pen_marks(sheet, rng)
    sheet.return_to(last)


def make_other(rng: Random) -> tuple[bytes, Row]:
    """An IRS letter that is not a CP2000."""
    facts = make_other_facts(rng)
    sheet = Sheet(*(rng.choice(SERIF) if facts.letter in LETTERS else rng.choice(SANS)))
    pages = draw_other(sheet, facts, rng)
    return sheet.save(), {
        "kind": facts.letter,
        "features": facts.features,
        "fields": list_other_values(facts, pages),
        "outcome_wanted": "not_cp2000",
    }


def make_paper(rng: Random) -> tuple[bytes, Row]:
    """A document that is not from the IRS; a person may have to look at it."""
    facts = make_facts(rng, "CP2000", (2010, 2022), (0, 2))
    sheet = Sheet(*rng.choice((*SANS, *SERIF)))
    name = rng.choice(list(PAPERS))
    PAPERS[name](sheet, facts, rng)
    wanted = ["not_cp2000", "review"] if name in {"engagement_letter", "invoice"} else "not_cp2000"
    return sheet.save(), {"kind": name, "features": [], "fields": {}, "outcome_wanted": wanted}
