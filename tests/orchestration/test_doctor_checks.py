"""What the doctor finds on a Prefect server: it, its database, blocks, limits, and the logging settings."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import prefect
import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_LOGGING_SETTINGS_PATH,
    get_current_settings,
    temporary_settings,
)
from prefect.variables import Variable
from pydantic import SecretStr

from blocks import GoogleDriveCredentials, LogiqsCredentials
from blocks.google_drive import AccessToken
from mailroom.config.settings import load_settings
from mailroom.doctor.lines import Line
from mailroom.errors import ConfigError
from mailroom.orchestration.doctor_checks import (
    NO_SERVER,
    Stored,
    check_blocks,
    check_limits,
    check_logging,
    database_kind,
    look_at_server,
)
from mailroom.orchestration.slots import ensure_limits
from tests.orchestration.test_server_checks import answering_server

LOGIQS: dict[str, Any] = {
    "base_url": "https://tenant.example/V4/",
    "api_key": "made-up",
    "secret_token": "made-up",
}


def levels(lines: Iterator[Line]) -> list[str]:
    """How the lines are."""
    return [line.level for line in lines]


def test_without_a_server_none_is_started() -> None:
    """It says what a local run does; what a file says to another profile is noticed."""
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        look = look_at_server(file_names_one=False)
        other = look_at_server(file_names_one=True)
    assert [line.level for line in look.lines] == ["note", "note"]
    assert "temporary one" in look.lines[0].words
    assert "not for the active profile" in other.lines[0].words
    assert look.stored is None


@pytest.mark.parametrize(("version", "status"), [(b'"2.20.1"', 200), (b"", 500), (b"<html>", 200)])
def test_a_server_that_does_not_go_is_one_wrong_line(version: bytes, status: int) -> None:
    """Too old, ill, or another program; what it holds stays unknown."""
    with answering_server(version, status) as address, temporary_settings({PREFECT_API_URL: address}):
        look = look_at_server(file_names_one=True)
    assert [line.level for line in look.lines] == ["wrong", "note"]
    assert address in look.lines[0].words
    assert look.lines[0].fix
    assert look.stored is None


def test_a_server_that_cannot_tell_the_rest_is_wrong() -> None:
    """It tells its version, and knows no blocks."""
    told = json.dumps(prefect.__version__).encode()
    with answering_server(told) as address, temporary_settings({PREFECT_API_URL: address}):
        look = look_at_server(file_names_one=True)
        assert look.lines[0].level == "wrong"
        limits = list(check_limits(load_settings(), answers=True))
    assert {line.level for line in limits} == {"note"}


@pytest.mark.usefixtures("prefect_server")
def test_a_server_that_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its version and database are told; the blocks and variables that it holds are sources of settings."""
    GoogleDriveCredentials(credential=AccessToken(access_token=SecretStr("made-up"))).save(
        "mailroom", overwrite=True
    )
    Variable.set("mailroom_batch_size", "7", overwrite=True)
    Secret(value="made-up-key-0123456789").save("mailroom-ledger-key", overwrite=True)
    look = look_at_server(file_names_one=True)
    assert [line.level for line in look.lines] == ["ok", "note"]
    assert f"version {look.version}" in look.lines[0].words
    assert "SQLite: acquiring a slot may take seconds" in look.lines[1].words
    assert look.stored is not None
    settings = load_settings(blocks=look.stored.sources.merge())
    assert (settings.batch_size, settings.drive.has_credential) == (7, True)
    assert settings.ledger_key is not None
    lines = list(check_blocks(look.stored, settings, named=True))
    assert [line.level for line in lines] == ["ok", "wrong", "ok"]
    assert "secret/mailroom-ledger-key exists" in lines[2].words
    monkeypatch.setenv("MAILROOM_LOGIQS__BASE_URL", LOGIQS["base_url"])
    monkeypatch.setenv("MAILROOM_LOGIQS__API_KEY", "made-up")
    monkeypatch.setenv("MAILROOM_LOGIQS__SECRET_TOKEN", "made-up")
    settings = load_settings(blocks=look.stored.sources.merge())
    assert levels(check_blocks(look.stored, settings, named=True)) == ["ok", "note", "ok"]


@pytest.mark.usefixtures("prefect_server")
def test_what_a_server_holds_may_be_unusable() -> None:
    """A block with an empty field, a variable that is not a setting: named, and the rest is read."""
    LogiqsCredentials(**LOGIQS).save("mailroom", overwrite=True)
    Variable.set("mailroom_bach_size", "7")
    Secret(value=1234567890123456).save("mailroom-ledger-key", overwrite=True)
    with get_client(sync_client=True) as client:
        document = client.read_block_document_by_name("mailroom", "logiqs-credentials")
        from prefect.client.schemas.actions import BlockDocumentUpdate  # noqa: PLC0415 - this test alone

        update = BlockDocumentUpdate(data={**document.data, "api_key": ""}, merge_existing_data=False)
        client.update_block_document(document.id, update)
    look = look_at_server(file_names_one=True)
    assert look.stored is not None
    lines = list(check_blocks(look.stored, None, named=True))
    assert [line.level for line in lines[1:]] == ["wrong", "wrong", "wrong"]
    assert "api_key is empty" in lines[1].words
    assert "secret/mailroom-ledger-key cannot be used" in lines[2].words
    assert "mailroom_bach_size" in lines[3].words
    Variable.unset("mailroom_bach_size")


def test_blocks_that_could_not_be_read() -> None:
    """For want of a server, or since it does not answer."""
    without = list(check_blocks(None, None, named=False))
    silent = list(check_blocks(None, None, named=True))
    assert all(NO_SERVER in line.words for line in without)
    assert all("must answer first" in line.words for line in silent)
    assert levels(iter([*without, *silent])) == ["note"] * 4


def test_a_missing_block_without_settings_is_wrong() -> None:
    """What else is set is not known then."""
    lines = check_blocks(Stored(blocks={"drive": {}, "logiqs": {}}), None, named=True)
    assert [line.level for line in lines] == ["wrong", "wrong"]


@pytest.mark.usefixtures("prefect_server")
def test_limits_are_looked_at_and_not_changed() -> None:
    """Missing, as set, of another size, switched off."""
    settings = load_settings()
    name = "tag:drive-api"
    assert levels(check_limits(settings, answers=True)) == ["note", "note"]
    ensure_limits(settings)
    with get_client(sync_client=True) as client:
        client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active_slots=2))
        lines = list(check_limits(settings, answers=True))
        assert levels(iter(lines)) == ["ok", "ok"]
        assert "2 of them in use" in lines[0].words
        settings.drive.slots = 3
        lines = list(check_limits(settings, answers=True))
        assert "corrects it" in lines[0].words
        client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active=False))
        assert levels(check_limits(settings, answers=True)) == ["wrong", "ok"]
        found = client.read_global_concurrency_limit_by_name(name)
    assert (found.limit, found.active_slots, found.active) == (5, 2, False)
    assert levels(check_limits(settings, answers=False)) == ["note", "note"]


@pytest.mark.parametrize(
    ("known", "kind"), [({"Secret", "S\\ecret"}, "PostgreSQL"), ({"Secret"}, "SQLite"), (set(), None)]
)
def test_databases_are_distinguished_by_their_search(known: set[str], kind: str | None) -> None:
    """PostgreSQL takes a backslash for an escape, SQLite for a letter; without block types nobody knows."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            # The client asks for a CSRF token, which this server does without.
            return httpx.Response(404)
        like = json.loads(request.content)["block_types"]["name"]["like_"]
        return httpx.Response(200, json=[{"name": like}] if like in known else [])

    transport = httpx.MockTransport(answer)
    with SyncPrefectClient("http://server.example/api", httpx_settings={"transport": transport}) as client:
        assert database_kind(client) == kind


@pytest.mark.usefixtures("prefect_server")
def test_sqlite_is_told_by_a_real_server() -> None:
    """The search that tells it is one of Prefect's own."""
    with get_client(sync_client=True) as client:
        assert database_kind(client) == "SQLite"


def test_logging_settings(project: Path, tmp_path: Path) -> None:
    """The project's, a copy, none, one that is not there, one that redacts nothing, another that does."""
    ours = project / "flows" / "logging.yml"
    found: dict[str, str] = {}
    copy, other, redacting = tmp_path / "copy.yml", tmp_path / "other.yml", tmp_path / "redacting.yml"
    copy.write_text(ours.read_text())
    other.write_text("version: 1")
    redacting.write_text("version: 1 # mailroom.privacy.redaction.formatter.RedactingFormatter")
    for path in (ours, copy, tmp_path / "none.yml", other, redacting):
        with temporary_settings({PREFECT_LOGGING_SETTINGS_PATH: path}):
            found[path.name] = check_logging(ours).level
    assert found == {
        "logging.yml": "ok",
        "copy.yml": "ok",
        "none.yml": "wrong",
        "other.yml": "wrong",
        "redacting.yml": "note",
    }
    unset = get_current_settings().home / "logging.yml"
    with temporary_settings({PREFECT_LOGGING_SETTINGS_PATH: unset}):
        line = check_logging(ours)
    assert (line.level, str(ours) in line.fix) == ("note", True)


def test_a_fault_of_a_block_is_a_line() -> None:
    """What is wrong, and what to do."""
    fault = ConfigError("block_unusable", what="It cannot be used.", fix="Correct it.")
    stored = Stored(blocks={"logiqs": LOGIQS}, faults={"drive": fault})
    drive, logiqs = check_blocks(stored, None, named=True)
    assert (drive.level, drive.words, drive.fix) == ("wrong", "It cannot be used.", "Correct it.")
    assert logiqs.level == "ok"
