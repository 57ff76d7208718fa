"""Letters from two sources, documents from three: each type is right, no document is a notice."""

from random import Random

import pytest

from mailroom.notices.vocabulary.letter_types import BY_NAME
from tests.corpora.handmade.unseen_documents import UNSEEN_DOCUMENTS
from tests.corpora.second_source import (
    CP2000,
    LETTERS,
    SECOND_SOURCE_DOCUMENTS,
    UNLISTED_LETTERS,
    SecondSourceLetter,
    make_second_source_document,
    make_second_source_letter,
)
from tests.notices.conftest import Read

# It quotes the whole first page under two friendly lines: a person is asked.
ASKED_ABOUT = {"quoted_in_a_mail_below"}


@pytest.mark.parametrize("kind", [*LETTERS, CP2000, *UNLISTED_LETTERS], ids=lambda kind: str(kind.name))
def test_each_letter_gets_its_type(read: Read, kind: SecondSourceLetter) -> None:
    """Whatever its look, and however its number is spelled."""
    readings = [read(make_second_source_letter(Random(f"{kind.name} {seed}"), kind)) for seed in range(4)]
    assert {each.fields.notice_type for each in readings} == {kind.name}


@pytest.mark.parametrize("name", SECOND_SOURCE_DOCUMENTS)
def test_no_document_is_a_notice(read: Read, name: str) -> None:
    """Lawyers, clients, banks and states quote notices; nothing of theirs has a letter's name."""
    readings = [read(make_second_source_document(Random(f"{name} {seed}"), name)) for seed in range(4)]
    assert {(each.outcome, each.fields.notice_type) for each in readings} == {("not_cp2000", None)}


@pytest.mark.parametrize("name", sorted(UNSEEN_DOCUMENTS.keys() - ASKED_ABOUT))
def test_no_unseen_paper_is_a_notice(read: Read, name: str) -> None:
    """The same for documents written after the rules were."""
    reading = read(UNSEEN_DOCUMENTS[name]())
    assert (reading.outcome, reading.fields.notice_type) == ("not_cp2000", None)


@pytest.mark.parametrize("name", sorted(ASKED_ABOUT))
def test_a_person_is_asked_about_a_whole_quotation(read: Read, name: str) -> None:
    """A document that quotes a whole letter is never filed."""
    assert read(UNSEEN_DOCUMENTS[name]()).error == "doubtful_letter_type"


def test_every_row_has_its_facts() -> None:
    """Period, urgency and source."""
    for row in BY_NAME.values():
        assert 10 <= row.response_days <= 90
        assert 0 <= row.urgency <= 3
        assert "." in row.source
