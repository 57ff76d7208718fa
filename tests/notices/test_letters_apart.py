"""Letters of two hands and documents of three: each type right, no document taken for a notice."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from mailroom.notices import Reading
from mailroom.notices.letter_types import BY_NAME
from mailroom.notices.reader import read_pdf
from mailroom.sandbox.notices.mixed_letters import CP2000, LETTERS, STRANGERS, Mixed, mixed_letter
from mailroom.sandbox.notices.mixed_papers import MIXED_PAPERS, mixed_paper
from tests.notices.more_papers import MORE

Read = Callable[[bytes], Reading]
# It quotes the whole first page under two friendly lines: a person is asked.
ASKED_ABOUT = {"quoted_in_a_mail_below"}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads bytes in this process."""

    def from_bytes(content: bytes) -> Reading:
        path = tmp_path / "file"
        path.write_bytes(content)
        return read_pdf(path)

    return from_bytes


@pytest.mark.parametrize("kind", [*LETTERS, CP2000, *STRANGERS], ids=lambda kind: str(kind.name))
def test_each_letter_is_told_by_its_name(read: Read, kind: Mixed) -> None:
    """Whatever its look, and however its number is spelled."""
    readings = [read(mixed_letter(Random(f"{kind.name} {seed}"), kind)) for seed in range(4)]
    assert {each.fields.notice_type for each in readings} == {kind.name}


@pytest.mark.parametrize("name", MIXED_PAPERS)
def test_no_document_is_a_notice(read: Read, name: str) -> None:
    """Lawyers, clients, banks and states quote notices; nothing of theirs has a letter's name."""
    readings = [read(mixed_paper(Random(f"{name} {seed}"), name)) for seed in range(4)]
    assert {(each.outcome, each.fields.notice_type) for each in readings} == {("not_cp2000", None)}


@pytest.mark.parametrize("name", sorted(MORE.keys() - ASKED_ABOUT))
def test_nor_one_of_a_hand_that_did_not_know_the_rules(read: Read, name: str) -> None:
    """The same for papers written after the rules were."""
    reading = read(MORE[name]())
    assert (reading.outcome, reading.fields.notice_type) == ("not_cp2000", None)


@pytest.mark.parametrize("name", sorted(ASKED_ABOUT))
def test_a_person_is_asked_about_a_whole_quotation(read: Read, name: str) -> None:
    """Never filed."""
    assert read(MORE[name]()).error == "doubtful_letter_type"


def test_every_row_has_its_facts() -> None:
    """Period, urgency and source."""
    for row in BY_NAME.values():
        assert 10 <= row.response_days <= 90
        assert 0 <= row.urgency <= 3
        assert "." in row.source
