"""The forms that Prefect's pages have for the parameters of a flow.

A parameter that may be None has a switch "int | None" in a form, so that "all" is a value of its own here.
``SkipJsonSchema[None]`` lets Python callers say None as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import Field

from mailroom.run.options import RunOptions

ALL_FILES = 0
ALL_DAYS = date(2000, 1, 1)


def label(words: str, *, default: Any) -> Any:
    """Return the default of a flow's parameter, with the label of its field in a form.

    Without it the label is the parameter's name: Prefect puts that into the schema's title, and only the
    extras of a field replace it (`prefect._internal.pydantic.v2_schema`, seen with 3.8.8).
    """
    return Field(default=default, json_schema_extra={"title": words})


def read_form(given: Mapping[str, Any], *, sandbox: bool = False, by_hand: bool) -> RunOptions:
    """Return what the parameters of a daily run ask for; None and a missing one ask for all."""
    since = given.get("since")
    return RunOptions(
        given.get("limit") or None,
        None if str(since) == ALL_DAYS.isoformat() else since,
        given.get("inbox") or (),
        bool(given.get("dry_run")),
        sandbox,
        bool(given.get("no_wait")),
        by_hand,
    )
