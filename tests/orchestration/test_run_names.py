"""What a run is called, and which kind of run it is."""

from datetime import date

import pytest

from mailroom.orchestration import run_names
from mailroom.orchestration.run_names import find_kind, name_run
from mailroom.run.options import RunKind, RunOptions


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (RunOptions(), RunKind.DAILY),
        (RunOptions(limit=5), RunKind.BY_HAND),
        (RunOptions(since=date(2026, 11, 1)), RunKind.BY_HAND),
        (RunOptions(inboxes=["one"]), RunKind.BY_HAND),
        (RunOptions(by_hand=True), RunKind.BY_HAND),
        (RunOptions(dry_run=True, by_hand=True), RunKind.REHEARSAL),
        (RunOptions(dry_run=True, sandbox=True), RunKind.SANDBOX),
    ],
)
def test_trials_and_parts_of_a_day_are_no_days(options: RunOptions, kind: RunKind) -> None:
    """Only a run over all of the inbox, by the schedule or at a terminal, is the day's."""
    assert options.kind is kind


def test_each_kind_has_artifacts_of_its_own() -> None:
    """Keys of Prefect have no blanks; days have the plain key."""
    assert [kind.make_key("mailroom-summary") for kind in RunKind] == [
        "mailroom-summary",
        "mailroom-summary-by-hand",
        "mailroom-summary-rehearsal",
        "mailroom-summary-sandbox",
    ]


class FlowRun:
    """What Prefect says of the run under way."""

    parameters = {"limit": None, "since": None, "inbox": None, "dry_run": False}  # noqa: RUF012 - never changed


class Deployment:
    """The deployment that the run is of."""

    def __init__(self, name: str | None) -> None:
        self.name = name


@pytest.mark.parametrize(
    ("deployment", "on_sandbox", "kind"),
    [
        (None, False, "daily"),
        ("daily", False, "daily"),
        ("by-hand", False, "by hand"),
        (None, True, "sandbox"),
    ],
)
def test_the_name_says_what_ran(
    monkeypatch: pytest.MonkeyPatch, deployment: str | None, on_sandbox: bool, kind: str
) -> None:
    """Its kind and the day; the kind is found again in the name."""
    monkeypatch.setattr(run_names, "flow_run", FlowRun)
    monkeypatch.setattr(run_names, "deployment", Deployment(deployment))
    name = name_run(on_sandbox=on_sandbox)
    assert name.startswith(f"{kind} 20")
    assert find_kind(f"{name} (3 files)") == kind
    assert find_kind("my own name") is RunKind.DAILY
