"""The files other than plain CP2000s: scans, encrypted and damaged files, letters and documents."""

from __future__ import annotations

import io
from functools import cache

import pdfplumber
import pypdfium2
import pytest

from mailroom.sandbox.generator.kinds import KINDS
from mailroom.sandbox.generator.letter_templates import LETTER_TEMPLATES
from mailroom.sandbox.generator.model import SyntheticNotice, make_random
from mailroom.sandbox.generator.odd_files import OVER_LIMIT
from mailroom.sandbox.generator.papers import PAPERS
from mailroom.sandbox.generator.scans import Scanner, misread_digits, scan
from tests.corpora.notices import make_synthetic_notices


@cache
def _one(kind: str) -> SyntheticNotice:
    (notice,) = make_synthetic_notices(1, seed=3, layouts=["block-2011"], kinds=[kind])
    return notice


def _text(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [document[index].get_textpage().get_text_bounded() for index in range(len(document))]


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_deterministic(kind: str) -> None:
    """Also scans with grain and encrypted files."""
    (again,) = make_synthetic_notices(1, seed=3, layouts=["block-2011"], kinds=[kind])
    assert again.pdf == _one(kind).pdf
    assert again.truth == _one(kind).truth


def test_a_scan_has_images_and_no_text() -> None:
    """One image per page, as many pages as the truth says."""
    notice = _one("scan")
    assert "".join(_text(notice.pdf)) == ""
    with pdfplumber.open(io.BytesIO(notice.pdf)) as document:
        assert [len(page.images) for page in document.pages] == [1] * int(str(notice.truth["page_count"]))
    assert notice.truth["outcome"] == "extract"


def test_a_hidden_text_layer_has_some_wrong_digits() -> None:
    """It reads like the notice, but some of its digits are wrong."""
    notice = _one("hidden-text-scan")
    text = " ".join(_text(notice.pdf))
    assert "Notice" in text
    assert misread_digits("1" * 400, make_random(1)).count("7") in range(5, 50)


def test_scanners_differ() -> None:
    """Resolution, skew, blur and grain each change the image."""
    pdf = _one("cp2000").pdf
    poor = Scanner(dpi=40)
    scanners = [
        poor,
        Scanner(dpi=50),
        Scanner(dpi=40, skew=1),
        Scanner(dpi=40, blur=1),
        Scanner(dpi=40, grain=60),
    ]
    assert len({scan(pdf, scanner, make_random(1)) for scanner in scanners}) == len(scanners)


def test_an_encrypted_file_needs_a_password_and_a_restricted_one_does_not() -> None:
    """Only the first is rejected."""
    with pytest.raises(pypdfium2.PdfiumError):
        _text(_one("encrypted").pdf)
    restricted = _one("owner-restricted")
    assert str(restricted.truth["ssn_last4"]) in "".join(_text(restricted.pdf))
    assert b"/Encrypt" in restricted.pdf


@pytest.mark.parametrize("kind", ["zero-byte", "html", "plain-text", "truncated"])
def test_a_file_that_is_not_a_pdf_does_not_open(kind: str) -> None:
    """Its truth has no values."""
    with pytest.raises(pypdfium2.PdfiumError):
        _text(_one(kind).pdf)
    assert _one(kind).truth["outcome"] == "rejected"


def test_an_oversize_file_reads_but_is_too_large_to_file() -> None:
    """It has more than 6 MB, most of them behind the notice."""
    notice = _one("oversize")
    assert len(notice.pdf) > OVER_LIMIT > 6 * 1024 * 1024
    assert str(notice.truth["ssn_last4"]) in "".join(_text(notice.pdf))


def test_a_blank_page_has_no_text() -> None:
    """It has one page."""
    assert _text(_one("blank").pdf) == [""]


@pytest.mark.parametrize("kind", list(PAPERS))
def test_documents_are_not_notices(kind: str) -> None:
    """They have text, and their truth has no field."""
    notice = _one(kind)
    assert len(_text(notice.pdf)[0]) > 60
    assert notice.truth["outcome"] == "not_cp2000"
    assert notice.truth["notice_type"] is None


@pytest.mark.parametrize("kind", LETTER_TEMPLATES, ids=lambda kind: kind.name)
def test_letters_have_their_type_on_page_1(kind: object) -> None:
    """One of the type's spellings and its title are on page 1."""
    letter = next(row for row in LETTER_TEMPLATES if row is kind)
    text = _text(_one(letter.name).pdf)[0]
    assert any(spelling in text for spelling in letter.printed)
    assert _one(letter.name).truth["notice_type"] == letter.name
    assert (_one(letter.name).truth["response_due_date"] is None) == (letter.days is None)


def test_some_letters_mention_a_cp2000() -> None:
    """The word alone must not decide the type."""
    speaking = {kind for kind in KINDS if kind != "cp2000" and "CP2000" in _one_page(kind)}
    assert {"CP2501", "CP3219A", "CP501", "FORM 4549", "law-firm", "fax-cover", "invoice"} <= speaking


def _one_page(kind: str) -> str:
    rejected = _one(kind).truth["outcome"] == "rejected"
    return "" if rejected else _text(_one(kind).pdf)[0]
