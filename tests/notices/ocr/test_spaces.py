"""Letters: two looks that agree, spaces that may be none, bars that are no words."""

import numpy as np
import pytest

from mailroom.notices.ocr.mended import is_bars, mended
from mailroom.notices.ocr.models import Letter
from mailroom.notices.ocr.spaces import agreed, parted


def letters(text: str, sure: float = 0.99) -> list[Letter]:
    """A line's letters, evenly spaced."""
    return [Letter(sign, sure, (at + 0.5) / len(text)) for at, sign in enumerate(text)]


def test_only_what_both_looks_say_is_sure() -> None:
    """A letter that the second look reads otherwise, or leaves out, counts as unread."""
    both = agreed(letters("741-55-3907"), letters("741-55-3901"))
    assert [letter.sure for letter in both] == [0.99] * 10 + [0.0]
    assert "".join(letter.sign for letter in both) == "741-55-3907"
    assert [letter.sure for letter in agreed(letters("81"), letters("8"))] == [0.99, 0.0]


def test_a_space_that_one_look_sees_is_doubtful() -> None:
    """An initial and a name have the same letters as a longer name."""
    assert min(letter.sure for letter in agreed(letters("POAKLEY"), letters("P OAKLEY"))) < 0.5


def test_words_are_parted_at_blank_paper() -> None:
    """Also where the engine saw no space, and behind a full stop that is one."""
    line = np.full((20, 100), 255, np.uint8)
    line[5:15, 0:48:2] = line[5:15, 58:100:2] = 0
    assert "".join(letter.sign for letter in parted(letters("JOHNABLOOM"), line)) == "JOHNA BLOOM"
    black = np.zeros((20, 100), np.uint8)
    for read, words in (("P.DE LA CRUZ", "P. DE LA CRUZ"), ("number851", "number 851")):
        assert "".join(letter.sign for letter in parted(letters(read), black)) == words


@pytest.mark.parametrize(
    ("read", "sure", "put_right"),
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
def test_what_cannot_be_a_value_is_put_right(read: str, sure: float, put_right: str) -> None:
    """Masks and the words of labels that were not clear; names in capitals and numbers stay."""
    assert mended(read, sure) == put_right


@pytest.mark.parametrize(
    ("text", "sure", "bars"),
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
def test_a_postal_code_is_no_word(text: str, sure: float, bars: bool) -> None:
    """A run of strokes is bars when it is long, or when the engine was unsure."""
    assert is_bars(text, sure) == bars
