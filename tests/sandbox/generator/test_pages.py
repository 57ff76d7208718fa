"""The synthetic pages: they show the true values, and no text covers other text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby, pairwise
from typing import Any

import pypdfium2
import pytest
from pdfplumber.utils.text import extract_words

from mailroom.document.page_objects import pdfium
from mailroom.sandbox.generator.layouts import BY_NAME as LAYOUTS
from mailroom.sandbox.generator.letter_templates import LETTER_TEMPLATES
from mailroom.sandbox.generator.model import SyntheticNotice
from tests.corpora.notices import make_synthetic_notices

LETTERS = [kind.name for kind in LETTER_TEMPLATES]
EACH = 2
"""How many notices are checked for each layout."""

Box = dict[str, Any]
Page = tuple[list[Box], list[Box]]


@cache
def _drawn(name: str) -> tuple[SyntheticNotice, ...]:
    if name in LAYOUTS:
        return tuple(make_synthetic_notices(EACH, seed=11, layouts=[name]))
    return tuple(make_synthetic_notices(1, seed=12, kinds=[name]))


@cache
def _pages(pdf: bytes) -> list[Page]:
    """Return words and characters of each page."""
    with pypdfium2.PdfDocument(pdf) as document:
        characters = [_characters(page) for page in document]
    return [(extract_words(each, x_tolerance=1.5), each) for each in characters]


def _characters(page: pypdfium2.PdfPage) -> list[Box]:
    """The boxes that pdfplumber gives, within 0.2 points, in a tenth of the time."""
    places = [each.get_bounds() for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])]
    assert len(places) == len(set(places)), "PDFium leaves out what is drawn a second time in one place"
    text, height, box = page.get_textpage(), page.get_height(), pdfium.FS_RECTF()
    found = []
    for index in range(text.count_chars()):
        if pdfium.FPDFText_IsGenerated(text, index):
            continue
        assert pdfium.FPDFText_GetLooseCharBox(text, index, box)
        bottom, size = height - box.bottom, pdfium.FPDFText_GetFontSize(text, index)
        found.append(
            {
                "text": chr(pdfium.FPDFText_GetUnicode(text, index)),
                "x0": box.left,
                "x1": box.right,
                "top": bottom - size,
                "doctop": bottom - size,
                "bottom": bottom,
                "upright": True,
            }
        )
    return found


def _text(words: list[Box]) -> str:
    return "".join(word["text"] for word in words)


def _squeezed(value: object) -> str:
    return "".join(str(value).split())


@pytest.mark.parametrize("name", [*LAYOUTS, *LETTERS])
def test_every_true_value_is_on_page_1(name: str) -> None:
    """Number, control number, names, year, address and ZIP can be found in the text of the PDF."""
    for notice in _drawn(name):
        text, truth = _text(_pages(notice.pdf)[0][0]), notice.truth
        names = truth["taxpayer_names"]
        assert isinstance(names, list)
        wanted = [
            truth["ssn"] or truth["ssn_last4"], truth["aur_control_number"] or "", truth["zip"],
            truth["tax_year"],
            *(one.split()[0] for one in names), truth["last_name"], *str(truth["address"]).split(", "),
        ]  # fmt: skip
        assert [value for value in wanted if _squeezed(value) not in text] == []


@pytest.mark.parametrize("name", [*LAYOUTS, *LETTERS])
def test_no_two_words_overlap(name: str) -> None:
    """Real notices have no overlapping text."""
    for notice in _drawn(name):
        for words, characters in _pages(notice.pdf):
            assert list(_above_each_other(words)) == []
            assert list(_beside_each_other(characters)) == []


def _above_each_other(words: list[Box]) -> Iterator[tuple[str, str]]:
    ordered = sorted(words, key=lambda word: word["bottom"])
    for index, word in enumerate(ordered):
        for other in ordered[index + 1 : index + 40]:
            across = min(word["x1"], other["x1"]) - max(word["x0"], other["x0"])
            down = min(word["bottom"], other["bottom"]) - max(word["top"], other["top"])
            if across > 1 and down > 0.3 * (word["bottom"] - word["top"]):
                yield word["text"], other["text"]


def _beside_each_other(characters: list[Box]) -> Iterator[tuple[str, str]]:
    def line(character: Box) -> int:
        return round(float(character["bottom"]))

    for _, group in groupby(sorted(characters, key=line), key=line):
        for one, next_one in pairwise(sorted(group, key=lambda character: float(character["x0"]))):
            # The boxes of these end where their ink does, beyond where the next character begins.
            hangs_over = one["text"] == "f" or next_one["text"] == "j"
            allowed = 0.5 + (0.08 * (one["bottom"] - one["top"]) if hangs_over else 0)
            if next_one["x0"] < one["x1"] - allowed and " " not in {one["text"], next_one["text"]}:
                yield one["text"], next_one["text"]


@pytest.mark.parametrize("name", [*LAYOUTS, *LETTERS])
def test_no_word_is_outside_the_page(name: str) -> None:
    """Every word is on the page, with the margin that printers need."""
    for notice in _drawn(name):
        for word in (word for words, _ in _pages(notice.pdf) for word in words):
            assert 10 < word["x0"] < word["x1"] < 602, word["text"]
            assert 10 < word["top"] < word["bottom"] < 788, word["text"]


@pytest.mark.parametrize("name", [*LAYOUTS, *LETTERS])
def test_the_page_count_is_right(name: str) -> None:
    """The file has as many pages as the truth and page 1 say; a CP2000 has five to fourteen."""
    for notice in _drawn(name):
        pages = notice.truth["page_count"]
        assert pages == len(_pages(notice.pdf))
        assert notice.kind != "cp2000" or pages in range(5, 15)
        assert f"1of{pages}" in _text(_pages(notice.pdf)[0][0])
