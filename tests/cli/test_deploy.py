"""`mailroom deploy` without a Prefect server."""

from pathlib import Path

import pytest

from mailroom.cli.main import main


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
