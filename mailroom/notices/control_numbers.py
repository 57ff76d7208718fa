"""AUR control numbers by their shape: five figures and four, which ZIP+4 codes have too.

What stands beside a label is `mailroom.notices.candidates`' matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailroom.notices.candidates import Candidate, Method
from mailroom.notices.fields import CONTROL
from mailroom.notices.numbers import find_control_numbers
from mailroom.notices.scores import SHAPE_ALONE
from mailroom.notices.sheet import Sheet
from mailroom.notices.words import Segment
from mailroom.privacy.identifiers import five_four_shape

# What is further than so many points from all other values of the notice block is not in it.
BLOCK_REACH = 120.0
_ZIP_PLUS_FOUR = re.compile(rf"\b[A-Z]{{2}}\.?,?[^\S\n]+({five_four_shape('-')})")


def drop_zip_codes(found: Sequence[Candidate], sheet: Sheet) -> list[Candidate]:
    """AUR numbers that do not stand behind a state on the page: those are ZIP+4s."""
    zips = set(_ZIP_PLUS_FOUR.findall(sheet.text))
    return [each for each in found if each.field == CONTROL and each.value not in zips]


def find_unlabelled_numbers(sheet: Sheet, block: Sequence[float]) -> list[Candidate]:
    """Five-four beside the notice block's other values, whatever it is called there: labels change, the shape does not.

    ``block`` are the heights of its other values. Alone it is given with doubt.
    """
    return [
        Candidate(CONTROL, number.value, SHAPE_ALONE, Method.SHAPE, sheet.number, segment, "", segment)
        for segment in sheet.segments
        for number in find_control_numbers(segment.text)
        if number.end - number.start == len(segment.text.strip())
        and any(abs(segment.middle - middle) <= BLOCK_REACH for middle in block)
        and not _follows_a_state(sheet, segment)
    ]


def _follows_a_state(sheet: Sheet, segment: Segment) -> bool:
    """Whether it is the ZIP of a city that stands apart."""
    left = sheet.left_of(segment)
    return left is not None and bool(re.search(r"(?:^|[\s,])[A-Z]{2}\.?,?$", left.text))
