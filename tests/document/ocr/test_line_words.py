"""The chars of a line: two readings that agree, and spaces that may be none."""

import numpy as np

from mailroom.document.ocr.line_words import compare_readings, insert_spaces
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


def test_words_are_split_at_blank_paper() -> None:
    """Also where the engine saw no space, and behind a full stop that is one."""
    line = np.full((20, 100), 255, np.uint8)
    line[5:15, 0:48:2] = line[5:15, 58:100:2] = 0
    assert "".join(char.text for char in insert_spaces(chars("JOHNABLOOM"), line)) == "JOHNA BLOOM"
    black = np.zeros((20, 100), np.uint8)
    for read, words in (("P.DE LA CRUZ", "P. DE LA CRUZ"), ("number851", "number 851")):
        assert "".join(char.text for char in insert_spaces(chars(read), black)) == words
