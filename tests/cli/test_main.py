"""`mailroom` and `python -m mailroom`: one line for what is wrong, and nothing imported that is not
needed.
"""

import subprocess
import sys
from importlib.metadata import entry_points, version

import pytest

from mailroom.cli import extract as extract_command
from mailroom.cli.main import app, main
from mailroom.errors import ConfigError, MailroomError, RunStop

COMMANDS = {
    "cases",
    "deadlines",
    "deploy",
    "doctor",
    "extract",
    "file",
    "keys",
    "ledger",
    "purge",
    "reconcile",
    "retract",
    "retry",
    "review",
    "sandbox",
}


def test_a_console_script_and_a_module_are_the_same() -> None:
    """As the documentation names both."""
    [script] = entry_points(group="console_scripts", name="mailroom")
    assert script.load() is main


@pytest.mark.parametrize("words", [["--help"], ["extract", "--help"], ["keys", "--help"]])
def test_help_is_shown(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every command has its words."""
    assert main(words) == 0
    shown = capsys.readouterr().out
    if words == ["--help"]:
        assert {
            line.split()[0] for line in shown.splitlines() if line.startswith("  ") and line.split()
        } >= COMMANDS
    names = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    assert names | {group.name for group in app.registered_groups} == COMMANDS
    assert all(command.help for command in app.registered_commands)


@pytest.mark.parametrize("words", [["nothing"], [], ["keys"], ["extract", "--nothing"]])
def test_unknown_words_end_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With how the command is used."""
    assert main(words) == 2
    assert "Usage: mailroom" in capsys.readouterr().err


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing else is asked for."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mailroom {version('mailroom')}\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            ConfigError("x", what="It is wrong.", fix="Correct it."),
            2,
            "Cannot start: It is wrong. Correct it.\n",
        ),
        (
            RunStop("ledger_full", what="The disk is full.", fix="Make room."),
            1,
            "Stopped: The disk is full. Make room.\n",
        ),
    ],
)
def test_what_ends_a_command_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: MailroomError,
    code: int,
    said: str,
) -> None:
    """A wrong configuration, a full disk under the ledger: no traceback."""

    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr(extract_command, "run_extract", fail)
    assert main(["extract", "a.pdf", "--jsonl", "-"]) == code
    assert capsys.readouterr().err == said


def test_help_does_not_import_prefect() -> None:
    """Nor does any command before it is called."""
    code = "import sys; from mailroom.cli.main import main; main(['--help']); print('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
