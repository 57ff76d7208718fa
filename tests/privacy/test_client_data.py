"""Types of client data: printing, logging or storing an object shows no value."""

import ast
import dataclasses
import importlib
import json
import logging
import pickle
import pkgutil
import re
import traceback
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from prefect.serializers import JSONSerializer, PickleSerializer
from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json, to_jsonable_python

import mailroom
from mailroom.crm.base import Case, MatchAnswer
from mailroom.notices import NoticeFields, Reading
from mailroom.privacy.client_data import ClientData, Private
from mailroom.privacy.redaction.client_values import ClientValues
from mailroom.privacy.redaction.masking import MASK, redact

CANARY = "Quillfeather 734-00-1234"
# Names that fields with a client's values have.
TELLING = {
    "ssn", "full", "printed", "last4", "text", "name_line", "name_lines", "line", "persons", "last_name", "first_name",
    "address", "zip", "subject", "comments", "case", "cases", "case_id", "fields", "lines", "value", "amount_due",
}  # fmt: skip
# These are codes of ours.
CODES = {"outcome", "error"}
# Fields of those names that hold nothing of a client.
NOT_CLIENTS = {
    "mailroom.cli.daily_options.DailyOptions": "the path of a file with cases",
    "mailroom.notices.parsing.dates.FoundDate": "a date alone",
    "mailroom.drive.listing.Listing": "its fields are a parameter of Drive's",
    "mailroom.orchestration.doctor_checks.ServerLook": "lines of the doctor",
    "mailroom.rate_limit.QuotaPortion": "a number",
    "mailroom.ledger.case_index.ImportResult": "numbers of cases",
    "mailroom.ledger.case_index.IndexState": "a number of cases",
    "mailroom.matching.evidence.Evidence": "names of comparisons",
}


def modules() -> Iterator[object]:
    """Every module except the sandbox, whose people are made up, and those that only Alembic may import."""
    others = re.compile(r"mailroom\.sandbox\b|.*__main__$|mailroom\.ledger\.migrations\b")
    for info in pkgutil.walk_packages(mailroom.__path__, "mailroom."):
        if not others.match(info.name):
            yield importlib.import_module(info.name)


def classes() -> set[type]:
    """Every class that is defined in the core."""
    return {
        found
        for module in modules()
        for found in vars(module).values()
        if isinstance(found, type) and found.__module__.startswith("mailroom.")
    }


def private() -> list[type]:
    """Every class of client data."""
    return sorted(
        (one for one in classes() if issubclass(one, ClientData) and one is not ClientData),
        key=lambda one: one.__name__,
    )


def holding(kind: type) -> object:
    """An object of the class whose every value is a canary."""
    if kind is Private:
        return Private(CANARY)
    made: Any = object.__new__(kind)
    names = [each.name for each in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []
    for name in names:
        object.__setattr__(made, name, "a_code" if name in CODES else CANARY)
    if hasattr(made, "__dict__"):
        made.__dict__["more"] = CANARY
    return made


def test_every_class_with_client_data_is_a_client_data_class() -> None:
    """A dataclass with a field that may identify a client derives from ClientData."""
    open_ones = {
        f"{kind.__module__}.{kind.__qualname__}"
        for kind in classes()
        if dataclasses.is_dataclass(kind)
        and TELLING.intersection(each.name for each in dataclasses.fields(kind))
        and not issubclass(kind, ClientData)
    }
    assert open_ones - NOT_CLIENTS.keys() == set()
    assert len(private()) > 20


@pytest.mark.parametrize("kind", private(), ids=lambda kind: kind.__name__)
def test_no_value_is_shown(kind: type, caplog: pytest.LogCaptureFixture) -> None:
    """Not in print, format, log, list or a traceback with locals; and it cannot be stored."""
    held = holding(kind)
    shown = [
        repr(held),
        str(held),
        f"{held}",
        f"{held!r:>60}",
        f"{held:>60}",
        f"{held:d}",
        f"{[held]} { ({1: held}) }",
    ]
    shown.append("%s %r" % (held, held))  # noqa: UP031 - as old code and logging do it
    logging.getLogger("mailroom").error("of %s, %r", held, [held])
    try:
        raise ValueError(held)
    except ValueError as error:
        shown += traceback.TracebackException.from_exception(error, capture_locals=False).format()
        frame = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), capture_locals=True)
        shown.append((frame[0].locals or {})["held"])
    seen = " ".join([*shown, caplog.text])
    assert "Quill" not in seen.replace('"Quill', "")
    assert "1234" not in seen
    for store in (pickle.dumps, deepcopy):
        with pytest.raises(TypeError, match="client data"):
            store(held)
    with pytest.raises(TypeError):
        json.dumps(held)


class Holder(BaseModel):
    """A model of anything, as Prefect's parameters, events and artifacts are."""

    held: object


@pytest.mark.parametrize("kind", private(), ids=lambda kind: kind.__name__)
def test_pydantic_and_prefects_serializers_refuse_client_data(kind: type) -> None:
    """By default pydantic reads the fields of a dataclass, and so does the code of Prefect that uses it."""
    held = holding(kind)
    stores: list[Callable[[Any], object]] = [
        to_json,
        to_jsonable_python,
        TypeAdapter(kind).dump_json,
        lambda value: Holder(held=value).model_dump_json(),
        lambda value: Holder(held=value).model_dump(),
        lambda value: to_json([{"of": value}]),
        JSONSerializer().dumps,
        PickleSerializer().dumps,
    ]
    for store in stores:
        with pytest.raises((TypeError, ValueError), match=r"client data|serialize") as refused:
            store(held)
        assert CANARY not in "".join(traceback.format_exception(refused.value))


def test_all_values_leave_an_object_only_by_calls_that_can_be_searched_for() -> None:
    """No other code takes such an object apart, except its own as_json and the ledger's encryption."""
    found = set()
    root = Path(mailroom.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "id", None) or getattr(called, "attr", None)
            if name in ("asdict", "astuple", "vars") and "sandbox" not in path.parts:
                found.add((str(path.relative_to(root)), name))
    # The ledger's are decisions, what a listing says of a file, the record of its writes, and deadlines (a
    # type, a date, a keyed hash); matching's are cases for the case index, where they are encrypted.
    assert found == {
        ("notices/reading.py", "asdict"),
        ("ledger/files.py", "vars"),
        ("ledger/notices.py", "vars"),
        ("ledger/record.py", "asdict"),
        ("ledger/scans.py", "vars"),
        ("matching/case_index.py", "asdict"),
    }


def test_only_reveal_returns_a_private_value() -> None:
    """Objects of the class compare and hash like their values."""
    value = Private(CANARY)
    assert value.reveal() == CANARY
    assert value == Private(CANARY)
    assert value != CANARY
    assert len({value, Private(CANARY), Private("x")}) == 2
    assert list(value.known_values()) == []


def test_a_notices_values_are_masked_once_registered() -> None:
    """Names, SSN, address, control number; its type, year and dates stay readable."""
    fields = NoticeFields(
        notice_type="CP2000",
        tax_year=2023,
        notice_date=date(2026, 10, 6),
        name_line="ZOE Q QUILL & JOHN MAY",
        taxpayer_names=["ZOE Q QUILL", "JOHN MAY"],
        last_name="QUILL",
        spouse_last_name="MAY",
        address="1482 ELMWOOD TER, SPRINGFIELD, IL",
        zip="62701",
        ssn="734-00-1234",
        ssn_last4="1234",
        aur_control_number="59153-7775",
        amount_due=1234.5,
        page_count=6,
    )
    registry = ClientValues()
    with registry.in_flight(Reading("extract", fields).known_values()):
        for text in (
            "Zoe Quill", "QUILL, ZOE", "John May", "quill", "734001234", "7340 01234", "1482 Elmwood", "IL 62701", "59153 7775"
        ):  # fmt: skip
            assert redact(f"of {text}!", registry) == f"of {MASK}!"
        assert redact("Quill owes $1,234.50", registry) == f"{MASK} owes {MASK}"
        assert (
            redact("CP2000 of 2023, 2026-10-06, 6 pages may follow", registry)
            == "CP2000 of 2023, 2026-10-06, 6 pages may follow"
        )
    assert list(NoticeFields().known_values()) == []


def test_a_cases_values_are_masked_once_registered() -> None:
    """Names, the spouse's too, SSNs; the case's number keeps four digits."""
    case = Case(1234567, "Zoe", "Quill", "John", None, "734-00-1234", "XXX-XX-9876")
    registry = ClientValues()
    with registry.in_flight(MatchAnswer(found=True, cases=(case,)).known_values()):
        assert redact("of Quill, John Quill, 734 001234", registry) == f"of {MASK}"
        assert redact("of 1234567", registry) == f"of {MASK}4567"
