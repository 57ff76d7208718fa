"""`mailroom deploy` without a Prefect server."""

from pathlib import Path

import pytest

from mailroom.cli.main import main
from mailroom.orchestration import deploy, server_checks
from mailroom.orchestration.deploy import Change, Result
from mailroom.orchestration.notifications import PREFIX


def test_one_sentence_says_that_a_server_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """None is configured, or none answers: exit code 2, and nothing else on the screen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mailroom.cli.deploy.prepare_prefect", lambda: None)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    assert main(["deploy"]) == 2
    ended = capsys.readouterr()
    assert ended.out == ""
    assert ended.err.startswith("Cannot start: This command needs a Prefect server, and none is configured.")


@pytest.mark.parametrize("tells", [True, False])
def test_it_says_when_nobody_is_told_of_a_failed_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tells: bool
) -> None:
    """In one line, with how to set it up, below what was created."""
    result: Result = "created" if tells else "removed"
    changes = [
        Change("work pool", "mailroom", "created"),
        Change("automation", f"{PREFIX}a run failed", result),
    ]
    monkeypatch.setattr("mailroom.cli.deploy.prepare_prefect", lambda: None)
    monkeypatch.setattr(server_checks, "require_prefect_server", lambda: None)
    monkeypatch.setattr(deploy, "set_up_server", lambda: iter(changes))
    assert main(["deploy"]) == 0
    shown = capsys.readouterr().out
    assert f"{result:<12}automation  mailroom: tell that a run failed" in shown
    assert ("Nobody is told when a run fails" in shown) is not tells
