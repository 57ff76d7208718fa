"""Writes the generated parts of the pages in docs/: settings, outcomes, reason codes, states, fields, letter
types.

    uv run python docs/generate.py [--check]

A generated part lies between the markers ``<!-- generated: NAME -->`` and ``<!-- end -->``; the text around
it is written by hand. With ``--check`` nothing is written, and the exit code is 1 if a page does not match
the code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mailroom.config.api_settings import DriveSettings, LogiqsSettings
from mailroom.config.settings import Settings
from mailroom.config.unknown_names import PREFIX
from mailroom.ledger.states import (
    FILE_TRANSITIONS,
    WRITE_TRANSITIONS,
    FileState,
    State,
    Transition,
    WriteState,
)
from mailroom.notices.fields import FIELDS, FieldRow
from mailroom.notices.vocabulary.letter_types import LETTER_TYPES
from mailroom.run.reasons import (
    DIFFERENCES,
    ERRORS,
    EVIDENCE,
    MEANING,
    NOTES,
    REASONS,
    REMEDIES,
    REPAIRS,
    find_remedy,
    in_words,
)

DOCS = Path(__file__).parent
MARKED = re.compile(
    r"(?<=<!-- generated: )(?P<name>[\w-]+)(?P<after> -->\n)(?P<text>.*?)(?=<!-- end -->)", re.DOTALL
)
PRIORITY_NAMES = ("normal", "medium", "high", "urgent")
WHAT_TO_DO = {
    "matched": "nothing; the task in the case says what is due when",
    "unmatched": "create the case and put the file back into the inbox, or file it by hand",
    "review": "look up the reason code below, and file it by hand",
    "duplicate": "nothing",
    "failed": "remove the cause; the next run tries again",
    "pending": "nothing",
}
# Reason codes that are made of a letter type or a field's name.
FAMILIES = {"letter_…": "letter_TYPE", "doubtful_…": "doubtful_FIELD"}


def settings_table(model: type[BaseModel], prefix: str) -> str:
    """The settings of one model, those of nested models left out: name, default, meaning."""
    rows = (
        (f"`{prefix}{name.upper()}`", default_of(field), meaning_of(field))
        for name, field in model.model_fields.items()
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel))
    )
    return table(("setting", "default", "what it means"), rows)


def default_of(field: FieldInfo) -> str:
    """The default as the table shows it; the field's own words if it depends on the machine."""
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "default_in_words" in extra:
        return str(extra["default_in_words"])
    default = field.default
    if default is None or default is PydanticUndefined:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, list):
        return "`[" + ", ".join(f'"{item}"' for item in default) + "]`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def meaning_of(field: FieldInfo) -> str:
    """The field's description, with its bounds if it has both.

    Raises:
        ValueError: the field has no description.
    """
    if not field.description:
        raise ValueError("a setting has no description")
    description = " ".join(field.description.split())
    low, high = bound(field, "ge", "gt"), bound(field, "le", "lt")
    if low is None or high is None:
        return description
    start = "Above" if any(hasattr(one, "gt") for one in field.metadata) else "From"
    return f"{description} {start} {low:,} to {high:,}."


def bound(field: FieldInfo, *names: str) -> float | None:
    """The first of the named constraints that the field has."""
    return next((getattr(one, name) for name in names for one in field.metadata if hasattr(one, name)), None)


def outcomes_table() -> str:
    """Every outcome: what it means, and what a person does."""
    rows = ((f"`{code}`", words, WHAT_TO_DO[code]) for code, words in MEANING.items())
    return table(("outcome", "what it means", "what to do"), rows)


def reasons_table() -> str:
    """Every reason code in words, then the families of codes."""
    families = {code: in_words(example) for code, example in FAMILIES.items()}
    rows = (
        (f"`{code}`", words, find_remedy(FAMILIES.get(code, code)) or "nothing")
        for code, words in {**REASONS, **families}.items()
    )
    return table(("reason code", "what it means", "what to do"), rows)


def errors_table() -> str:
    """Every error code: what it means, and what a person does."""
    rows = ((f"`{code}`", words, REMEDIES[code]) for code, words in ERRORS.items())
    return table(("error code", "what it means", "what to do"), rows)


def fields_table() -> str:
    """Every field of a notice: whether more pages are read for it, and what it is found by."""
    rows = ((f"`{row.name}`", "yes" if row.required else "no", found_by(row)) for row in FIELDS)
    return table(("field", "if missing, more pages are read", "found by"), rows)


def found_by(row: FieldRow) -> str:
    """Some of the field's labels; of a field without labels, what it is made of."""
    spellings = [each for labels in row.labels for each in (*labels.spellings, *labels.weak)]
    if spellings:
        more = f" and {len(spellings) - 3} more" if len(spellings) > 3 else ""
        return f"the labels {', '.join(f'“{each}”' for each in spellings[:3])}{more}"
    if row.in_doubt_with:
        return f"the {row.in_doubt_with[0]}"
    return f"`{row.group}`" if row.group else "the file"


def letter_types_table() -> str:
    """Every letter type: its period, the lowest priority of its task, and where its facts are from."""
    head = ("letter", "days to respond", "can be extended", "lowest priority", "proposes changes", "source")
    rows = (
        (
            row.name,
            str(row.response_days),
            "no" if row.ends_a_right else "yes",
            PRIORITY_NAMES[row.urgency],
            "yes" if row.proposes_changes else "no",
            row.source,
        )
        for row in LETTER_TYPES
    )
    return table(head, rows)


def draw_diagram(table: tuple[Transition, ...], initial: State, label: str) -> str:
    """A Mermaid state diagram of a table; ``label`` says how a row comes to its initial state."""
    lines = [f"    [*] --> {initial}: {label}"]
    lines += [f"    {one.source} --> {one.target}: {one.event} ({one.when})" for one in table]
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with one line for each row."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


PARTS: dict[str, Callable[[], str]] = {
    "settings-drive": lambda: settings_table(DriveSettings, f"{PREFIX}DRIVE__"),
    "settings-logiqs": lambda: settings_table(LogiqsSettings, f"{PREFIX}LOGIQS__"),
    "settings-general": lambda: settings_table(Settings, PREFIX),
    "outcomes": outcomes_table,
    "reasons": reasons_table,
    "errors": errors_table,
    "file-states": lambda: draw_diagram(FILE_TRANSITIONS, FileState.PENDING, "listed for the first time"),
    "write-states": lambda: draw_diagram(WRITE_TRANSITIONS, WriteState.NONE, "delivery begun"),
    "fields": fields_table,
    "letter-types": letter_types_table,
    "differences": lambda: table(
        ("difference", "what it means"), [(f"`{code}`", words) for code, words in DIFFERENCES.items()]
    ),
    "repairs": lambda: "".join(f"- {words}\n" for words in REPAIRS.values()),
    "evidence": lambda: table(
        ("evidence", "what it means"), [(f"`{code}`", words) for code, words in EVIDENCE.items()]
    ),
    "notes": lambda: table(("note", "the PDF …"), [(f"`{code}`", words) for code, words in NOTES.items()]),
}


def generated(text: str) -> str:
    """The page with each generated part as the code makes it.

    Raises:
        KeyError: a marker names no part.
    """
    return MARKED.sub(lambda found: found["name"] + found["after"] + PARTS[found["name"]](), text)


def pages() -> Iterator[tuple[Path, str, str]]:
    """Each page of docs/ with generated parts: its path, its text, and what the text must be."""
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if MARKED.search(text):
            yield path, text, generated(text)


def main(arguments: Sequence[str]) -> int:
    """Write the pages that do not match the code, or with ``--check`` only name them; returns the exit
    code.
    """
    outdated = [(path, wanted) for path, text, wanted in pages() if text != wanted]
    for path, wanted in outdated:
        if "--check" in arguments:
            print(f"{path.name} does not match the code: run `uv run python docs/generate.py`")
        else:
            path.write_text(wanted, encoding="utf-8")
            print(f"{path.name} written")
    return 1 if outdated and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
