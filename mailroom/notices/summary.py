"""The summary table held against its total: tax increase, payments, penalties and interest add up to it.

Only rows whose labels are known take part, so that a table of another kind says nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailroom.notices.candidates import Candidate, Method
from mailroom.notices.fields import AMOUNT
from mailroom.notices.money import parse_whole_amount
from mailroom.notices.scores import DOES_NOT_ADD_UP
from mailroom.notices.sheet import Sheet
from mailroom.notices.words import Box, Segment

_ADDED = re.compile(r"\btax increase|payment decrease|penalt|interest|additions? to tax", re.IGNORECASE)
_TAKEN_OFF = re.compile(r"\btax decrease|payment increase|credit|withh", re.IGNORECASE)
# A row's figure ends where the total's does, within so many points, and rows follow each other closely.
SAME_EDGE, ROW_GAP = 5.0, 2.2
# Whole dollars are rounded line by line.
ROUNDING = 3.0


def check_totals(sheet: Sheet, found: list[Candidate]) -> list[Candidate]:
    """The candidates, with totals that add up confirmed by one more, and a lower score for those that do not."""
    out: list[Candidate] = []
    for each in found:
        rows = (
            _find_rows_above(sheet, each.box) if each.field == AMOUNT and each.method is Method.RIGHT else []
        )
        if len(rows) < 2 or not isinstance(each.value, float):
            out.append(each)
        elif abs(abs(sum(rows)) - abs(each.value)) <= ROUNDING:
            out += [each, replace(each, method=Method.ADDS_UP)]
        else:
            out.append(replace(each, score=each.score * DOES_NOT_ADD_UP))
    return out


def _find_rows_above(sheet: Sheet, total: Box) -> list[float]:
    """The signed figures of the rows over the total; none when one of them is of an unknown kind, or misread."""
    rows: list[float] = []
    at: Box = total
    while (above := _find_amount_above(sheet, at)) is not None:
        value, label = parse_whole_amount(above.text), sheet.left_of(above)
        if label is None:
            break
        added, taken_off = _ADDED.search(label.text), _TAKEN_OFF.search(label.text)
        if value is None and not (added or taken_off):
            break
        if value is None or not (added or taken_off):
            return []
        # What is taken off is printed with a minus or without.
        rows.append(-abs(value) if taken_off else value)
        at = above
    return rows


def _find_amount_above(sheet: Sheet, box: Box) -> Segment | None:
    near = [
        each
        for each in sheet.segments
        if abs(each.x1 - box.x1) <= SAME_EDGE and 0 < box.middle - each.middle <= ROW_GAP * box.height
    ]
    return max(near, key=lambda each: each.top, default=None)
