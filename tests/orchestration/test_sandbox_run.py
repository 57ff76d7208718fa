"""The sandbox of a run: its settings lead to its own ledger, wherever its state lies."""

from pathlib import Path
from typing import cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.ledger import open_ledger
from mailroom.orchestration.sandbox_run import sandbox_overrides
from mailroom.sandbox.launcher import Sandbox


class _Told:
    """A sandbox that was started, as far as settings go."""

    def settings(self) -> dict[str, dict[str, str]]:
        """Where it is."""
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
