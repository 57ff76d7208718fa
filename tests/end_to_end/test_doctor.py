"""`python -m mailroom doctor` as a person runs it: each wrong configuration is a line with what to do."""

import contextlib
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailroom.config.target import SANDBOX_LINE
from mailroom.sandbox.launcher import Sandbox
from tests.end_to_end.conftest import Commands, Ended


@pytest.fixture
def checked(commands: Commands, read_only_sandbox: Sandbox) -> Commands:
    """The commands with real systems configured, and no Prefect server."""
    commands.extra = read_only_sandbox.environment()
    return commands


def doctor(commands: Commands, **extra: str) -> Ended:
    """Call it; whatever it finds, nothing but its lines is on the screen."""
    return only_lines(commands.call_doctor(**extra))


def doctor_process(commands: Commands, **extra: str) -> Ended:
    """The same as a process of its own, which has not imported Prefect yet."""
    return only_lines(commands.run("-m", "mailroom", "doctor", **extra))


def only_lines(ended: Ended) -> Ended:
    """The same; nothing but lines of plain text is on its screen."""
    assert ended.clean(), ended.screen
    assert "\x1b" not in ended.screen
    return ended


def lines(ended: Ended, level: str) -> list[str]:
    """The lines of a level."""
    return [line for line in ended.screen.splitlines() if line.startswith(f"{level} ")]


def wrong(ended: Ended) -> str:
    """The one line that is wrong, with its fix."""
    rows = ended.screen.splitlines()
    found = [number for number, row in enumerate(rows) if row.startswith("wrong ")]
    assert len(found) == 1, ended.screen
    assert rows[found[0] + 1].lstrip().startswith("→ "), ended.screen
    assert ended.code == 2
    return f"{rows[found[0]]} {rows[found[0] + 1].strip()}"


def test_all_well(checked: Commands, read_only_sandbox: Sandbox, tmp_path: Path) -> None:
    """Exit code 0; every topic has its line, no secret is shown, nothing is written anywhere."""
    before = read_only_sandbox.state()
    ended = doctor(checked)
    assert ended.code == 0, ended.screen
    assert not lines(ended, "wrong")
    for topic in ("Prefect server", "block drive", "Drive inbox", "Logiqs credential", "scope case.read"):
        assert topic in ended.screen
    for topic in (
        "match service",
        "limit drive-api",
        "ledger",
        "scratch",
        "disk: state",
        "clock",
        "versions",
    ):
        assert topic in ended.screen
    told = read_only_sandbox.environment()
    for name in ("MAILROOM_DRIVE__ACCESS_TOKEN", "MAILROOM_LOGIQS__API_KEY", "MAILROOM_LOGIQS__SECRET_TOKEN"):
        assert told[name] not in ended.screen
        assert f"{name} = a secret, from the environment" in ended.screen
    assert read_only_sandbox.state() == before
    assert not (tmp_path / "state").exists()


def test_nothing_configured(commands: Commands, tmp_path: Path) -> None:
    """The sandbox is used, and a line says what to set for the real systems; nothing is started or made."""
    home = tmp_path / "prefect"
    ended = doctor_process(commands, PREFECT_HOME=str(home))
    assert ended.code == 0
    assert lines(ended, "wrong") == []
    (said,) = (line for line in lines(ended, "note") if "configuration" in line)
    assert "not checked" not in ended.screen
    for what in (
        "The real systems need",
        "MAILROOM_DRIVE__INBOX_ID",
        "MAILROOM_LOGIQS__BASE_URL",
        "MATCH_URL",
    ):
        assert what in said
    assert "MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE" in ended.screen
    assert "starts a temporary one" in ended.screen
    assert not (home / "prefect.db").exists()
    assert not (tmp_path / "state").exists()


def test_on_a_terminal(commands: Commands, tmp_path: Path) -> None:
    """In colour, and the first import of Prefect says nothing of its own there."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "mailroom", "doctor"]
    environment = {**commands.environment, "PREFECT_HOME": str(tmp_path / "new"), "TERM": "xterm"}
    with subprocess.Popen(
        words, cwd=commands.project, env=environment, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        screen = everything(ours)
    os.close(ours)
    assert process.returncode == 0
    assert screen.startswith(f"{SANDBOX_LINE}\r\n\x1b[33mnote"), screen
    assert "anonymous" not in screen


def everything(terminal: int) -> str:
    """What a terminal shows until its other end closes."""
    shown = b""
    # Linux says EIO when it does.
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 65536):
            shown += part
    return shown.decode()


@pytest.mark.parametrize(
    ("set_to", "said"),
    [
        ({"MAILROOM_DRIVE__ACCESS_TOKEN": "made-up"}, "Google Drive rejects the access token"),
        ({"MAILROOM_LOGIQS__API_KEY": "made-up"}, "Logiqs rejects the API key"),
        ({"MAILROOM_DRIVE__SLOTS": "many"}, "MAILROOM_DRIVE__SLOTS (from the environment)"),
        ({"MAILROOM_LEDGER_KEY": "short"}, "MAILROOM_LEDGER_KEY"),
        ({"PREFECT_LOGGING_CONFIG_PATH": "/no/such/file.yml"}, "/no/such/file.yml"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_wrong_setting(checked: Commands, set_to: dict[str, str], said: str) -> None:
    """One line names it; what it holds is not shown where it is a secret."""
    ended = doctor(checked, **set_to)
    assert said in wrong(ended)


def test_a_setting_of_prefects_own(checked: Commands) -> None:
    """Prefect cannot even be imported: its setting is named."""
    ended = doctor_process(checked, PREFECT_CLIENT_MAX_RETRIES="many")
    assert "A setting of Prefect's own" in wrong(ended)


def test_folders_and_their_sharing(checked: Commands, read_only_sandbox: Sandbox) -> None:
    """Shared for reading only, and not shared at all: the account is named."""
    inbox = read_only_sandbox.environment()["MAILROOM_DRIVE__INBOX_ID"]
    read_only_sandbox.share(inbox, "reader")
    assert "mailroom@sandbox.example as Editor" in wrong(doctor(checked))
    read_only_sandbox.share(inbox, "none")
    assert "does not exist or is not shared" in wrong(doctor(checked))


def test_a_missing_scope(checked: Commands, read_only_sandbox: Sandbox) -> None:
    """The line names the scope that is missing."""
    read_only_sandbox.fault("logiqs", "missing_scope", match="activities")
    assert "lacks the scope activity.read" in wrong(doctor(checked))


def test_a_match_url_that_answers_html(checked: Commands, read_only_sandbox: Sandbox) -> None:
    """Another page is there."""
    read_only_sandbox.fault("logiqs", "html", match="match")
    assert "MAILROOM_LOGIQS__MATCH_URL" in wrong(doctor(checked))


def test_the_sandbox_needs_no_configured_prefect_server(commands: Commands) -> None:
    """That it does not answer is a note; what it might store is not asked for without --real."""
    ended = commands.call_doctor(PREFECT_API_URL="http://127.0.0.1:9/api")
    assert ended.screen.startswith(f"{SANDBOX_LINE}\n"), ended.screen
    assert "name no real systems" in lines(ended, "note")[0]
    assert "The sandbox does not need it." in lines(ended, "note")[1]
    assert "Prefect server" not in "".join(lines(ended, "wrong"))
    assert "must answer first; missing" not in ended.screen


def test_a_prefect_server_that_is_not_there(checked: Commands) -> None:
    """One line, soon; the rest is looked at anyway."""
    began = time.monotonic()
    ended = doctor(checked, PREFECT_API_URL="http://127.0.0.1:9/api")
    assert time.monotonic() - began < 15
    assert "does not answer" in wrong(ended)
    assert "Logiqs credential" in ended.screen
