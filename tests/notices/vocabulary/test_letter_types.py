"""The table of letter types: spellings, wording, numbers without a row."""

import pytest

from mailroom.notices.vocabulary.letter_types import (
    BY_NAME,
    LETTER_TYPES,
    choose_filed_types,
    find_type_by_wording,
    find_types,
    get_letter_type,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CP2000", "CP2000"),
        ("CP 2000", "CP2000"),
        ("CP-2000", "CP2000"),
        ("cp2000 (Rev.11/2004)", "CP2000"),
        ("CP2501", "CP2501"),
        ("CP 3219A", "CP3219A"),
        ("CP3219-A", "CP3219A"),
        ("Notice 3219N", "CP3219N"),
        ("Letter 3219N", "CP3219N"),
        ("CP504", "CP504"),
        ("CP 14", "CP14"),
        ("CP501", "CP501"),
        ("CP503", "CP503"),
        ("LT11", "LT11"),
        ("LT 11", "LT11"),
        ("Letter 1058", "LETTER 1058"),
        ("Ltr 1058", "LETTER 1058"),
        ("LETTER 3172", "LETTER 3172"),
        ("Letter 525 (Rev. 6-2019)", "LETTER 525"),
        ("Form 4549-A", "FORM 4549"),
        ("CP22A", "CP22A"),
        ("LT16", "LT16"),
        ("Letter 2626C", "LETTER 2626C"),
    ],
)
def test_a_spelling_gives_its_letter(text: str, name: str) -> None:
    """Each spelling, and a number of the IRS's series that has no row, gives the letter's name."""
    assert [each.name for each in find_types(text)] == [name]


@pytest.mark.parametrize(
    "text", ["Form 1040", "2000", "CP20001", "XCP2000", "Publication 594", "CP2000-1234567"]
)
def test_other_numbers_are_not_a_letter(text: str) -> None:
    """Forms, years and longer numbers are not."""
    assert not [each for each in find_types(text) if each.name in BY_NAME]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Proposed changes to your 2022 Form 1040", "CP2000"),
        ("Notice of Intent to Levy and Your Collection Due Process Right to a Hearing", "LT11"),
        ("Intent to seize your property or rights to property", "CP504"),
        ("Second reminder: You have unpaid taxes for 2022", "CP503"),
        ("Notice of Federal Tax Lien Filing", "LETTER 3172"),
        ("Thank you", None),
    ],
)
def test_a_headline_gives_its_letter(text: str, name: str | None) -> None:
    """The wording that only one letter has is enough."""
    assert find_type_by_wording(text) == name


def test_names_are_unique() -> None:
    """No letter has two rows."""
    assert len(BY_NAME) == len(LETTER_TYPES)


def test_a_letter_without_a_row_has_the_usual_period() -> None:
    """Unknown letters and types that were not read give 30 days, and nothing else is known of them."""
    for name in ("CP22A", None):
        row = get_letter_type(name)
        assert (row.response_days, row.urgency, row.needs_key) == (30, 0, False)


def test_a_setting_narrows_the_types_that_are_filed() -> None:
    """Without a setting every type of the table is filed, LT11 too; an empty list files nothing."""
    assert choose_filed_types(None) == set(BY_NAME)
    assert choose_filed_types(["LT11"]) == {"LT11"}
    assert choose_filed_types([]) == frozenset()
