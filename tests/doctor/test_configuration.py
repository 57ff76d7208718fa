"""The source of each setting and the missing settings are shown, and no secret."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mailroom.config.settings import load_settings
from mailroom.config.sources import Sources
from mailroom.doctor.configuration import check_configuration, check_dotenv, format_value
from mailroom.doctor.lines import Line

DRIVE = {"access_token": SecretStr("made-up-token")}
LOGIQS = {
    "base_url": "https://tenant.example/publicapi/V4/",
    "api_key": SecretStr("made-up-key"),
    "secret_token": SecretStr("made-up-secret"),
    "match_url": "https://person:made-up-word@match.example/find?key=made-up-query",
}


@pytest.fixture(autouse=True)
def empty_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A working directory without ``.env``."""
    monkeypatch.chdir(tmp_path)


def found(sources: Sources, **how: Any) -> list[Line]:
    """The lines for settings read from these sources."""
    return list(check_configuration(load_settings(blocks=sources.merge()), sources, **how))


def test_each_value_is_shown_with_its_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment, .env, a block and a variable, the strongest one where several have a value."""
    monkeypatch.setenv("MAILROOM_BATCH_SIZE", "7")
    (tmp_path / ".env").write_text("MAILROOM_BATCH_SIZE=8\nMAILROOM_RETRIES=1\n")
    sources = Sources({"drive": DRIVE, "logiqs": LOGIQS}, {"drive": {"inbox_id": "1abc"}, "retries": "5"})
    lines = found(sources)
    said = [line.words for line in lines]
    assert "MAILROOM_BATCH_SIZE = 7, from the environment" in said
    assert "MAILROOM_RETRIES = 1, from .env" in said
    assert "MAILROOM_DRIVE__ACCESS_TOKEN = a secret, from a Prefect block" in said
    assert "MAILROOM_DRIVE__INBOX_ID = 1abc, from a Prefect variable" in said
    assert {line.level for line in lines} == {"ok"}
    assert "made-up" not in str(lines)


def test_an_unused_credential_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The credential of the environment takes precedence over the block's, whatever its kind."""
    monkeypatch.setenv("MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE", "/etc/key.json")
    lines = found(Sources({"drive": DRIVE}))
    line = next(line for line in lines if "ACCESS_TOKEN" in line.words)
    assert (line.level, "is not used" in line.words) == ("note", True)


def test_nothing_configured_is_wrong() -> None:
    """It says so, and what to set up."""
    lines = found(Sources())
    assert [line.level for line in lines] == ["ok", "wrong"]
    assert "are not configured" in lines[1].words
    assert "MAILROOM_DRIVE__INBOX_ID" in lines[1].words
    assert "MAILROOM_LOGIQS__MATCH_URL" in lines[1].words
    assert "google-drive-credentials/mailroom" in lines[1].fix


def test_missing_settings_are_named() -> None:
    """Each setting that a real run lacks."""
    last = found(Sources({"drive": DRIVE}))[-1]
    assert last.level == "wrong"
    assert "MAILROOM_LOGIQS__BASE_URL" in last.words
    assert "SERVICE_ACCOUNT_FILE" not in last.words


@pytest.mark.parametrize(
    ("sources", "said"),
    [(Sources(), "all settings of Drive and Logiqs"), (Sources({"drive": DRIVE}), "LOGIQS__API_KEY")],
)
def test_unread_settings_are_not_called_missing(sources: Sources, said: str) -> None:
    """If a Prefect server does not answer, what it stores is unknown."""
    last = found(sources, all_read=False)[-1]
    assert last.level == "note"
    assert "the Prefect server must answer first" in last.words
    assert said in last.words


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "ledger_url",
            "postgresql://mail:made-up@db.example:5/x?a=b",
            "postgresql://mail:***@db.example:5/x",
        ),
        ("ledger_url", "no url", "not a valid SQLAlchemy URL"),
        ("match_url", LOGIQS["match_url"], "https://match.example/find?…"),
        ("match_url", "https://match.example:99/x", "https://match.example:99/x"),
        ("match_url", "https://[/made-up", "not a valid address"),
        ("api_key", SecretStr("made-up"), "a secret"),
        ("match_url", None, "empty"),
        ("letter_types", ["CP2000"], "['CP2000']"),
    ],
)
def test_values_are_shown_without_secrets(name: str, value: object, said: str) -> None:
    """Passwords in addresses and queries are secrets too."""
    assert format_value(name, value) == said


@pytest.mark.parametrize(("mode", "said"), [(0o600, 0), (0o400, 0), (0o644, 1), (0o620, 1)])
def test_a_dotenv_that_others_can_read_is_noticed(tmp_path: Path, mode: int, said: int) -> None:
    """It may hold keys; the line has the command that closes it."""
    (tmp_path / ".env").write_text("MAILROOM_RETRIES=1\n")
    (tmp_path / ".env").chmod(mode)
    lines = list(check_dotenv())
    assert [line.level for line in lines] == ["note"] * said
    assert all(line.fix == f"Run: chmod 600 {tmp_path / '.env'}" for line in lines)
    (tmp_path / ".env").unlink()
