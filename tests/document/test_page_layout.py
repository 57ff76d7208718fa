"""Neighbourhoods on a page."""

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import find_lines
from tests.document.test_words import words


def layout(*lines: tuple[str, float, float]) -> PageLayout:
    """A page of lines, each with its left edge and top."""
    return PageLayout(
        1, 612, 792, find_lines([word for text, x, top in lines for word in words(text, x, top)])
    )


def test_right_and_left_are_on_the_same_line() -> None:
    """The nearest line of the line is answered, nothing from the next one."""
    page = layout(("Label", 40, 100), ("value", 200, 101), ("far", 400, 99), ("below", 200, 113))
    label, value = page.lines[1], page.lines[2]
    assert (label.text, value.text) == ("Label", "value")
    right, left = page.right_of(label), page.left_of(value)
    assert right is value
    assert left is label
    assert [each.text for each in page.all_right_of(label)] == ["value", "far"]
    assert page.left_of(label) is None


def test_below_is_near_and_in_the_same_column() -> None:
    """A line far down or in another column does not count."""
    page = layout(("Label", 40, 100), ("other", 300, 112), ("value", 42, 114))
    under = page.below(page.lines[0])
    assert under is not None
    assert under.text == "value"


def test_what_is_far_below_is_not_below() -> None:
    """Two letter heights are the reach."""
    page = layout(("Label", 40, 100), ("value", 40, 180))
    assert page.below(page.lines[0]) is None


def test_paragraphs_are_chains_of_close_lines() -> None:
    """Lines of one column form a paragraph; a blank line or another column ends it."""
    page = layout(("one", 40, 100), ("two", 40, 112), ("side", 300, 100), ("three", 40, 150))
    assert sorted(each.text for each in page.paragraphs) == ["one two", "side", "three"]
    assert page.text.split("\n")[0] in ("one", "side")
    assert page.paragraphs[0].x0 == 40
