"""Words become lines: one line, one column, whatever order they were drawn in."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mailroom.document.words import Box, Line, Word, find_lines, plain


def words(text: str, x: float, top: float, size: float = 10, gap: float = 3) -> list[Word]:
    """Words of one line, half as wide as high a letter."""
    out = []
    for each in text.split(" "):
        width = 0.5 * size * len(each)
        out.append(Word(x, top, x + width, top + size, each))
        x += width + gap
    return out


def texts(found: list[Line]) -> list[str]:
    """The text of each line."""
    return [each.text for each in found]


def test_columns_on_one_baseline_stay_apart() -> None:
    """A wide gap parts two lines, a space does not."""
    found = find_lines([*words("JOHN SMITH", 60, 100), *words("Notice date", 300, 100)])
    assert texts(found) == ["JOHN SMITH", "Notice date"]


@given(st.integers())
def test_the_order_of_drawing_plays_no_part(seed: int) -> None:
    """Shuffled words give the same lines."""
    page = [*words("one two three", 40, 100), *words("four five", 40, 112), *words("six", 300, 104)]
    shuffled = list(page)
    Random(seed).shuffle(shuffled)
    assert texts(find_lines(shuffled)) == texts(find_lines(page)) == ["one two three", "six", "four five"]


def test_a_narrow_gutter_parts_prose_from_a_column() -> None:
    """Where several lines begin at one place, a gap wider than the line's others is a column's."""
    column = [word for at in range(3) for word in words("Label", 200, 100 + 12 * at)]
    prose = [*words("aaaa bbbb cccc dddd eeee fff", 200 - 6 - (23 * 5 + 15), 136), *words("Label", 200, 136)]
    assert texts(find_lines([*column, *prose]))[-2:] == ["aaaa bbbb cccc dddd eeee fff", "Label"]


def test_tracked_letters_are_joined() -> None:
    """N O T I C E  D A T E is two words; three single letters are left alone."""
    letters = [*words("N O T I C E", 40, 100, gap=3), *words("D A T E", 40 + 6 * 8 + 6, 100, gap=3)]
    assert texts(find_lines(letters)) == ["NOTICE DATE"]
    assert texts(find_lines(words("A B C Smith", 40, 100))) == ["A B C Smith"]


def test_plain_text_has_one_kind_of_each_sign() -> None:
    """Dashes, apostrophes and ligatures become plain ones."""
    assert plain(
        "CP\N{EN DASH}2000 O\N{RIGHT SINGLE QUOTATION MARK}Hara of\N{LATIN SMALL LIGATURE FI}ce\xad"
    ) == ("CP-2000 O'Hara office")


def test_a_slice_of_the_text_has_its_box() -> None:
    """The box of a slice is that of the words it touches, the whole one for an empty slice."""
    line = Line(words("Notice date today", 10, 50))
    assert line.box_of(0, 6).x1 == 40
    assert line.box_of(12, 17).x0 == line.words[2].x0
    assert line.box_of(99, 99).x1 == line.x1


def test_boxes_on_a_line_share_half_their_height() -> None:
    """A superscript is on the line, the next line is not."""
    line = Box(0, 100, 50, 110)
    assert line.on_line_with(Box(60, 98, 70, 104))
    assert not line.on_line_with(Box(60, 108, 70, 118))
    assert line.middle == 105
