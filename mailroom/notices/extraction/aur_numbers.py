"""AUR control numbers by their shape: five digits and four, like ZIP+4 codes.

Numbers with a label are found in `mailroom.notices.extraction.candidates`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Line
from mailroom.notices.extraction.candidates import Candidate, Method
from mailroom.notices.fields import CONTROL
from mailroom.notices.parsing.identifiers import find_control_numbers
from mailroom.notices.scores import SHAPE_ALONE
from mailroom.privacy.identifiers import five_four_shape

# A value further than so many points from all other values of the notice block is not in the block.
BLOCK_REACH = 120.0
_ZIP_PLUS_FOUR = re.compile(rf"\b[A-Z]{{2}}\.?,?[^\S\n]+({five_four_shape('-')})")


def drop_zip_codes(found: Sequence[Candidate], layout: PageLayout) -> list[Candidate]:
    """Return the AUR numbers that are not after a state on the page: those are ZIP+4 codes."""
    zips = set(_ZIP_PLUS_FOUR.findall(layout.text))
    return [each for each in found if each.field == CONTROL and each.value not in zips]


def find_unlabelled_numbers(layout: PageLayout, block: Sequence[float]) -> list[Candidate]:
    """Return numbers of this shape near the notice block's other values, whatever their label: labels vary.

    ``block`` has the heights of those values on the page, in points.
    """
    return [
        Candidate(CONTROL, number.value, SHAPE_ALONE, Method.SHAPE, layout.number, line, "", line)
        for line in layout.lines
        for number in find_control_numbers(line.text)
        if number.end - number.start == len(line.text.strip())
        and any(abs(line.middle - middle) <= BLOCK_REACH for middle in block)
        and not _follows_a_state(layout, line)
    ]


def _follows_a_state(layout: PageLayout, line: Line) -> bool:
    """Whether it is the ZIP of a city that is a line of its own."""
    left = layout.left_of(line)
    return left is not None and bool(re.search(r"(?:^|[\s,])[A-Z]{2}\.?,?$", left.text))
