"""The question before a ledger's first real run: only a person in a terminal is asked, and only once."""

import io
import signal
import sys
from pathlib import Path

import pytest
from rich.console import Console

from mailroom.cli.signals import Interrupted, Signals
from mailroom.cli.target_line import confirm_first_run
from mailroom.config.settings import load_settings
from mailroom.config.target import Target
from mailroom.ledger import open_ledger
from tests.ledger.conftest import listed


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """The real systems, with a ledger that does not exist yet."""
    return Target("real", load_settings(state_dir=tmp_path / "state"), ("inbox",))


def ask(
    monkeypatch: pytest.MonkeyPatch, target: Target, typed: str, *, terminal: bool = True
) -> tuple[bool, str]:
    """Whether the run may begin, and what was shown."""
    shown = io.StringIO()
    keyboard = io.StringIO(typed)
    monkeypatch.setattr(keyboard, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdin", keyboard)
    return confirm_first_run(target, Console(file=shown, force_terminal=terminal)), shown.getvalue()


@pytest.mark.parametrize(("typed", "begins"), [("y\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_a_person_is_asked_before_the_first_run(
    monkeypatch: pytest.MonkeyPatch, target: Target, typed: str, begins: bool
) -> None:
    """Anything but yes is no, the end of the input too; no ledger is made for the question."""
    answer, shown = ask(monkeypatch, target, typed)
    assert answer is begins
    assert "first real run" in shown
    assert not target.settings.state_dir.exists()


def test_nobody_is_asked_where_no_person_is(monkeypatch: pytest.MonkeyPatch, target: Target) -> None:
    """In a pipe, under a scheduler; on the sandbox."""
    assert ask(monkeypatch, target, "", terminal=False) == (True, "")
    assert ask(monkeypatch, Target("sandbox", target.settings), "") == (True, "")


def test_a_ledger_that_knows_files_is_not_new(monkeypatch: pytest.MonkeyPatch, target: Target) -> None:
    """One that was made, and knows no file yet, is."""
    with open_ledger(target.settings) as ledger:
        assert ask(monkeypatch, target, "n\n")[0] is False
        listed(ledger, 1)
    assert ask(monkeypatch, target, "") == (True, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_question(
    monkeypatch: pytest.MonkeyPatch, target: Target, number: signal.Signals
) -> None:
    """Elsewhere a signal is only noted; the handlers come back afterwards."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    signals = Signals()
    signals.install()
    noting = signal.getsignal(number)

    class Keyboard(io.StringIO):
        """A signal comes instead of an answer."""

        def isatty(self) -> bool:
            """Say that it is a terminal."""
            return True

        def readline(self, *_: object) -> str:  # type: ignore[override]
            """The signal comes while it is read."""
            signal.raise_signal(number)
            return "y\n"

    monkeypatch.setattr(sys, "stdin", Keyboard())
    try:
        with pytest.raises(Interrupted), signals.ending_a_question():
            confirm_first_run(target, Console(file=io.StringIO(), force_terminal=True))
        assert signals.exit_code == 128 + number
        assert signal.getsignal(number) == noting
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
