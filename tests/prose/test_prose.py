"""Text for people is plain technical English: it uses no word of ``refused_words.txt``."""

import re
from functools import cache
from pathlib import Path

import pytest

from mailroom.run.reasons import (
    ANSWERED,
    DECIDED,
    DIFFERENCES,
    DUE_KINDS,
    EVIDENCE,
    MEANING,
    NOTES,
    REMEDIES,
    REPAIRS,
    WORDS,
)
from tests.prose.visible_text import ROOT, is_prose, texts_of_module, visible_texts

LIST = Path(__file__).parent / "refused_words.txt"
# Text that is not the mail room's own: the start of its path, and whose words it has.
EXCEPT = {
    "mailroom/sandbox/generator/": "synthetic notices and documents, in the words of the IRS and of firms",
    "mailroom/privacy/redaction/common_words.py": "the words of logs that may be surnames",
}


@cache
def refused_words() -> dict[str, tuple[re.Pattern[str], str]]:
    """Each refused word or phrase, with its pattern and what to write instead."""
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    pairs = dict(line.split(" -> ", 1) for line in lines)
    return {word: (pattern_of(word), instead) for word, instead in pairs.items()}


def pattern_of(word: str) -> re.Pattern[str]:
    """A word with its inflections, a phrase as it is, or a pattern between slashes; in any case."""
    if word.startswith("/"):
        return re.compile(word.strip("/"), re.IGNORECASE)
    if " " in word:
        phrase = r"\s+".join(map(re.escape, word.split()))
        return re.compile(rf"\b{phrase}\b", re.IGNORECASE)
    stem, endings = (word[:-1], "e|es|ed|ing") if word.endswith("e") else (word, "|s|es|ed|ing")
    return re.compile(rf"\b{re.escape(stem)}(?:{endings})\b", re.IGNORECASE)


def find_refused_words(text: str) -> list[str]:
    """The refused words of a text, each with what to write instead."""
    words = refused_words().items()
    return [f"{word} (write: {instead})" for word, (pattern, instead) in words if pattern.search(text)]


def test_the_visible_text_uses_no_refused_word() -> None:
    """Screens, states, errors, forms, reports, README and docs/ use plain technical English."""
    found = [
        f"{text.path}:{text.line}: {', '.join(words)}"
        for text in visible_texts()
        if not text.path.startswith(tuple(EXCEPT)) and (words := find_refused_words(text.words))
    ]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "The key is mended.",
        "Sealing the ledger",
        "It lies in the trash.",
        "MAILROOM_X is no setting.",
        "Take it away.",
        "a lasting fault",
        "until the\n  moment",
    ],
)
def test_a_refused_word_is_found_in_its_forms(text: str) -> None:
    """Inflections, phrases over line ends and patterns are found."""
    assert find_refused_words(text)


@pytest.mark.parametrize(
    "text", ["There is no ledger.", "It is no longer there.", "summary", "a recommendation"]
)
def test_other_words_are_not_found(text: str) -> None:
    """Words that only begin like a refused one, and usual phrases, pass."""
    assert not find_refused_words(text)


def test_text_is_collected_from_literals_and_not_from_names(tmp_path: Path) -> None:
    """Literals and f-strings with prose are collected; names, paths and hidden docstrings are not."""
    module = tmp_path / "module.py"
    module.write_text(
        '"""Not shown."""\nNAME = "drive-api"\nPATH = "a/b"\nprint("Stopped.", f"{NAME} files are left")\n',
        encoding="utf-8",
    )
    assert [text.words for text in texts_of_module(module)] == ["Stopped.", "{} files are left"]
    assert is_prose("Nothing is wrong")


def test_the_values_of_tables_are_collected() -> None:
    """The words of reason codes are in a table; each of them is collected."""
    found = {text.words for text in visible_texts() if text.path == "mailroom/run/reasons.toml"}
    tables = (MEANING, WORDS, REMEDIES, EVIDENCE, NOTES, DIFFERENCES, REPAIRS, DUE_KINDS, ANSWERED, DECIDED)
    assert {words for table in tables for words in table.values() if is_prose(words)} == found


def test_every_exception_still_exists() -> None:
    """No exception is kept for a path that is gone."""
    assert [path for path in EXCEPT if not (ROOT / path).exists()] == []
