"""What the fields of the form ask for."""

from datetime import date
from typing import Any

import pytest

from mailroom.orchestration.form_fields import ALL_DAYS, read_form
from mailroom.run.options import RunOptions


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({}, RunOptions()),
        ({"limit": 0, "since": ALL_DAYS, "inbox": [], "dry_run": False, "no_wait": False}, RunOptions()),
        ({"limit": None, "since": None, "inbox": None}, RunOptions()),
        ({"since": "2000-01-01"}, RunOptions()),
        (
            {"limit": 5, "since": date(2026, 11, 2), "inbox": ["folder"], "dry_run": True, "no_wait": True},
            RunOptions(5, date(2026, 11, 2), ["folder"], dry_run=True, no_wait=True),
        ),
    ],
)
def test_a_form_left_as_it_is_asks_for_all(given: dict[str, Any], options: RunOptions) -> None:
    """So does a script that gives None, or nothing."""
    assert read_form(given, by_hand=False) == options
