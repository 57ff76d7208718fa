"""The chars of a line: two readings that agree, and spaces that may be none."""

import numpy as np
import pytest

from mailroom.document.ocr.line_words import (
    check_numeral,
    compare_readings,
    insert_spaces,
    join_readings,
)
from mailroom.document.ocr.onnx_engine import Char


def chars(text: str, confidence: float = 0.99) -> list[Char]:
    """Return a line's chars, evenly spaced."""
    return [Char(char, confidence, (at + 0.5) / len(text)) for at, char in enumerate(text)]


def test_only_what_both_readings_say_is_certain() -> None:
    """A char that the second reading has otherwise, or leaves out, counts as unread."""
    both = compare_readings(chars("741-55-3907"), chars("741-55-3901"))
    assert [char.confidence for char in both] == [0.99] * 10 + [0.0]
    assert "".join(char.text for char in both) == "741-55-3907"
    assert [char.confidence for char in compare_readings(chars("81"), chars("8"))] == [0.99, 0.0]


def test_a_space_in_one_reading_only_is_doubtful() -> None:
    """An initial and a name have the same chars as a longer name."""
    assert min(char.confidence for char in compare_readings(chars("POAKLEY"), chars("P OAKLEY"))) < 0.5


def test_a_letter_that_only_the_second_reading_has_puts_its_neighbours_in_doubt() -> None:
    """A narrow I beside another char is lost clearly; a speck is no letter."""
    assert [char.confidence for char in compare_readings(chars("VAN"), chars("IVAN"))] == [0.0, 0.99, 0.99]
    assert [char.confidence for char in compare_readings(chars("BR"), chars("BIR"))] == [0.0, 0.0]
    assert [char.confidence for char in compare_readings(chars("BI"), chars("BIR"))] == [0.99, 0.0]
    assert [char.confidence for char in compare_readings(chars("BR"), chars("B'R"))] == [0.99, 0.99]
    assert [char.confidence for char in compare_readings(chars("BR"), chars("BIR", 0.4))] == [0.4, 0.4]


def test_an_accent_that_one_reading_misses_is_no_other_letter() -> None:
    """Both see an N; a speck above it, or its tilde, does not make it unread."""
    both = compare_readings(chars("PEÑA"), chars("PENA"))
    assert [char.confidence for char in both] == [0.99] * 4


def test_of_two_readings_no_char_is_lost_and_none_is_believed_that_one_lacks() -> None:
    """Where they are alike, the clearer one counts."""
    both = join_readings(chars("200", 0.94), chars("2005", 0.8))
    assert "".join(char.text for char in both) == "2005"
    assert [char.confidence for char in both] == [0.8, 0.8, 0.8, 0.0]
    assert {char.confidence for char in join_readings(chars("III", 0.6), chars("III", 0.97))} == {0.97}


def print_gaps(text: str, gaps: dict[int, int]) -> tuple[list[Char], np.ndarray]:
    """Return the text's chars and its line: black, with so many blank columns before some of its chars."""
    wide = 20
    line, read, x = np.zeros((20, 20 * len(text)), np.uint8), list[Char](), 0
    for at, char in enumerate(text):
        line[:, x : x + gaps.get(at, wide if char == " " else 0)] = 255
        read.append(Char(char, 0.99, (x + wide / 2) / line.shape[1]))
        x += wide
    return read, line


def test_a_gap_far_narrower_than_the_lines_spaces_is_none() -> None:
    """On faint print thin strokes are blank: neither a space nor a doubt, where real spaces are wide."""
    read, line = print_gaps("CLARA HOLLIS", {10: 3})
    assert insert_spaces(read, line) == read
    read, line = print_gaps("CLARAHOLLIS", {9: 3})
    assert min(char.confidence for char in insert_spaces(read, line)) < 0.5


def test_a_space_far_narrower_than_the_lines_others_is_doubtful() -> None:
    """The engine saw one between R and W."""
    read, line = print_gaps("RUTH G IR WIN", {9: 1})
    assert [char.text for char in insert_spaces(read, line) if char.confidence < 0.5] == ["W"]
    read, line = print_gaps("RUTH G IR WIN", {})
    assert insert_spaces(read, line) == read


def test_a_numeral_stays_one_word() -> None:
    """Its strokes stand far apart; behind an initial there is a space."""
    read, line = print_gaps("COLE III", {6: 9, 7: 9})
    assert insert_spaces(read, line) == read
    read, line = print_gaps("JOHN IIVES", {4: 10, 6: 10})
    assert "".join(char.text for char in insert_spaces(read, line)) == "JOHN I IVES"


def test_a_number_sign_has_a_space_behind_it_where_there_is_one() -> None:
    """Also on a line of its own, with no other gap to compare."""
    read, line = print_gaps("#7", {1: 6})
    assert "".join(char.text for char in insert_spaces(read, line)) == "# 7"
    assert insert_spaces(*print_gaps("#7", {1: 2})) == read


def test_words_are_split_at_blank_paper() -> None:
    """Also where the engine saw no space, and behind a full stop that is one."""
    line = np.full((20, 100), 255, np.uint8)
    line[5:15, 0:48:2] = line[5:15, 58:100:2] = 0
    assert "".join(char.text for char in insert_spaces(chars("JOHNABLOOM"), line)) == "JOHNA BLOOM"

    assert "".join(char.text for char in insert_spaces(chars("14885CHAPE"), line)) == "14885 CHAPE"
    black = np.zeros((20, 100), np.uint8)
    for read, words in (("P.DE LA CRUZ", "P. DE LA CRUZ"), ("number851", "number 851")):
        assert "".join(char.text for char in insert_spaces(chars(read), black)) == words


@pytest.mark.parametrize(
    ("text", "strokes", "clear"),
    [("ROW II", 2, True), ("ROW II", 3, False), ("PRÉ II", 3, False), ("ROW I", 2, False)],
)
def test_the_strokes_of_a_numeral_are_counted(text: str, strokes: int, *, clear: bool) -> None:
    """In a face whose strokes touch at their ends "III" is read as "II", clearly."""
    wide, name = 20, text.split(maxsplit=1)[0]
    line = np.full((30, wide * (len(text) + 1)), 255, np.uint8)
    line[5:25, : wide * len(name) - 2] = 0
    left = wide * (len(name) + 1)
    line[[5, 6, 23, 24], left : left + 8 * strokes] = 0
    for at in range(strokes):
        line[5:25, left + 8 * at + 2 : left + 8 * at + 5] = 0
    read = [Char(char, 0.99, (at + 0.5) * wide / line.shape[1]) for at, char in enumerate(text)]
    assert (min(char.confidence for char in check_numeral(read, line)) > 0.9) == clear
    assert check_numeral(read[: len(name)], line) == read[: len(name)]
