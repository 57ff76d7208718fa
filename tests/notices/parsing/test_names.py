"""Name lines are taken apart as the IRS prints them, and what has two readings says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.notices.parsing.names import is_care_of, parse_names
from mailroom.privacy.name_words import SUFFIXES

SURNAME = st.text("ABCDEFGHIKLMNORSTUVWZ", min_size=4, max_size=12).filter(lambda word: word not in SUFFIXES)
GIVEN = st.sampled_from(("JOHN", "MARY", "KAREN", "LUIS", "ROSE"))


@pytest.mark.parametrize(
    ("lines", "persons", "last", "spouse"),
    [
        (["JOHN SMITH"], ["JOHN SMITH"], "SMITH", None),
        ([". JOHN & MARY B SMITH ."], ["JOHN SMITH", "MARY B SMITH"], "SMITH", "SMITH"),
        (["JOHN AND MARY SMITH"], ["JOHN SMITH", "MARY SMITH"], "SMITH", "SMITH"),
        (["JAMES & KAREN Q. HINDS"], ["JAMES HINDS", "KAREN Q. HINDS"], "HINDS", "HINDS"),
        (["JOHN A & MARY B SMITH"], ["JOHN A SMITH", "MARY B SMITH"], "SMITH", "SMITH"),
        (["JOHN SMITH & MARY"], ["JOHN SMITH", "MARY SMITH"], "SMITH", "SMITH"),
        (["JOHN Q SMITH & MARY R JONES"], ["JOHN Q SMITH", "MARY R JONES"], "SMITH", "JONES"),
        (["JOHN SMITH", "MARY JONES"], ["JOHN SMITH", "MARY JONES"], "SMITH", "JONES"),
        (["JOHN SMITH &", "MARY JONES"], ["JOHN SMITH", "MARY JONES"], "SMITH", "JONES"),
        (["JOHN Q", "& MARY SMITH"], ["JOHN Q SMITH", "MARY SMITH"], "SMITH", "SMITH"),
        (["OMAR T BECK RUTH L BECK"], ["OMAR T BECK", "RUTH L BECK"], "BECK", "BECK"),
        (["ROSA DE LA CRUZ"], ["ROSA DE LA CRUZ"], "DE LA CRUZ", None),
        (["WILLEM VAN DER BERG JR"], ["WILLEM VAN DER BERG JR"], "VAN DER BERG", None),
        (["VAN JOHNSON"], ["VAN JOHNSON"], "JOHNSON", None),
        (["ANA G LOPEZ DIAZ"], ["ANA G LOPEZ DIAZ"], "LOPEZ DIAZ", None),
        (["TOM SMITH JONES", "AMY F SMITH JONES"], ["TOM SMITH JONES", "AMY F SMITH JONES"], "SMITH JONES", "SMITH JONES"),
        (["DR JOHN SMITH III"], ["JOHN SMITH III"], "SMITH", None),
        (["SMITH, JOHN A"], ["JOHN A SMITH"], "SMITH", None),
        (["JOHN SMITH, JR"], ["JOHN SMITH JR"], "SMITH", None),
        (["ESTATE OF JOHN SMITH (DECEASED)"], ["JOHN SMITH"], "SMITH", None),
        (["JOHN SMITH", "% LINDA CORTEZ"], ["JOHN SMITH"], "SMITH", None),
        (["JOHN SMITH C/O MARSH TRUST"], ["JOHN SMITH"], "SMITH", None),
        (["BARTHOLOMEW", "FEATHERSTONE"], ["BARTHOLOMEW FEATHERSTONE"], "FEATHERSTONE", None),
        (["CARL S PAGE"], ["CARL S PAGE"], "PAGE", None),
        (["ELLA MAY"], ["ELLA MAY"], "MAY", None),
        (["KAREN Q SPARROW", "BRIGHTWATER PLUMBING"], ["KAREN Q SPARROW"], "SPARROW", None),
        (["KAREN Q SPARROW", "DBA CEDAR HILL"], ["KAREN Q SPARROW"], "SPARROW", None),
        (["TOVA KEEL & ZEB LUND"], ["TOVA KEEL", "ZEB LUND"], "KEEL", "LUND"),
        (["KAREN Q O CONNOR"], ["KAREN Q O CONNOR"], "O CONNOR", None),
        (["PAUL D ANGELO JR"], ["PAUL D ANGELO JR"], "D ANGELO", None),
        (["PAUL O CARTER"], ["PAUL O CARTER"], "CARTER", None),
        (["JOSE GARCIA Y LOPEZ"], ["JOSE GARCIA Y LOPEZ"], "GARCIA Y LOPEZ", None),
        (["MARIA Y LOPEZ"], ["MARIA Y LOPEZ"], "LOPEZ", None),
        (["JOHN & MARY O NEIL"], ["JOHN O NEIL", "MARY O NEIL"], "O NEIL", "O NEIL"),
        (["Nora J. Whitfield"], ["Nora J. Whitfield"], "Whitfield", None),
    ],
)  # fmt: skip
def test_a_name_line_is_taken_apart(
    lines: list[str], persons: list[str], last: str, spouse: str | None
) -> None:
    """Each form gives its persons and their surnames, without doubt."""
    names = parse_names(lines)
    assert names is not None
    assert (names.persons, names.last_name, names.spouse_last_name) == (persons, last, spouse)
    assert names.joint == (spouse is not None)
    assert not names.ambiguous


@pytest.mark.parametrize(
    ("lines", "ambiguous"),
    [
        (["JOHN SMITH JONES"], {"last_name"}),
        (["JOHN LEE & MARY SMITH"], {"last_name", "taxpayer_names"}),
        (["CARLA W O & MARGARET C RADCLIFFE"], {"last_name", "spouse_last_name", "taxpayer_names"}),
        (["JOHN SMITH & MARY DIAZ LOPEZ"], {"spouse_last_name"}),
        (["JOHN & MARY DIAZ LOPEZ"], {"last_name", "spouse_last_name", "taxpayer_names"}),
        (["JOHN DIAZ LOPEZ & MARY SMITH"], {"last_name"}),
        (["JOHN A KERR MINOR"], {"last_name"}),
        (["JOHN A KERR DBA KERR PLUMBING"], {"last_name"}),
        (["JOHN A KERR ET AL"], {"last_name"}),
        (["JOHN A SMITH MARY B JONES"], {"last_name"}),
        (["JOHN KERR - TATE"], {"last_name"}),
        (["JOHN SMITH & MARY JONES & PAT DOE"], {"last_name", "spouse_last_name", "taxpayer_names"}),
    ],
)
def test_a_line_with_two_readings_says_so(lines: list[str], ambiguous: set[str]) -> None:
    """Where a word may be a second given name or half a surname, the fields concerned are named."""
    names = parse_names(lines)
    assert names is not None
    assert names.ambiguous == ambiguous
    assert names.line == lines[0]


@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("TYLER SPARROW MINOR", "SPARROW"),
        ("JOHN A KERR MINOR", "KERR"),
        ("JOHN KERR JR EXECUTOR", "KERR"),
        ("JOHN A MINOR", "MINOR"),
        ("JOHN PAUL MINOR", "MINOR"),
    ],
)
def test_a_word_behind_the_surname_is_not_the_surname(line: str, last: str) -> None:
    """It may be one all the same, so there is doubt; a surname stands before it, no initial or given name."""
    names = parse_names([line])
    assert names is not None
    assert (names.last_name, set(names.ambiguous)) == (last, {"last_name"})


@pytest.mark.parametrize(
    "first", ["BRIGHTWATER PLUMBING", "ESTATE OF", "THE OAKS", "THOMAS B HILL GUARDIAN FOR"]
)
def test_a_line_above_that_names_no_taxpayer_is_doubt(first: str) -> None:
    """A firm, a house, a guardian: two names that differ, of which one is not a person's."""
    names = parse_names([first, "JOHN A KERR"])
    assert names is not None
    assert "last_name" in names.ambiguous


@pytest.mark.parametrize("lines", [[], [" "], ["% LINDA CORTEZ"], ["C/O BANK"], ["&"]])
def test_nobody_is_nobody(lines: list[str]) -> None:
    """Empty lines and lines in whose care it goes name no taxpayer."""
    assert parse_names(lines) is None


@pytest.mark.parametrize("line", ["JOHN", "JOHN AND"])
def test_a_given_name_alone_has_no_surname(line: str) -> None:
    """The surname is null rather than guessed."""
    names = parse_names([line])
    assert names is not None
    assert names.last_name is None


def test_a_surname_of_one_letter_is_in_doubt() -> None:
    """It may also be an initial behind which the surname is missing."""
    names = parse_names(["MINH O"])
    assert names is not None
    assert names.last_name == "O"
    assert names.ambiguous == {"last_name"}


@pytest.mark.parametrize(
    ("lines", "surname", "spouse"),
    [
        (["URSULA T AND AARON R O"], "O", "O"),
        (["ANDREW K O &", "DENNIS P CARVER"], "O", "CARVER"),
        (["ANDREW K O", "DENNIS P CARVER"], "O", "CARVER"),
        (["DENNIS P CARVER AND", "ANDREW K O"], "CARVER", "O"),
        (["ANDREW K O & DENNIS P CARVER"], "CARVER", "CARVER"),
        (["ANDREW K &", "DENNIS P O"], "O", "O"),
    ],
)
def test_a_couples_surname_of_one_letter_is_given_in_doubt(
    lines: list[str], surname: str, spouse: str
) -> None:
    """A line of its own has a surname, and so has a line for two; it may still be a second initial."""
    names = parse_names(lines)
    assert names is not None
    assert (names.last_name, names.spouse_last_name) == (surname, spouse)
    assert names.ambiguous == {"last_name", "spouse_last_name", "taxpayer_names"}


def test_both_without_a_surname_have_none() -> None:
    """A couple of given names gives no surname either."""
    names = parse_names(["JOHN & MARY"])
    assert names is not None
    assert (names.last_name, names.spouse_last_name, names.joint) == (None, None, True)


@given(GIVEN, SURNAME, GIVEN, SURNAME)
def test_surnames_of_a_couple_are_kept_apart(one: str, first: str, other: str, second: str) -> None:
    """Whatever the surnames are, each spouse keeps their own."""
    names = parse_names([f"{one} Q {first} & {other} Z {second}"])
    assert names is not None
    assert (names.last_name, names.spouse_last_name) == (first, second)


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_lines_are_borne(lines: list[str]) -> None:
    """No lines make the reader fail; whoever is named comes from them."""
    names = parse_names(lines)
    assert names is None or names.persons


def test_care_of_lines_are_known() -> None:
    """Percent sign, C/O and ATTN begin one; a name does not."""
    assert all(map(is_care_of, ("% A B", "C/O A", "c / o A", "ATTN: X", "CARE OF Y")))
    assert not is_care_of("CORA OAKLEY")


def test_an_ampersand_stands_alone() -> None:
    """Off an image it may touch a name; the line has it as the IRS prints it."""
    names = parse_names(["RONALD PRICE&", "DEBRA PRICE"])
    assert names is not None
    assert (names.line, names.last_name) == ("RONALD PRICE & DEBRA PRICE", "PRICE")
