"""Known values are masked in every written form; common words, ids and numbers stay."""

import html
import itertools
import json
import threading
import unicodedata
import urllib.parse

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailroom.privacy.client_data import Kind, KnownValue, Private
from mailroom.privacy.redaction.client_values import CLIENT_VALUES, ClientValues, register
from mailroom.privacy.redaction.masking import MASK, redact

LETTERS = "abcdefghijklmnopqrstuvwxyzéñöçøšžł"
WORDS = st.text(alphabet=LETTERS, min_size=5, max_size=12).map(lambda word: f"q{word}z".capitalize())
SURNAMES = st.one_of(
    WORDS,
    st.tuples(WORDS, st.sampled_from(["-", " ", "'"]), WORDS).map("".join),
    WORDS.map(lambda word: f"O'{word}"),
    WORDS.map(lambda word: f"Mc{word}"),
    WORDS.map(lambda word: f"de la {word}"),
)


def known(*values: tuple[Kind, str]) -> ClientValues:
    """A registry that holds these values of one client."""
    registry = ClientValues()
    with registry.in_flight([KnownValue(kind, text) for kind, text in values]):
        pass
    return registry


def without_accents(text: str) -> str:
    """As the IRS writes it."""
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


def encodings(text: str) -> set[str]:
    """The text as URLs, JSON, HTML and reprs have it."""
    return {
        text,
        urllib.parse.quote(text),
        urllib.parse.quote(text, safe=""),
        urllib.parse.quote_plus(text),
        urllib.parse.quote(urllib.parse.quote(text)),
        json.dumps(text)[1:-1],
        json.dumps(json.dumps(text))[3:-3],
        html.escape(text),
        repr(text)[1:-1],
        ascii(text)[1:-1],
        repr(text.encode())[2:-1],
    }


def written(text: str) -> set[str]:
    """The name in all forms: case, accents, separators, encodings."""
    plain = {text, without_accents(text)}
    cased = {form for each in plain for form in (each, each.upper(), each.lower(), each.title())}
    joined = {each.replace(between, "") for each in cased for between in ("'", "-", " ", "@@")}
    bare = {each.replace(" ", "").replace("'", "").replace("-", "") for each in cased}
    return {form for each in joined | bare for form in encodings(each)}


@given(given_name=WORDS, surname=SURNAMES)
@settings(max_examples=60, deadline=None)
@example(given_name="Renée", surname="O'Núñez-Smyth")
def test_a_name_is_masked_in_every_written_form(given_name: str, surname: str) -> None:
    """Whole, reversed, the surname alone; in any case, without accents and separators, encoded."""
    registry = known(
        ("name", f"{given_name} {surname}"), ("name", f"{given_name} Q. {surname}"), ("name", surname)
    )
    shapes = [f"{given_name} {surname}", f"{surname}, {given_name}", surname, f"{given_name} Q. {surname}"]
    for shape in shapes:
        for form in written(shape):
            masked = redact(f"notice of <{form}> was read", registry)
            for word in surname.replace("'", " ").replace("-", " ").split():
                assert len(word) < 3 or without_accents(word).lower() not in masked.lower(), (form, masked)
            assert masked.startswith("notice of <")
            assert masked.endswith("> was read")


@given(digits=st.integers(773_000_000, 899_999_999).map(str), splits=st.sets(st.integers(1, 8), max_size=4))
def test_a_known_number_is_masked_however_it_is_grouped(digits: str, splits: set[int]) -> None:
    """In any groups, and also with letters beside it."""
    registry = known(("ssn", f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"))
    cuts = [0, *sorted(splits), 9]
    groups = [digits[start:end] for start, end in itertools.pairwise(cuts)]
    for gap in ("-", ".", " ", " - ", "\u2011", "%20", "/"):
        masked = redact(f"of {gap.join(groups)}, next", registry)
        assert masked == f"of {MASK}, next"
    assert redact(f"SSN{digits}X", registry) == f"SSN{MASK}X"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("1482 Elmwood Ter Apt 4, Springfield, IL 62701", MASK),
        ("1482 ELMWOOD TER", MASK),
        ("1482%20Elmwood%20Ter", MASK),
        ("1482+elmwood+ter+apt+4", MASK),
        ("Elmwood Ter", MASK),
        ("1482elmwoodter", MASK),
        ("Springfield, IL", MASK),
        ("IL 62701", MASK),
        ("1482 Elmwood Ter Apt 4\nSpringfield, IL 62701", MASK),
        ("1482 files", "1482 files"),
        ("apt 4", "apt 4"),
    ],
)
def test_an_address_is_masked_in_its_parts(text: str, masked: str) -> None:
    """Whole, by line, the street alone; a house number and "apt 4" are not an address."""
    registry = known(
        ("address", "1482 ELMWOOD TER APT 4, SPRINGFIELD, IL"), ("address", "SPRINGFIELD, IL 62701")
    )
    assert redact(f"to <{text}>.", registry) == f"to <{masked}>."


@pytest.mark.parametrize(
    ("value", "text", "masked"),
    [
        (("phone", "+1 (555) 555-0123 ext. 7"), "of 555 55 50 123", f"of {MASK}"),
        (("phone", "555-555-0123"), "of 555-0123, 5555550123", f"of {MASK}"),
        (("email", "zoe.quill@example.com"), "of zoe.quill at example", f"of {MASK} at example"),
        (("email", "zoe.quill@example.com"), "ZOE_QUILL", MASK),
        (("number", "59153-7775"), "of 5915 37775", f"of {MASK}"),
        (("case", "1234567"), "of 1234567, run 9", f"of {MASK}4567, run 9"),
        (("case", "1234567"), "Case/1234567/x", f"Case/{MASK}4567/x"),
        (("case", "4567"), "of 4567", "of 4567"),
        (("case", "1234567"), "caseid1234567", f"caseid{MASK}4567"),
        (("case", "123456"), "id a123456b and 9a123456", "id a123456b and 9a123456"),
        (("address", "PO BOX 1482"), "P.O. Box 1482", f"P.O. {MASK}"),
        (("number", "62701"), "port 62701", "port 62701"),
    ],
)
def test_other_kinds(value: tuple[Kind, str], text: str, masked: str) -> None:
    """Phones, e-mails, control numbers; case numbers keep their last four digits."""
    assert redact(text, known(value)) == masked


@pytest.mark.parametrize(
    "text",
    [
        "734\n00\n1234",
        "['734', '00', '1234']",
        "734:00:1234",
        "734,00,1234",
        "59153\n7775",
        "59153, 7775",
    ],
)
def test_a_known_number_in_its_usual_groups_is_masked_with_any_separator(text: str) -> None:
    """Lists, columns and the lines of a page have commas, colons, quotes and ends of lines there."""
    registry = known(("ssn", "734-00-1234"), ("number", "59153-7775"))
    assert not any(each.isdigit() for each in redact(f"of {text}, next", registry))


def test_a_known_number_without_leading_zeros_is_masked() -> None:
    """Without the zeros in front of it; and the local part of a phone without its hyphen."""
    registry = known(("number", "01234-5678"), ("phone", "(555) 555-0123"))
    assert redact("[12345678, 5550123]", registry) == f"[{MASK}]"


@pytest.mark.parametrize(
    "text",
    ["JQuill", "jquill", "quillj", "jqquill", "J. Quill", "j.quill", "the Quills", "QUILLS", "Quill's"],
)
def test_initials_and_plurals_do_not_hide_a_name(text: str) -> None:
    """As in names of accounts and families."""
    for name in ("JOHN Q QUILL", "Quill, John Q"):
        assert "uill" not in redact(text, known(("name", name))).lower()


@pytest.mark.parametrize(
    "text", ["Mr. Green", "Ms Green", "Dear Green", "M. Green", "M. R. Green", "R GREEN"]
)
def test_a_common_word_behind_a_title_or_initial_is_a_name(text: str) -> None:
    """In capitals only: "it took 12 ms may" and "s green" are words."""
    registry = known(("name", "MARY R GREEN"))
    assert "Green" not in redact(text, registry)
    for words in ("the m green line", "12 ms green", "Step M Green", "green"):
        assert redact(words, registry) == words


def test_a_common_word_at_the_end_of_a_text_is_a_word() -> None:
    """Where a known name begins with it and the text ends, too."""
    registry = known(("name", "MAY QUILL"), ("name", "PAGE ZOE ANNE"))
    for text in ("may", "page"):
        assert redact(f"Quill read it on this {text}", registry) == f"{MASK} read it on this {text}"


def test_an_amount_is_masked_only_where_its_client_is_named() -> None:
    """An amount without a name stays readable."""
    registry = known(("name", "ZOE QUILL"), ("amount", "1234.5"))
    assert redact("$1,234.50 and 1234.50", registry) == "$1,234.50 and 1234.50"
    text = "Quill owes $1,234.50, 1234.50, $99, in 12.25 s\n$99 in all"
    assert redact(text, registry) == f"{MASK} owes {MASK}, in 12.25 s\n$99 in all"


@pytest.mark.parametrize(
    "surname", ["MAY", "PAGE", "LEVY", "NOTICE", "CASE", "FILE", "LIST", "NAME", "X", "Ng"]
)
def test_a_surname_that_is_a_common_word_is_masked_only_where_a_name_is_expected(surname: str) -> None:
    """Beside a first name of the same client, behind a label, in the document's name."""
    registry = known(("name", f"JOHN Q {surname}"), ("name", surname))
    title, low = surname.title(), surname.lower()
    for text in (
        f"JOHN {surname}",
        f"John Q. {title}",
        f"{surname}, JOHN",
        f"john_{low}",
        f"lastName={title}",
        f'"lastName": "{surname}"',
        f"last_name='{low}'",
        f"surname: {title}",
        f"taxpayer {surname}",
        f"name={title}",
        f"https://host/?lastName={title}&x=1",
        f"IRS_CORR_CP2000_2023_DTD 01.02.2026_{surname}.pdf",
    ):
        masked = redact(f"<{text}>", registry)
        assert (
            surname not in masked.replace("lastName", "").replace("name=", "").replace("NAME", "")
            or len(surname) < 3
        )
        assert MASK in masked
        if len(surname) > 2:
            assert title not in masked.replace("lastName", "")
    for text in (
        f"the {low} may be on the next page of this list, {low} 3 of 12",
        f"a {low}: no notice of levy in the file {low}",
        f"{title} 3 of this case failed",
        f"the taxpayer {low} call",
    ):
        assert redact(text, registry) == text


def test_a_name_of_common_words_only() -> None:
    """Both words together, in either order, are a name; each alone is a word."""
    registry = known(("name", "MAY PAGE"))
    assert redact("May Page and PAGE, MAY", registry) == f"{MASK} and {MASK}"
    text = "this page may be missing; may the next page be read"
    assert redact(text, registry) == text


def test_a_common_word_beside_another_clients_name_stays() -> None:
    """It is not that client's."""
    registry = ClientValues()
    with (
        registry.in_flight([KnownValue("name", "JOHN MAY")]),
        registry.in_flight([KnownValue("name", "ZOE QUILL")]),
    ):
        pass
    assert redact("Quill may call", registry) == f"{MASK} may call"


@given(
    st.sampled_from(
        [
            "a.b",
            "(x)",
            "[quill]",
            "quill+",
            "^quill$",
            ".*",
            "quill|",
            "\\d{3}",
            "%41quill",
            "\\u0041quill",
            "(?i)quill",
        ]
    )
)
def test_a_value_that_looks_like_a_pattern_is_a_value(name: str) -> None:
    """Nothing of it is a regex, and nothing else is masked for it."""
    registry = known(("name", name))
    assert redact("x 3 y, all read", registry) == "x 3 y, all read"
    assert "quill" not in redact(f"of {name} all", registry).lower()


@pytest.mark.parametrize(
    "text",
    [
        "1Lee2CdEfGhIjKlMnOpQrStUvWxYz012345",
        "run 9220a989-d209-4da2-b846-15d3e1ed951b, 20261",
        "2026-11-24 06:00:01,123 | INFO | 12.345 s",
        "mailroom/run/file_pipeline.py:118",
    ],
)
def test_ids_and_times_stay_readable(text: str) -> None:
    """Short values do not mask parts of them."""
    registry = known(
        ("name", "KIM LEE"), ("name", "ED DA"), ("case", "220989"), ("case", "112406"), ("ssn", "734-00-1234")
    )
    assert redact(text, registry) == text


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=3))
def test_any_value_and_any_text_can_be_redacted(text: str, names: list[str]) -> None:
    """Masking twice changes nothing more, whatever the values are."""
    registry = ClientValues()
    kinds: tuple[Kind, ...] = ("name", "ssn", "number", "phone", "email", "address", "case", "amount")
    with registry.in_flight([KnownValue(kind, name) for name in names for kind in kinds]):
        once = redact(text, registry)
        assert redact(once, registry) == once
        for name in names:
            redact(f"{text}{name}", registry)


@given(st.text(alphabet="\ud800\udfff\udc80aé%\\", max_size=30))
def test_surrogates_can_be_redacted(text: str) -> None:
    """The result of surrogateescape for bytes that are not UTF-8."""
    registry = known(("name", f"{text} Quill"))
    assert "quill" not in redact(f"{text} QUILL {text}", registry).lower()


def test_a_text_that_cannot_be_searched_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when redaction itself has a bug."""
    monkeypatch.setattr("mailroom.privacy.redaction.masking.to_plain_text", lambda _text: 1 // 0)
    assert redact("x") == "[unprintable]"


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time that was set, in seconds."""
        return self.now


def test_values_stay_while_in_flight_and_for_the_grace() -> None:
    """Added at any time of the block; two files of one client hold them both."""
    clock = Clock()
    registry = ClientValues(grace=10, clock=clock)
    with registry.in_flight():
        assert redact("of Quill", registry) == "of Quill"
        registry.add([KnownValue("name", "Zoe Quill")])
        with registry.in_flight([KnownValue("name", "Quill")]):
            clock.now = 100
            assert redact("of Quill", registry) == f"of {MASK}"
        clock.now = 200
        with registry.in_flight():
            pass
        assert redact("of Quill", registry) == f"of {MASK}"
    clock.now = 205
    registry.add([])
    assert redact("of Quill", registry) == f"of {MASK}"
    clock.now = 300
    registry.add([])
    assert redact("of Quill", registry) == "of Quill"
    clock.now = 400
    registry.add([])
    assert len(registry) == 0
    assert not registry.may_match({"quill", "zoe"})


def test_the_number_of_values_is_bounded() -> None:
    """The oldest go first; what is in flight stays."""
    registry = ClientValues(most_done=5)
    sizes = []
    with registry.in_flight([KnownValue("name", "Zoe Quill")]):
        for number in range(100):
            registry_name = f"Quill{chr(97 + number // 26)}{chr(97 + number % 26)}son"
            with registry.in_flight(
                [KnownValue("name", registry_name), KnownValue("ssn", f"734-00-{number:04}")]
            ):
                sizes.append(len(registry))
        assert redact("of Quill", registry) == f"of {MASK}"
    assert max(sizes[10:]) == sizes[10]
    assert redact("of Quillaason", registry) == "of Quillaason"


def test_ten_thousand_values() -> None:
    """All are masked, and a usual line does not change."""
    registry = ClientValues(most_done=10_000)
    names = [
        "".join(letters) + "ova"
        for letters in itertools.islice(itertools.product("bcdfgklmnprst", repeat=4), 10_000)
    ]
    for name in names:
        with registry.in_flight([KnownValue("name", f"JOHN {name}")]):
            pass
    assert all(redact(f"of {name.upper()}", registry) == f"of {MASK}" for name in names[::97])
    assert (
        redact("Batch 3: 11 matched, 1 review, 12.3 s", registry) == "Batch 3: 11 matched, 1 review, 12.3 s"
    )


def test_one_threads_client_is_not_anothers() -> None:
    """Values added in a thread belong to the file that this thread works on."""
    registry = ClientValues(grace=0)
    seen: list[str] = []

    def work() -> None:
        registry.add([KnownValue("name", "Quill")])
        seen.append(redact("of Quill", registry))

    with registry.in_flight([KnownValue("name", "Feather")]):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert redact("of Feather", registry) == f"of {MASK}"
    assert seen == ["of Quill"]


def test_register_returns_its_data() -> None:
    """A private value has no kind, so nothing is registered for it."""
    # No other test of this process has this name.
    value = Private("Unregistered")
    assert register(value) is value
    assert value.reveal() == "Unregistered"
    assert redact("of Unregistered", CLIENT_VALUES) == "of Unregistered"
