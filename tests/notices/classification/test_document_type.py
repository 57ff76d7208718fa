"""One word never undoes a notice, and a document that only looks like one is none."""

import pytest

from tests.corpora.handmade.blocks import ADDRESS, BLOCK
from tests.corpora.handmade.other_documents import cp2000_with
from tests.notices.conftest import Read

IRS_SPEAKS = "We found information that differs from your tax return. You must respond to this notice."
NAME, STREET, TOWN = ADDRESS.split("\n")


@pytest.mark.parametrize(
    "address",
    [
        f"{NAME}\n100 BANK ST APT 4\n{TOWN}",
        f"{NAME}\n{STREET}\nRED BANK NJ 07701",
        f"{NAME}\nC/O EXAMPLE TAX RELIEF LLC\n{STREET}\n{TOWN}",
        f"{NAME}\n% LAW OFFICES OF BO LEE\n{STREET}\n{TOWN}",
    ],
)
def test_words_in_the_address_window_do_not_count(read: Read, address: str) -> None:
    """Clients live in Bank Street and have representatives."""
    reading = read(cp2000_with(address=address, address_at=110))
    assert (reading.outcome, reading.fields.last_name, reading.review_fields) == ("extract", "OAKLEY", [])


@pytest.mark.parametrize(
    "sentence",
    [
        "If the IRS sent you a Notice CP2501 earlier, you need not send the same documents again.",
        "Use the checklist on page 4 before you send your response.",
        "Why you received this CP2000 notice",
        "Bill to",
        "What if I received a Form 1099 that is not mine?",
        "A tax professional may need the client's copy of this notice.",
    ],
)
def test_a_sentence_does_not_undo_a_notice(read: Read, sentence: str) -> None:
    """Its letterhead, its block and the IRS's own sentences outweigh it."""
    reading = read(cp2000_with(sentences=f"{IRS_SPEAKS}\n{sentence}"))
    assert (reading.outcome, reading.fields.notice_type, reading.needs_review) == ("extract", "CP2000", False)


@pytest.mark.parametrize(
    "line",
    [
        "07/14/2025 09:12 FROM: 555-0142 OAKLEY TO: EXAMPLE TAX RELIEF P. 1/6",
        "Downloaded from the client portal of Example Tax Relief on July 14",
    ],
)
def test_a_machines_line_on_top_is_no_letterhead(read: Read, line: str) -> None:
    """A fax machine or a portal prints it over the IRS's name."""
    assert not read(cp2000_with(on_top=line)).needs_review


@pytest.mark.parametrize("letter", ["CP2000A", "CP2000C", "CP2000D", "CP2000E"])
def test_the_series_is_one_type(read: Read, letter: str) -> None:
    """CP2000 and CP2000A to E are the same notice."""
    block = (("Notice", letter), *BLOCK[1:])
    assert read(cp2000_with(block=block)).fields.notice_type == "CP2000"
