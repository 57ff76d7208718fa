"""What is wrong is said in one line with what to do, and in the exit code."""

import socket
import time
from pathlib import Path

import pytest

from mailroom import circuit_breaker
from mailroom.sandbox.launcher import Sandbox
from tests.end_to_end.conftest import Commands
from tests.end_to_end.test_real_systems import filed_once
from tests.sandbox_thread import SandboxThread


@pytest.mark.parametrize("words", [("--inbox", "Oakley, Martin"), ("--inbox", "ab"), ("--limit", "200000")])
def test_wrong_arguments_are_not_shown_or_kept(commands: Commands, words: tuple[str, str]) -> None:
    """A folder's name may be a client's: it is refused before Prefect is started."""
    ended = commands.call_daily(*words)
    assert ended.code == 2
    assert "Oakley" not in ended.screen
    assert "Traceback" not in ended.screen


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"MAILROOM_DRIVE__ACCESS_TOKEN": "made-up"}, "credential"),
        ({"MAILROOM_DRIVE__INBOX_ID": "no-such-folder"}, "folder"),
        ({"MAILROOM_LOGIQS__SECRET_TOKEN": "made-up"}, "Logiqs rejects the API key"),
        ({"MAILROOM_LOGIQS__MATCH_URL": ""}, "MAILROOM_LOGIQS__MATCH_URL"),
        ({"MAILROOM_DRIVE__SLOTS": "many"}, "MAILROOM_DRIVE__SLOTS (from the environment)"),
        ({"MAILROOM_DRIVE__INBOX": "made-up"}, "Did you mean MAILROOM_DRIVE__INBOX_ID?"),
        ({"MAILROOM_LEDGER_KEY": "short"}, "MAILROOM_LEDGER_KEY"),
        ({"MAILROOM_LEDGER_URL": "no url"}, "MAILROOM_LEDGER_URL"),
        ({"MAILROOM_SCRATCH_DIR": "/no/such/place"}, "MAILROOM_SCRATCH_DIR"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_wrong_setting_ends_with_2(checked: Commands, wrong: dict[str, str], said: str) -> None:
    """One line names it and says what to do."""
    ended = checked.call_daily(**wrong)
    assert ended.code == 2, ended.screen
    assert ended.clean(), ended.screen
    assert said in ended.screen
    assert "Cannot start" in ended.screen


def test_a_wrong_setting_ends_the_process_with_2(real: Commands) -> None:
    """The same of a command that a person starts: the exit code, and nothing on the screen but the line."""
    ended = real.daily(MAILROOM_DRIVE__ACCESS_TOKEN="made-up")
    assert ended.code == 2, ended.screen
    assert ended.clean(), ended.screen
    assert "Cannot start" in ended.screen


def test_an_unknown_folder_names_the_account(checked: Commands) -> None:
    """Whoever has to share the folder is told with whom."""
    ended = checked.call_daily("--inbox", "no-such-folder")
    assert ended.code == 2
    assert "share" in ended.screen.lower()


def test_a_host_that_does_not_answer_leaves_all_for_later(
    checked: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing listens at the CRM's address: exit code 3, a line that says so, nothing lost."""
    monkeypatch.setattr(circuit_breaker, "PATIENCE_SECONDS", 2.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ended = checked.call_daily(MAILROOM_LOGIQS__BASE_URL=f"http://127.0.0.1:{port}/publicapi/V4/")
    assert ended.code == 3, ended.screen
    assert ended.clean(), ended.screen
    assert "Logiqs has been down for" in ended.screen


def test_an_empty_inbox_is_a_good_day(commands: Commands, prefect_api: str, tmp_path: Path) -> None:
    """Nothing to do: exit code 0, and a line that says so."""
    with SandboxThread.start(tmp_path / "empty") as sandbox:
        commands.extra = {**sandbox.environment(), "PREFECT_API_URL": prefect_api}
        ended = commands.call_daily()
    assert (ended.code, ended.report["listed"]) == (0, 0), ended.screen
    assert "no new PDFs in the inbox" in ended.screen


@pytest.mark.parametrize(
    "words",
    [
        ["--limit", "0"],
        ["--since", "yesterday"],
        ["--what"],
        ["--files", "/no/such/folder"],
        ["--cases", "/no/file"],
        ["--cases", "pyproject.toml"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_end_with_2(commands: Commands, words: list[str]) -> None:
    """They are refused before anything is begun: a sandbox that is kept would make room for an empty one."""
    ended = commands.call_daily(*words)
    assert ended.code == 2, ended.screen
    assert ended.clean(), ended.screen
    assert not (commands.place / "state" / "mailroom" / "sandbox").exists()


@pytest.mark.parametrize("option", ["--report-json", "--log-file"])
def test_a_file_that_cannot_be_written_is_found_out_first(commands: Commands, option: str) -> None:
    """A report or log that cannot be written is known before the day's work, not after it."""
    ended = commands.call_daily(option, "/no/such/folder/file")
    assert ended.code == 2, ended.screen
    assert option in ended.screen


def test_a_prefect_server_that_is_not_there(checked: Commands) -> None:
    """The address of a server is set and nothing listens: exit code 2, and what to do, without a long
    wait.
    """
    began = time.monotonic()
    ended = checked.call_daily(PREFECT_API_URL="http://127.0.0.1:9/api")
    assert ended.code == 2, ended.screen
    assert ended.clean(), ended.screen
    assert "PREFECT_API_URL" in ended.screen
    assert time.monotonic() - began < 40


def test_a_setting_that_prefect_cannot_use(real: Commands) -> None:
    """Prefect cannot even be imported: its setting is named, and no traceback shown."""
    ended = real.daily(PREFECT_API_URL="http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES="many")
    assert ended.code == 2, ended.screen
    assert "Traceback" not in ended.screen
    assert "A setting of Prefect's own (PREFECT_…) cannot be used: max_retries" in ended.screen


@pytest.mark.parametrize("words", ["-m mailroom purge --older-than 90d", "flows/serve.py"])
def test_a_setting_of_a_prefect_profile_that_prefect_cannot_use(
    commands: Commands, tmp_path: Path, words: str
) -> None:
    """Prefect would print the whole error when it is imported."""
    (tmp_path / "profiles.toml").write_text(
        'active = "firm"\n[profiles.firm]\n'
        'PREFECT_API_URL = "http://127.0.0.1:9/api"\nPREFECT_CLIENT_MAX_RETRIES = "many"\n'
    )
    ended = commands.run(*words.split(), PREFECT_HOME=str(tmp_path))
    assert ended.code == 2, ended.screen
    assert len(ended.screen.splitlines()) == 1, ended.screen
    assert ended.screen.startswith("Cannot start: A setting of Prefect's own (PREFECT_…) cannot be used: max")


def test_an_inbox_for_reading_only_ends_before_anything_is_filed(
    checked: Commands, read_only_sandbox: Sandbox
) -> None:
    """Otherwise a whole day's documents would be filed, and every file stay where it is."""
    read_only_sandbox.share(read_only_sandbox.settings()["drive"]["inbox_id"], "reader")
    ended = checked.call_daily()
    assert ended.code == 2, ended.screen
    assert ended.clean(), ended.screen
    assert "Cannot start: The Drive folder" in ended.screen
    assert "read-only" in ended.screen
    assert read_only_sandbox.state()["documents"] == []


def test_a_scope_for_writing_that_is_missing_stops_the_run(served: Commands, sandbox: Sandbox) -> None:
    """Documents are filed, their tasks refused: one line names the scope; once it is there, the rest is
    done.
    """
    sandbox.fault("logiqs", "missing_scope", match="task")
    ended = served.call_daily()
    assert ended.code == 1, ended.screen
    assert ended.clean(), ended.screen
    assert "Cannot continue: The Logiqs API key lacks the scope task.write." in ended.screen
    assert (ended.report["matched"], ended.report["failed"]) == (0, 0)
    state = sandbox.state()
    assert state["documents"]
    assert not state["tasks"]
    sandbox.behave("logiqs", clear=True)
    again = served.call_daily()
    assert again.code == 0, again.screen
    assert again.report["tasks_created"] == filed_once(sandbox)
    assert again.report["uploaded"] == again.report["tasks_created"] - len(state["documents"])
