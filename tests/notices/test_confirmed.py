"""What was read off a picture counts where it was clear, or stands twice."""

import pytest

from mailroom.notices.confirmed import unsure
from mailroom.notices.fields import NoticeFields
from mailroom.notices.sheet import Sheet
from mailroom.notices.words import Word, segments

FIELDS = NoticeFields(name_line="MARTIN P OAKLEY", last_name="OAKLEY", ssn="741-55-3907", ssn_last4="3907")


def sheet(number: int, *lines: tuple[str, float]) -> Sheet:
    """A page of lines, every word of one as sure as it says."""
    words = []
    for row, (text, sure) in enumerate(lines):
        for column, word in enumerate(text.split()):
            x, y = 40.0 + 60 * column, 40.0 + 20 * row
            words.append(Word(x, y, x + 55, y + 10, word, sure))
    return Sheet(number, 612, 792, segments(words))


@pytest.mark.parametrize(
    ("pages", "doubts"),
    [
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.99))], set()),
        ([(("741-55-3907", 0.8), ("OAKLEY", 0.99))], {"ssn", "ssn_last4"}),
        ([(("741-55-3907", 0.8), ("OAKLEY", 0.8)), (("741-55-3907", 0.8), ("OAKLEY", 0.8))], set()),
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.99)), (("741-55-3901", 0.99),)], {"ssn", "ssn_last4"}),
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.99)), (("742-66-1188", 0.99),)], set()),
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.99)), (("MARTIN POAKLEY", 0.99),)], {"last_name"}),
        ([(("741-55-3907", 0.99), ("OAKLEY", 0.3))], {"last_name"}),
    ],
)
def test_a_key_is_sure_where_it_is_confirmed(
    pages: list[tuple[tuple[str, float], ...]], doubts: set[str]
) -> None:
    """One clear print or two fair ones; a number that differs in a digit, or a name parted elsewhere, is doubt."""
    sheets = [sheet(number, *lines) for number, lines in enumerate(pages, 1)]
    assert unsure(FIELDS, sheets) == doubts
