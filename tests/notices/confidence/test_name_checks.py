"""Name lines that look as if they had been misread, and names that only look odd."""

import pytest

from mailroom.document.page_layout import PageLayout
from mailroom.document.words import Word, find_lines
from mailroom.notices.confidence.name_checks import is_split_elsewhere, looks_misread, may_lack_strokes
from mailroom.notices.parsing.names import parse_names
from mailroom.notices.reading import NoticeFields


def fields(line: str) -> NoticeFields:
    """What is made of a name line."""
    names = parse_names([line])
    assert names is not None
    return NoticeFields(
        name_line=names.line,
        taxpayer_names=names.persons,
        last_name=names.last_name,
        spouse_last_name=names.spouse_last_name,
        joint=names.joint,
    )


@pytest.mark.parametrize(
    "line",
    [
        "MICHAELJ OBRIEN",
        "HUGO LEVY I I I",
        "Holloolol KEVIN AND JENNIFER PRICE",
        "KEVINANDJENNIFER PRICE",
        "KEVIN& JENNIFER PRICE",
        "KEVIN PR1CE",
        "PRICE",
        "RNJ PRICE",
        "KEVIN PRICE J",
        "MARYANN ROSEHELEN LOU ANN PRICE STONE",
        "JOHNMARY PRICE",
        "MARTIN. P OAKLEY",
        "IRENE A'LARKIN",
        "LIL'A D INGRAM",
        "IAN B-IRWIN",
        "RICHARD G IR WIN",
        "RUTH L BECK & RICHARD G IR WIN",
        "GRANT MG ELROY",
    ],
)
def test_odd_lines_are_doubted(line: str) -> None:
    """Spaces that went, strokes, figures, words run together."""
    assert looks_misread(line, fields(line))


@pytest.mark.parametrize(
    "line",
    [
        "MICHAEL J OBRIEN",
        "HUGO LEVY III",
        "KEVIN AND JENNIFER PRICE",
        "JAMES & KAREN Q HINDS",
        "RYAN PETERS",
        "ANA G LOPEZ DIAZ",
        "JUAN DE LA CRUZ JR",
        "Martin P Oakley",
        "MEI NG & RUTH NG",
        "GRANT MC ELROY",
        "JAMES & KAREN JACKSON",
        "OLIVER NOLAND",
        "ROSE B & BETH C GARCIA Y LOPEZ",
        "MARTIN P PEÑALOZA",
        "URSULA T O'ROURKE",
        "LAURA D DELL'ORO-LEE",
        "JOHN A D ANGELO",
    ],
)
def test_names_are_let_through(line: str) -> None:
    """Particles, suffixes, surnames that begin as a given name does, names that hold another one."""
    assert not looks_misread(line, fields(line))


@pytest.mark.parametrize(
    ("text", "odd"),
    [("Name: MARTIN P OAKLEY", False), ("MARTIN POAKLEY", True), ("RUTH L BECK", False)],
)
def test_other_spaces_elsewhere_are_doubt(text: str, odd: bool) -> None:
    """One of the two is wrong."""
    words = [Word(40 + 60 * at, 40, 95 + 60 * at, 50, word) for at, word in enumerate(text.split())]
    assert (
        is_split_elsewhere("MARTIN P OAKLEY", "OAKLEY", [PageLayout(1, 612, 792, find_lines(words))]) is odd
    )


@pytest.mark.parametrize(
    ("line", "lacking"),
    [
        ("SHIRLEY NELSON I & JASON NELSON", True),
        ("HUGO LEVY II", True),
        ("HUGO LEVY III", False),
        ("JAMES I & KAREN HINDS", False),
    ],
)
def test_a_numeral_may_lack_a_stroke(line: str, lacking: bool) -> None:
    """Strokes side by side are read as one."""
    assert may_lack_strokes(line) is lacking
