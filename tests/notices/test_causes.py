"""The causes of a doubt: code and words, which quote nothing of what is printed."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from mailroom.notices import Reading
from mailroom.notices.causes import CAUSES
from tests.corpora.handmade.blocks import BLOCK
from tests.corpora.handmade.other_documents import cp2000_with
from tests.document.ocr_engines import FakeEngine
from tests.notices import test_recognized_pages as seen
from tests.notices.conftest import Read

# What the words of a cause are filled in with: a page, a place, a figure, one of the reader's methods.
PLACES = {"page", "places", "days", "confidence", "wanted", "how"}


def _list_printed(reading: Reading) -> Iterator[str]:
    """Every name, word and number of the fields, in small letters."""
    for value in reading.fields.as_json().values():
        yield from re.findall(r"[a-z]{3,}|\d{3,}", str(value).lower())


def test_the_words_of_a_cause_have_no_place_for_a_value() -> None:
    """So a cause may be shown in `extract`, in the explained image and in a report."""
    for words in CAUSES.values():
        assert {name for _, name, _, _ in Formatter().parse(words) if name} <= PLACES


def test_no_cause_quotes_what_is_printed(read: Read, tmp_path: Path) -> None:
    """Of a text notice with two address blocks and odd dates, and of a scan of which nothing was clear."""
    block = (*BLOCK[:2], ("Notice date", "October 1, 2024"), *BLOCK[3:])
    other = "RUTH BECK JONES\n9 POND LN APT 3\nTOLEDO OH 43604-0119"
    rows = [(y, x, text, seen.UNCLEAR) for y, x, text, _ in (*seen.BLOCK, *seen.ADDRESS, *seen.BODY)]
    readings = [
        read(cp2000_with(block=block, address="TOM SMITH JONES\n48 QUARRY RD\nDAYTON, OH 45402-1234")),
        read(cp2000_with(sentences=other)),
        seen.read(tmp_path, FakeEngine([seen.NAMED, *rows])),
    ]
    codes = set()
    for reading in readings:
        causes = [cause for each in reading.doubts.values() for cause in each]
        codes |= {cause.code for cause in causes}
        told = {word for cause in causes for word in re.findall(r"\w+", cause.words.lower())}
        assert causes
        assert not told & set(_list_printed(reading))
    assert codes >= {"ambiguous_name", "dates_disagree", "two_address_blocks", "ocr_unclear"}
