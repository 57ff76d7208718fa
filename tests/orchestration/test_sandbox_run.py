"""The sandbox of a run: its settings lead to its own ledger, wherever its state lies."""

from pathlib import Path
from typing import cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.ledger import open_ledger
from mailroom.orchestration.sandbox_run import _new_state, sandbox_overrides
from mailroom.sandbox.launcher import Sandbox
from mailroom.sandbox.store import Store


class _Told:
    """A sandbox that was started, as far as settings go."""

    def settings(self) -> dict[str, dict[str, str]]:
        """The settings that lead to it."""
        return {"drive": {"access_token": "made-up"}, "logiqs": {"api_key": "made-up"}}


@pytest.mark.parametrize("name", ["plain", "a?b#c", "100%41 =&", "file:x"])
def test_its_ledger_lies_with_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Also where the real systems have a ledger of their own."""
    monkeypatch.setenv("MAILROOM_LEDGER_URL", f"sqlite:///{tmp_path}/real.sqlite3")
    monkeypatch.setenv("MAILROOM_LEDGER_KEY", "k" * 20)
    state = tmp_path / name
    with open_ledger(load_settings(**sandbox_overrides(cast("Sandbox", _Told()), state))) as ledger:
        ledger.set_fact("a", "b")
    assert list(tmp_path.iterdir()) == [state]
    assert {"ledger.sqlite3", "ledger.key"} <= {path.name for path in state.iterdir()}


def test_the_last_sandboxes_are_kept_and_those_in_use(tmp_path: Path) -> None:
    """A person may look at an old one while more runs come."""
    first, second = _new_state(tmp_path), _new_state(tmp_path)
    store = Store(first)
    newer = [_new_state(tmp_path) for _ in range(2)]
    assert (first.exists(), second.exists()) == (True, True)
    newer.append(_new_state(tmp_path))
    assert sorted(tmp_path.iterdir()) == [first, *newer]
    store.close()
    newer.append(_new_state(tmp_path))
    assert sorted(tmp_path.iterdir()) == newer[1:]
