"""Checks that the summary table adds up to its total: tax increase, payments, penalties and interest.

Only rows with known labels count, so that a table of another kind proves nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Box, Line
from mailroom.notices.extraction.candidates import Candidate, Method
from mailroom.notices.fields import AMOUNT
from mailroom.notices.parsing.money import parse_whole_amount
from mailroom.notices.scores import DOES_NOT_ADD_UP

_INCREASES = re.compile(r"\btax increase|payment decrease|penalt|interest|additions? to tax", re.IGNORECASE)
_DECREASES = re.compile(r"\btax decrease|payment increase|credit|withh", re.IGNORECASE)
# An amount of a row ends where the total ends, within so many points; the next row is at most so many heights
# away.
SAME_EDGE, ROW_GAP = 5.0, 2.2
# Each line is rounded to whole dollars.
ROUNDING = 3.0


def check_totals(layout: PageLayout, found: list[Candidate]) -> list[Candidate]:
    """Return the candidates: totals that add up are there twice, those that do not have a lower score."""
    out: list[Candidate] = []
    for each in found:
        is_total = each.field == AMOUNT and each.method is Method.RIGHT
        rows = _find_rows_above(layout, each.box) if is_total else []
        if len(rows) < 2 or not isinstance(each.value, float):
            out.append(each)
        elif abs(abs(sum(rows)) - abs(each.value)) <= ROUNDING:
            out += [each, replace(each, method=Method.ADDS_UP)]
        else:
            out.append(replace(each, score=each.score * DOES_NOT_ADD_UP))
    return out


def is_wrong_sum(layout: PageLayout, found: Candidate) -> bool:
    """Return whether a value is a total to which the rows above it do not add up."""
    if found.field != AMOUNT or found.method is not Method.RIGHT or not isinstance(found.value, float):
        return False
    rows = _find_rows_above(layout, found.box)
    return len(rows) > 1 and abs(abs(sum(rows)) - abs(found.value)) > ROUNDING


def _find_rows_above(layout: PageLayout, total: Box) -> list[float]:
    """Return the signed amounts of the rows above a total; none if one of them is unknown or misread."""
    rows: list[float] = []
    at: Box = total
    while (above := _find_amount_above(layout, at)) is not None:
        value, label = parse_whole_amount(above.text), layout.left_of(above)
        if label is None:
            break
        increases, decreases = _INCREASES.search(label.text), _DECREASES.search(label.text)
        if value is None and not (increases or decreases):
            break
        if value is None or not (increases or decreases):
            return []
        # A decrease is printed with a minus or without.
        rows.append(-abs(value) if decreases else value)
        at = above
    return rows


def _find_amount_above(layout: PageLayout, box: Box) -> Line | None:
    """Return the line of the amount above a box, None where there is none."""
    near = [
        each
        for each in layout.lines
        if abs(each.x1 - box.x1) <= SAME_EDGE and 0 < box.middle - each.middle <= ROW_GAP * box.height
    ]
    return max(near, key=lambda each: each.top, default=None)
