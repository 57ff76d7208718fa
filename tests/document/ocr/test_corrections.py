"""Masks, words of labels and bar codes are corrected; what may be a value stays as it was read."""

import pytest

from mailroom.document.ocr.corrections import Corrector, is_bar_code
from mailroom.notices.extraction.labels import OCR_VOCABULARY


@pytest.mark.parametrize(
    ("read", "confidence", "corrected"),
    [
        ("***_**-6368", 1.0, "***-**-6368"),
        ("XXX_XX-6368", 1.0, "***-**-6368"),
        (">~*>~6546", 1.0, "***-**-6546"),
        ("..2005", 1.0, "2005"),
        ("..7800", 1.0, "***-**-7800"),
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
        ("NASH.", 1.0, "NASH"),
        ("ST.", 1.0, "ST."),
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
