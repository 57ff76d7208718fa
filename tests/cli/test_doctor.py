"""The doctor's lines on a machine where nothing is configured; no server is started or asked."""

from pathlib import Path

import pytest

from mailroom.cli import doctor
from mailroom.cli.main import main
from mailroom.doctor.lines import ok, wrong
from mailroom.orchestration import deployment_checks, doctor_checks
from mailroom.orchestration.doctor_lines import list_lines


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory and a Prefect home with nothing in them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(doctor, "EphemeralServer", lambda _log: pytest.fail("a server was started"))


def test_the_sandbox_needs_no_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is wrong, and notes say what is used and what the real systems need."""
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "runs on the built-in sandbox" in shown
    assert "note   configuration       The real systems need: MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE" in shown
    assert "Nothing is wrong: 0 wrong, 3 notes" in shown


def test_with_real_one_line_says_that_nothing_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing else: no other line would say more."""
    assert main(["doctor", "--real"]) == 2
    told, remedy, _, _ = capsys.readouterr().out.splitlines()
    assert told.startswith("wrong  target              Drive and Logiqs are not configured")
    assert remedy.strip().startswith("→ Set them in the environment")


def test_with_real_a_setting_is_enough_for_every_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then each part that is missing has its line."""
    monkeypatch.setenv("MAILROOM_DRIVE__INBOX_ID", "1abc")
    lines = list_lines(lambda _target: None, real=True, configured=False)
    assert {"target", "block drive", "configuration"} <= {line.topic for line in lines}


def test_a_test_message_needs_a_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without one nobody could ever be told: exit code 2, after all other checks."""
    monkeypatch.setattr(doctor, "list_lines", lambda *_, **_how: iter([ok("Drive inbox", "can be read")]))
    assert main(["doctor", "--send-test"]) == 2
    assert "wrong  test message        not sent: no Prefect server is configured." in capsys.readouterr().out


@pytest.mark.parametrize("names_real_systems", [False, True])
def test_deployments_that_nothing_runs_are_wrong_everywhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], names_real_systems: bool
) -> None:
    """Also on a machine whose own runs use the sandbox: the exit code is 2, and the line says what to do."""
    look = doctor_checks.ServerLook([ok("Prefect server", "answers")], doctor_checks.Stored())
    lines = [wrong("worker", "No worker polls the pool.", "Start one.")]
    monkeypatch.setattr(doctor, "server_is_configured", lambda: True)
    monkeypatch.setattr(doctor_checks, "look_at_server", lambda **_how: look)
    monkeypatch.setattr(deployment_checks, "check_deployments", lambda _file: iter(lines))
    monkeypatch.setattr(doctor_checks, "check_limits", lambda _settings, answers: iter(()))  # noqa: ARG005
    if names_real_systems:
        # Incomplete, so that nothing is called.
        monkeypatch.setenv("MAILROOM_DRIVE__INBOX_ID", "1abc")
    assert main(["doctor"]) == 2
    assert "wrong  worker              No worker polls the pool." in capsys.readouterr().out
