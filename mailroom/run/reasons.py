"""Outcomes and reason codes in words for the people who look after the mail room, from reasons.toml."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

_TABLES: dict[str, dict[str, str]] = tomllib.loads(
    (files(__package__) / "reasons.toml").read_text(encoding="utf-8")
)
MEANING, REASONS, ERRORS, REMEDIES, NOTES = (
    _TABLES[name] for name in ("outcomes", "reasons", "errors", "remedies", "notes")
)
SHEET = _TABLES["sheet"]
WORDS = {**REASONS, **ERRORS, **SHEET}
# What speaks for a case (`mailroom.matching.evidence`).
EVIDENCE = _TABLES["evidence"]
# What `mailroom reconcile` finds, and what it does about it.
DIFFERENCES, REPAIRS = _TABLES["differences"], _TABLES["repairs"]
# Where a due date comes from, and what ended a deadline (`mailroom.ledger.notices`).
DUE_KINDS, ANSWERED = _TABLES["due_kinds"], _TABLES["answered"]
# What people decide (`mailroom.ledger.decisions`).
DECIDED = _TABLES["decided"]
OUTCOMES = tuple(MEANING)
SYSTEMS = {"drive": "Google Drive", "logiqs": "Logiqs", "match": "the match service"}


def find_words(code: str) -> str | None:
    """What a reason code means; None for a code that has no words."""
    if code.startswith("letter_"):
        return f"another IRS letter: {code.removeprefix('letter_').replace('_', ' ').upper()}"
    if code.startswith("doubtful_") and code not in WORDS:
        return f"{code.removeprefix('doubtful_').replace('_', ' ')} not read with certainty"
    if found := re.fullmatch(
        r"(document|task|activity)_(\d{3}|answer_lost|answer_unreadable|without_id)", code
    ):
        return f"Logiqs has not confirmed the {found[1]}"
    if found := re.fullmatch(r"(drive|logiqs|match)_(\d{3})", code):
        return f"{SYSTEMS[found[1]]} answered with HTTP status {found[2]}"
    return WORDS.get(code)


def find_remedy(code: str) -> str:
    """What a person does about a file with this reason code; "" where nothing is to be done or known."""
    if code.startswith("letter_"):
        return REMEDIES["letter_type"]
    if code.startswith("doubtful_") and code not in REMEDIES:
        return REMEDIES["doubtful_field"]
    return REMEDIES.get(code, "")


def in_words(code: str) -> str:
    """What a reason code means; a code that has no words, with spaces for its underscores."""
    return find_words(code) or code.replace("_", " ")


def meaning(outcome: str, mode: str) -> str:
    """What an outcome means; in a dry run (mode ``test``), what it would have meant."""
    words = MEANING[outcome]
    if mode == "test":
        return words.replace("now in", "would go to").replace("filed in", "would be filed in")
    return words


def count_noun(number: int, noun: str) -> str:
    """A number with its noun: ``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
