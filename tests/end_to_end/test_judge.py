"""The judge of `bench/chaos.py` sees each way in which the promise can be broken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mailroom.sandbox.generator.model import SyntheticDay
from mailroom.sandbox.launcher import Sandbox
from tests.end_to_end.judge import judge

SHA256 = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("one", "two")}
State = dict[str, list[dict[str, Any]]]


def made_up_day() -> SyntheticDay:
    """A notice of a client with a case, and one without."""
    truth = {"last_name": "ST JAMES", "ssn_last4": "1234"}
    notices = [SimpleNamespace(path=name, pdf=name.encode(), truth=truth) for name in SHA256]
    home = SimpleNamespace(taxpayer=SimpleNamespace(last="St. James", ssn="734-00-1234"), spouse=None)
    cases = [SimpleNamespace(case_id=41, home=home)]
    expected = {"one": "matched", "two": "unmatched"}
    return cast("SyntheticDay", SimpleNamespace(notices=notices, cases=cases, expected=expected))


def right_state() -> State:
    """What the servers hold after a right day."""
    folders = {"inbox": "CP2000_INBOX", "m": "CP2000_MATCHED", "u": "CP2000_UNMATCHED", "r": "CP2000_REVIEW"}
    placed = [("one", "m"), ("two", "u")]
    return {
        "files": [
            *({"id": one, "name": name, "parents": []} for one, name in folders.items()),
            *(
                {"id": name, "size": "3", "sha256Checksum": SHA256[name], "parents": [to], "trashed": False}
                for name, to in placed
            ),
        ],
        "documents": [{"CaseID": 41, "sha256": SHA256["one"]}],
        "tasks": [{"CaseID": 41}],
    }


def count_after(change: Callable[[State], object]) -> dict[str, int]:
    """What the judge counts after a change of the right state."""
    state = right_state()
    change(state)
    sandbox = cast("Sandbox", SimpleNamespace(state=lambda: state))
    return {name: number for name, number in judge(sandbox, made_up_day()).count().items() if number}


def replace(state: State, folder: str, *, is_filed: bool) -> None:
    """Somebody uploaded another content for the first notice, after it was filed."""
    state["files"][-2].update(sha256Checksum="other", parents=[folder])
    if is_filed:
        state["documents"].append({"CaseID": 41, "sha256": "other"})
        state["tasks"].append({"CaseID": 41})


def test_a_right_day_keeps_the_promise() -> None:
    """Nothing is counted."""
    assert count_after(lambda _: None) == {}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda state: state["files"].pop(), {"lost": 1}),
        (lambda state: state["files"][-1].update(trashed=True), {"lost": 1}),
        (lambda state: state["documents"].clear() or state["tasks"].clear(), {"lost": 1}),
        (lambda state: state["files"][-1].update(parents=["inbox"]), {"stuck": 1}),
        (lambda state: state["files"][-2].update(parents=["u"]), {"misfiled": 1}),
        (lambda state: state["files"][-2].update(parents=["r"]), {"asked": 1}),
        (lambda state: state["documents"].append(state["documents"][0]), {"duplicated": 1}),
        (lambda state: state["tasks"].append(state["tasks"][0]), {"duplicated": 1}),
        (lambda state: state["tasks"].clear(), {"misfiled": 1}),
        # Other content under the same file id: filed; not filed, but with the filed ones; with a person.
        (lambda state: replace(state, "m", is_filed=True), {}),
        (lambda state: replace(state, "m", is_filed=False), {"lost": 1}),
        (lambda state: replace(state, "r", is_filed=False), {}),
        (
            lambda state: [row.update(CaseID=42) for row in state["documents"] + state["tasks"]],
            {"misfiled": 1},
        ),
    ],
)
def test_each_fault_is_seen(change: Callable[[State], object], found: dict[str, int]) -> None:
    """By what the servers hold alone."""
    assert count_after(change) == found
