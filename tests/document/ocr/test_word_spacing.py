"""Chars: two readings that agree, spaces that may be none, bars that are not words."""

import numpy as np
import pytest

from mailroom.document.ocr.corrections import Corrector, is_bar_code
from mailroom.document.ocr.onnx_engine import Char
from mailroom.document.ocr.word_spacing import compare_readings, insert_spaces
from mailroom.notices.extraction.ocr_vocabulary import OCR_VOCABULARY


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


@pytest.mark.parametrize(
    ("read", "confidence", "corrected"),
    [
        ("***_**-6368", 1.0, "***-**-6368"),
        ("XXX_XX-6368", 1.0, "***-**-6368"),
        (">~*>~6546", 1.0, "***-**-6546"),
        (".-7800", 1.0, "***-**-7800"),
        ("-7800", 1.0, "-7800"),
        ("-$7800", 1.0, "-$7800"),
        ("782~45~3736", 1.0, "782-45-3736"),
        ("891:45", 1.0, "891-45"),
        (".79565-3767", 1.0, "79565-3767"),
        ("mumber", 0.9, "number"),
        ("mumber", 0.99, "mumber"),
        ("match", 1.0, "match"),
        ("recelved", 1.0, "received"),
        ("Departient", 0.5, "Department"),
        ("NUMBEN", 0.5, "NUMBEN"),
        ("Nunber", 0.5, "Number"),
        ("OAKLEY", 0.5, "OAKLEY"),
    ],
)
def test_what_cannot_be_a_value_is_corrected(read: str, confidence: float, corrected: str) -> None:
    """Masks and the words of labels that were not clear; names in capitals and numbers stay."""
    assert Corrector(OCR_VOCABULARY).correct(read, confidence) == corrected


@pytest.mark.parametrize(
    ("text", "confidence", "bars"),
    [
        ("Illlhhuluhlullullmulllmlullullllulllh", 0.99, True),
        ("lllul", 0.6, True),
        ("Hdllulllulllblllllul", 0.99, True),
        ("Luftiulhllllooll", 0.99, True),
        ("LITTLETON HILL", 0.99, False),
        ("Iulululublullmlubllumumullmkhollullllo", 0.99, True),
        ("BUILDING 1111 HILL", 0.99, False),
        ("LULL", 0.99, False),
        ("Hill", 0.99, False),
        ("11111", 0.5, False),
        ("illumination", 0.99, False),
    ],
)
def test_a_postal_code_is_not_a_word(text: str, confidence: float, bars: bool) -> None:
    """A run of strokes is bars when it is long, or when the engine was unsure."""
    assert is_bar_code(text, confidence) == bars
