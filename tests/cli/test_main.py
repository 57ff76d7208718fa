"""`python -m mailroom`: commands of the core, and those that others add by entry points."""

import argparse
import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pytest

from mailroom import __main__ as commands
from mailroom.errors import ConfigError, RunStop
from mailroom.notices import extract_command


class Added:
    """An entry point whose command notes what it is called with."""

    name = "added"

    def __init__(self) -> None:
        self.loaded = 0
        self.called: list[argparse.Namespace] = []

    def load(self) -> Any:
        """Import it: a module in miniature."""
        self.loaded += 1
        return self

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """One option."""
        parser.add_argument("--word")

    def run(self, args: argparse.Namespace) -> int:
        """Note it."""
        self.called.append(args)
        return 7


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Added:
    """One command is added to those of the core."""
    one = Added()
    monkeypatch.setattr(commands, "entry_points", lambda **_: [one])
    return one


def test_an_added_command_is_run_with_its_arguments(added: Added) -> None:
    """As one of the core: its exit code comes back."""
    assert commands.main(["added", "--word", "x"]) == 7
    assert added.called[0].word == "x"


@pytest.mark.parametrize("words", [["--help"], ["extract", "--help"], ["nothing"]])
def test_it_is_imported_only_when_it_is_called(
    added: Added, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Help names it, and nobody else pays for its import."""
    with pytest.raises(SystemExit):
        commands.main(words)
    assert added.loaded == 0
    shown = capsys.readouterr()
    assert ("added" in shown.out + shown.err) == (words != ["extract", "--help"])


def test_a_wrong_configuration_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And exit code 2."""

    def refused(_args: argparse.Namespace) -> int:
        raise ConfigError("x", what="It is wrong.", mend="Mend it.")

    monkeypatch.setattr(extract_command, "run", refused)
    assert commands.main(["extract", "a.pdf", "--jsonl", "-"]) == 2
    assert capsys.readouterr().err == "Cannot start: It is wrong. Mend it.\n"


def test_what_stops_a_command_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk under the ledger, for one: no traceback."""

    def stopped(_args: argparse.Namespace) -> int:
        raise RunStop("ledger_full", what="The disk is full.", mend="Make room.")

    monkeypatch.setattr(extract_command, "run", stopped)
    assert commands.main(["extract", "a.pdf", "--jsonl", "-"]) == 1
    assert capsys.readouterr().err == "Stopped: The disk is full. Make room.\n"


def test_every_command_has_its_words() -> None:
    """Those of this project's entry points too."""
    found = {entry.name: entry for entry in entry_points(group=commands.GROUP)}
    assert set(commands.WORDS) == {*commands.CORE, *found}
    assert all(isinstance(entry, EntryPoint) for entry in found.values())


def test_the_core_does_not_import_prefect() -> None:
    """`extract` and `sandbox` start without it."""
    code = "import sys; from mailroom.__main__ import _parsed; _parsed(['sandbox']); print('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.strip() == "False"
