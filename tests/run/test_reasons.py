"""Every reason and fault code has words; the codes are collected from the source and from the tables."""

import ast
import itertools
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mailroom.crm.logiqs.client import LARGEST_DOCUMENT
from mailroom.matching.evidence import Sign
from mailroom.notices.fields import FIELDS
from mailroom.notices.vocabulary.letter_types import LETTER_TYPES
from mailroom.rate_limit import LONGEST_WAIT
from mailroom.run.reasons import EVIDENCE, REMEDIES, SHEET, WORDS, find_remedy, find_words, in_words

ROOT = Path(__file__).parents[2]
# Packages whose faults can become the reason of a file, with every class of the error tree.
OF_FILES = (
    "crm",
    "delivery",
    "document",
    "drive",
    "ledger",
    "matching",
    "notices",
    "privacy",
    "run",
    "workers",
)
TREE = {
    "Transient",
    "Postponed",
    "Unclear",
    "FileFault",
    "Refused",
    "RunStop",
    "ProgramFault",
    "PageTokenRejected",
    "RightMissing",
}
# Raised only while a system is being configured or called; a file that is then given back shows the code.
CONFIGURATION = {"crm", "delivery", "drive", "matching"}
# What the placeholders of an f-string can be.
PLACEHOLDERS = {
    "{what}": ("document", "task"),
    "{step}": ("document", "task"),
    "{system}": ("logiqs", "match"),
    "{answer.status_code}": ("400", "429", "503"),
}
# Reasons that send no file to a person.
NO_PERSON = ("matched", "filed_by_person", "same_document", "pending")
# The position of the code in calls that decide about a file.
DECIDING = {"FileDecision": 1, "Decision": 1}


def find_strings(node: ast.AST, names: dict[str, list[ast.AST]]) -> Iterator[str]:
    """The strings that an expression can be: a constant, a name's values, a dictionary's values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield ast.unparse(node)
    elif isinstance(node, ast.Name):
        others = {name: values for name, values in names.items() if name != node.id}
        for value in names.get(node.id, []):
            yield from find_strings(value, others)
    else:
        for value in list_choices(node):
            yield from find_strings(value, names)


def list_choices(node: ast.AST) -> list[ast.expr]:
    """The expressions whose strings an expression of several can be."""
    match node:
        case ast.Subscript(value=value):
            return [value]
        case ast.Dict(values=values) | ast.BoolOp(values=values):
            return values
        case ast.Tuple(elts=[first, *_]):
            return [first]
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[_, *default]):
            return [value, *default]
        case _:
            return []


def list_names(tree: ast.AST) -> dict[str, list[ast.AST]]:
    """Every value that each name of a module is assigned."""
    names: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                first = target.elts[0] if isinstance(target, ast.Tuple) else target
                if isinstance(first, ast.Name):
                    names.setdefault(first.id, []).append(node.value)
    return names


@cache
def list_modules() -> dict[Path, ast.AST]:
    """The parsed modules whose faults can become a file's reason."""
    paths = [path for package in OF_FILES for path in sorted((ROOT / "mailroom" / package).rglob("*.py"))]
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in [*paths, ROOT / "mailroom/rate_limit.py"]
    }


def find_codes(call: ast.Call, package: str) -> ast.AST | None:
    """The expression that is the code in this call; None where it makes no code."""
    called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if called in TREE or (called == "ConfigError" and package in CONFIGURATION):
        return call.args[0] if call.args else None
    if called in DECIDING and len(call.args) > DECIDING[called]:
        return call.args[DECIDING[called]]
    if called == "Reading":
        return next((keyword.value for keyword in call.keywords if keyword.arg == "error"), None)
    return None


def expand(template: str) -> list[str]:
    """The codes that an f-string can make; an unknown placeholder stays and so has no words."""
    text = template.removeprefix("f'").removesuffix("'") if template.startswith("f'") else template
    used = [name for name in PLACEHOLDERS if name in text]
    codes = []
    for values in itertools.product(*(PLACEHOLDERS[name] for name in used)):
        code = text
        for name, value in zip(used, values, strict=True):
            code = code.replace(name, value)
        codes.append(code)
    return codes


@cache
def collect_codes() -> dict[str, str]:
    """Every code in the source, and a module that makes it."""
    shared: dict[str, list[ast.AST]] = {}
    for tree in list_modules().values():
        for name, values in list_names(tree).items():
            if name.lstrip("_").isupper():
                shared.setdefault(name, []).extend(values)
    codes: dict[str, str] = {}
    for path, tree in list_modules().items():
        names = {**shared, **list_names(tree)}
        package = path.relative_to(ROOT / "mailroom").parts[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (code := find_codes(node, package)) is not None:
                for found in filter(None, find_strings(code, names)):
                    codes.update(dict.fromkeys(expand(found), str(path.relative_to(ROOT))))
    return {**codes, **dict.fromkeys(collect_codes_of_drive(), "mailroom/drive/faults.toml")}


def collect_codes_of_drive() -> Iterator[str]:
    """The codes in Drive's table of faults."""
    tables = tomllib.loads((ROOT / "mailroom/drive/faults.toml").read_text(encoding="utf-8"))
    yield from tables.pop("texts")
    for table in tables.values():
        yield from table.values()


def test_the_source_is_searched_well() -> None:
    """Codes of each way to write them are found: constants, names, dictionaries, f-strings, decisions."""
    found = collect_codes()
    assert {"not_a_pdf", "vanished", "download_corrupt", "logiqs_503", "task_in_doubt", "two_cases"} <= set(
        found
    )
    assert {"cannot_be_opened", "drive_unreachable", "illegal_state_change", "move_forbidden"} <= set(found)
    assert len(found) > 70


def test_every_code_in_the_source_has_words() -> None:
    """Of faults, of decisions, and of readings that were refused."""
    assert {code: path for code, path in collect_codes().items() if find_words(code) is None} == {}


@pytest.mark.parametrize("letter_type", [str(row.name) for row in LETTER_TYPES])
def test_every_letter_type_has_words(letter_type: str) -> None:
    """As the reason of a letter that is not filed."""
    code = f"letter_{letter_type.lower().replace(' ', '_')}"
    assert in_words(code) == f"another IRS letter: {letter_type.upper()}"


@pytest.mark.parametrize("field", [row.name for row in FIELDS])
def test_every_doubtful_field_has_words(field: str) -> None:
    """As the reason of a notice of which this field is not certain."""
    assert find_words(f"doubtful_{field}") is not None


def test_every_error_says_what_to_do() -> None:
    """A person who reads that nothing can be moved needs the next step; so does one who gets a file."""
    families = {"letter_type", "doubtful_field"}
    assert set(REMEDIES) == (set(WORDS) | families) - set(NO_PERSON) - set(SHEET)
    assert [code for code, words in REMEDIES.items() if words.endswith(".") or not words] == []


def test_a_reason_that_is_made_of_a_name_has_the_remedy_of_its_family() -> None:
    """Unless it has one of its own; a code that nobody knows has none."""
    assert find_remedy("letter_cp504") == REMEDIES["letter_type"]
    assert find_remedy("doubtful_last_name") == REMEDIES["doubtful_field"]
    assert find_remedy("doubtful_letter_type") == REMEDIES["doubtful_letter_type"]
    assert find_remedy("made_up_code") == find_remedy("matched") == ""


def test_a_code_without_words_is_still_readable() -> None:
    """A later version may have stored it."""
    assert find_words("made_up_code") is None
    assert in_words("made_up_code") == "made up code"


def test_words_are_short_and_begin_in_lower_case_or_with_a_name() -> None:
    """They are in a list behind the number of files."""
    assert [code for code, words in WORDS.items() if words.endswith(".") or len(words) > 100] == []


def test_numbers_in_words_are_those_of_the_code() -> None:
    """A limit that is changed is changed in its words too."""
    assert f"over {LARGEST_DOCUMENT / 10**6:g} MB" in WORDS["too_large_to_file"]
    assert f"more than {LONGEST_WAIT / 60:g} minutes" in WORDS["asked_to_wait"]


def test_every_piece_of_evidence_has_words() -> None:
    """And no words are left of one that there is no more."""
    assert set(EVIDENCE) == set(Sign)
