"""Settings: which source wins, what is refused and how, and when the real systems are configured."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from mailroom.config import settings as settings_module
from mailroom.config.settings import (
    default_state_dir,
    environment_sources,
    load_settings,
    missing_for_real_systems,
)
from mailroom.errors import ConfigError
from mailroom.notices.vocabulary.letter_types import BY_NAME, choose_filed_types

REAL = {
    "MAILROOM_DRIVE__ACCESS_TOKEN": "made-up-token",
    "MAILROOM_DRIVE__INBOX_ID": "inbox",
    "MAILROOM_LOGIQS__BASE_URL": "https://tenant.example/publicapi/V4",
    "MAILROOM_LOGIQS__API_KEY": "made-up-key",
    "MAILROOM_LOGIQS__SECRET_TOKEN": "made-up-secret",
    "MAILROOM_LOGIQS__MATCH_URL": "https://match.example/find",
}


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine's own, and a working directory without ``.env``."""
    for name in [name for name in os.environ if name.upper().startswith("MAILROOM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings_module, "HOME", tmp_path / "none")


def test_defaults_are_those_of_the_readme() -> None:
    """With nothing set, quota, slots, batch size and retries are as documented."""
    settings = load_settings()
    assert (settings.drive.calls_per_second, settings.drive.slots, settings.drive.share) == (10, 5, 2)
    assert (settings.drive.page_size, settings.drive.chunk_bytes) == (100, 1_048_576)
    assert (settings.batch_size, settings.retries, settings.retry_delay) == (100, 3, 2)
    assert choose_filed_types(settings.letter_types) == set(BY_NAME)
    assert missing_for_real_systems(settings) is None


def test_environment_beats_dotenv_beats_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The nearer a source is to the person, the more it counts."""
    (tmp_path / ".env").write_text("MAILROOM_DRIVE__INBOX_ID=dotenv\nMAILROOM_DRIVE__SUBJECT=dotenv\n")
    monkeypatch.setenv("MAILROOM_DRIVE__INBOX_ID", "environment")
    blocks = {"drive": {"inbox_id": "block", "subject": "block", "access_token": SecretStr("block")}}
    drive = load_settings(blocks=blocks).drive
    assert (drive.inbox_id, drive.subject) == ("environment", "dotenv")
    assert drive.access_token is not None
    assert drive.access_token.get_secret_value() == "block"


def test_command_line_beats_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command line hands in wins over the environment."""
    monkeypatch.setenv("MAILROOM_DRIVE__INBOX_ID", "environment")
    assert load_settings(drive={"inbox_id": "asked for"}).drive.inbox_id == "asked for"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAILROOM_DRIVE__SLOTS", "zero"),
        ("MAILROOM_DRIVE__SLOTS", "0"),
        ("MAILROOM_LOGIQS__BASE_URL", "tenant.example"),
        ("MAILROOM_LOGIQS__BASE_URL", "https:///publicapi/V4/"),
        ("MAILROOM_LOGIQS__BASE_URL", "https://[tenant.example/"),
        ("MAILROOM_LOGIQS__BASE_URL", "https://tenant.example/publicapi/V4/?key=x"),
        ("MAILROOM_LOGIQS__BASE_URL", "http://[bad/"),
        ("MAILROOM_LOGIQS__BASE_URL", "http://tenant.example/publicapi/V4/"),
        ("MAILROOM_DRIVE__ROOT_URL", "http://192.0.2.7/"),
        ("MAILROOM_LOGIQS__BASE_URL", "https://tenant..example/"),
        ("MAILROOM_LOGIQS__BASE_URL", "https://tenant.example:port/"),
        ("MAILROOM_LOGIQS__BASE_URL", "https://tenant.example/\x7f"),
        ("MAILROOM_DRIVE__ROOT_URL", "http://127.0.0.1:99999/"),
        ("MAILROOM_DRIVE__ROOT_URL", "http://127.0.0.1:0/"),
        ("MAILROOM_DRIVE__ACCESS_TOKEN", "made-up\ntoken"),
        ("MAILROOM_DRIVE__ACCESS_TOKEN", "made up"),
        ("MAILROOM_LOGIQS__API_KEY", "clé→"),
        ("MAILROOM_LOGIQS__SECRET_TOKEN", "made-up\x01"),
        ("MAILROOM_LOGIQS__MATCH_API_KEY", "“made-up”"),
        ("MAILROOM_LOGIQS__MATCH_URL", "ftp://match.example"),
        ("MAILROOM_LOGIQS__MATCH_URL", "https://match.example/a b"),
        ("MAILROOM_BATCH_SIZE", "-1"),
        ("MAILROOM_TASK_USER_IDS", "7;8"),
        ("MAILROOM_DISPATCH", "carrier-pigeon"),
    ],
)
def test_a_malformed_value_is_named_with_its_source(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The message names the setting and the environment, and does not show the value."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as refused:
        load_settings()
    assert f"{name} (from the environment)" in str(refused.value)
    assert value not in str(refused.value) or value in {"0", "-1"}


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000/", "http://[::1]/", "http://localhost/", "https://tenant.example/"]
)
def test_unencrypted_addresses_are_for_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """What is sent to a server here crosses no network."""
    monkeypatch.setenv("MAILROOM_LOGIQS__BASE_URL", address)
    assert load_settings().logiqs.base_url == address


def test_dotenv_beside_the_readme_counts_wherever_a_run_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A scheduler may start it in another folder; a file in that folder takes precedence."""
    monkeypatch.setattr(settings_module, "HOME", tmp_path / "project")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".env").write_text("MAILROOM_DRIVE__INBOX_ID=project\n")
    assert load_settings().drive.inbox_id == "project"
    (tmp_path / ".env").write_text("MAILROOM_DRIVE__INBOX_ID=here\n")
    assert load_settings().drive.inbox_id == "here"


def test_a_malformed_value_in_dotenv_is_named_with_that_file(tmp_path: Path) -> None:
    """A wrong line of ``.env`` is said to stand there."""
    (tmp_path / ".env").write_text("MAILROOM_DRIVE__PAGE_SIZE=many\n")
    with pytest.raises(ConfigError, match=r"MAILROOM_DRIVE__PAGE_SIZE \(from \.env\)"):
        load_settings()


def test_a_malformed_value_in_json_in_dotenv_is_named_with_that_file(tmp_path: Path) -> None:
    """A whole part, and one that is not JSON."""
    for text in ('MAILROOM_DRIVE={"page_size": "many"}\n', "MAILROOM_DRIVE={page_size\n"):
        (tmp_path / ".env").write_text(text)
        with pytest.raises(ConfigError, match=r"MAILROOM_DRIVE\S* \(from \.env\)"):
            load_settings()


def test_a_malformed_value_in_a_block_is_named_with_it() -> None:
    """A wrong field of a block is said to come from a block."""
    with pytest.raises(ConfigError, match=r"MAILROOM_LOGIQS__BASE_URL \(from a Prefect block\)"):
        load_settings(blocks={"logiqs": {"base_url": "tenant"}})


def test_web_addresses_end_in_a_slash_and_blanks_are_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A root URL without its slash works; an empty variable counts as not set."""
    monkeypatch.setenv("MAILROOM_LOGIQS__BASE_URL", "https://tenant.example/publicapi/V4")
    monkeypatch.setenv("MAILROOM_DRIVE__ACCESS_TOKEN", "  ")
    settings = load_settings(blocks={"logiqs": {"api_key": SecretStr(" ")}})
    assert settings.logiqs.api_key is None
    assert settings.logiqs.base_url == "https://tenant.example/publicapi/V4/"
    assert settings.drive.access_token is None


def test_a_line_end_around_a_secret_is_not_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it comes out of a file."""
    monkeypatch.setenv("MAILROOM_LOGIQS__API_KEY", " made-up-key\n")
    settings = load_settings(blocks={"logiqs": {"secret_token": SecretStr("made-up\r\n")}})
    assert settings.logiqs.api_key == SecretStr("made-up-key")
    assert settings.logiqs.secret_token == SecretStr("made-up")
    with pytest.raises(ConfigError, match=r"SECRET_TOKEN \(from a Prefect block\)") as refused:
        load_settings(blocks={"logiqs": {"secret_token": SecretStr("made up")}})
    assert "made up" not in str(refused.value)


def test_configured_needs_both_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each missing part is named; with all of them nothing is missing."""
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    assert missing_for_real_systems(load_settings()) == []
    for name, value in REAL.items():
        monkeypatch.delenv(name)
        missing = missing_for_real_systems(load_settings())
        assert missing is not None
        assert len(missing) == 1
        assert name in missing[0]
        monkeypatch.setenv(name, value)


def test_one_setting_of_the_real_systems_is_not_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder alone already says that somebody means the real systems."""
    monkeypatch.setenv("MAILROOM_DRIVE__MATCHED_ID", "folder")
    missing = missing_for_real_systems(load_settings())
    assert missing is not None
    assert len(missing) == 6


def test_a_file_in_the_environment_beats_the_info_of_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one credential is left, the one nearer to the person."""
    monkeypatch.setenv("MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE", "/etc/key.json")
    drive = load_settings(blocks={"drive": {"service_account_info": SecretStr("{}")}}).drive
    assert drive.service_account_file == Path("/etc/key.json")
    assert drive.service_account_info is None


@pytest.mark.parametrize("field", ["access_token", "service_account_info"])
def test_a_credential_in_the_environment_beats_one_of_another_kind_in_a_block(
    monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """A key file that a person sets is not overruled by a token in a block."""
    monkeypatch.setenv("MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE", "/etc/key.json")
    drive = load_settings(blocks={"drive": {field: SecretStr("made-up"), "subject": "s"}}).drive
    assert (drive.service_account_file, drive.subject) == (Path("/etc/key.json"), "s")
    assert (drive.access_token, drive.service_account_info) == (None, None)


def test_a_key_file_and_a_key_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both in the environment, or a block and a variable of the Prefect server."""
    blocks = {
        "drive": {"service_account_file": "/etc/key.json", "service_account_info": SecretStr("made-up")}
    }
    with pytest.raises(ConfigError, match="several credentials for Drive"):
        load_settings(blocks=blocks)
    monkeypatch.setenv("MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE", "/etc/key.json")
    monkeypatch.setenv("MAILROOM_DRIVE__SERVICE_ACCOUNT_INFO", "made-up")
    with pytest.raises(
        ConfigError, match=r"SERVICE_ACCOUNT_FILE and …SERVICE_ACCOUNT_INFO are both"
    ) as refused:
        load_settings()
    assert "made-up" not in str(refused.value)


def test_an_unknown_name_is_refused_wherever_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the environment and in ``.env``, with the setting that was meant, and never its value."""
    (tmp_path / ".env").write_text("MAILROOM_DRIVE__INBOX=made-up\nOTHER=1\n")
    with pytest.raises(ConfigError, match=r"MAILROOM_DRIVE__INBOX \(from \.env\)") as refused:
        load_settings()
    assert "made-up" not in str(refused.value)
    (tmp_path / ".env").unlink()
    monkeypatch.setenv("mailroom_logiqs__apikey", "made-up")
    with pytest.raises(ConfigError, match=r"mailroom_logiqs__apikey \(from the environment\)") as refused:
        load_settings()
    assert "Did you mean MAILROOM_LOGIQS__API_KEY?" in refused.value.what
    assert "made-up" not in str(refused.value)


def test_an_unknown_name_inside_a_part_given_as_json_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole part may be given as JSON; its names are looked at too."""
    monkeypatch.setenv("MAILROOM_DRIVE", '{"inbox_id": "inbox"}')
    assert load_settings().drive.inbox_id == "inbox"
    monkeypatch.setenv("MAILROOM_DRIVE", '{"inbox": "made-up"}')
    with pytest.raises(ConfigError, match=r"MAILROOM_DRIVE__INBOX \(from the environment\)") as refused:
        load_settings()
    assert "made-up" not in str(refused.value)


@pytest.mark.parametrize("value", ["a${HOME}b", "'a${HOME}b'", '"a${HOME}b"'])
def test_values_in_dotenv_are_literal(tmp_path: Path, value: str) -> None:
    """A secret with ``${…}`` in it is not changed, quoted or not; a byte-order mark is no part of a name."""
    (tmp_path / ".env").write_text(f"\ufeffMAILROOM_LOGIQS__API_KEY={value}\n", encoding="utf-8")
    key = load_settings().logiqs.api_key
    assert key is not None
    assert key.get_secret_value() == "a${HOME}b"
    (_, _), (_, in_dotenv) = environment_sources()
    assert in_dotenv["logiqs"]["api_key"] == "a${HOME}b"


@pytest.mark.parametrize(
    "name",
    [
        "MAILROOM_STATE_DIR",
        "MAILROOM_SCRATCH_DIR",
        "MAILROOM_LISTS_DIR",
        "MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE",
    ],
)
def test_paths_do_not_depend_on_the_working_directory(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A relative path led to a new ledger wherever a run was started elsewhere; it is refused."""
    monkeypatch.setenv(name, "state")
    with pytest.raises(ConfigError, match=rf"{name} \(from the environment\).*absolute path"):
        load_settings()
    monkeypatch.setenv(name, "~/state")
    monkeypatch.setenv("HOME", "/home/office")
    part, _, field = name.removeprefix("MAILROOM_").lower().rpartition("__")
    settings = load_settings()
    assert getattr(getattr(settings, part) if part else settings, field) == Path("/home/office/state")


def test_a_dotenv_that_is_not_text_is_named(tmp_path: Path) -> None:
    """Another encoding, such as an editor on Windows may write, is one sentence and no traceback."""
    (tmp_path / ".env").write_bytes("MAILROOM_BATCH_SIZE=10\n".encode("utf-16"))
    with pytest.raises(ConfigError, match=r"\.env in this folder, or beside the README, cannot be read"):
        load_settings()


def test_the_state_directory_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``XDG_STATE_HOME`` is honoured; without it the state lies below the home directory."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert default_state_dir() == tmp_path / "state" / "mailroom"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_state_dir() == tmp_path / ".local" / "state" / "mailroom"
    monkeypatch.delenv("XDG_STATE_HOME")
    assert default_state_dir() == tmp_path / ".local" / "state" / "mailroom"


def test_a_placeholder_of_the_example_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever copied the example of docs/setup.md and forgot a line learns which."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("MAILROOM_DRIVE__INBOX_ID=1AbC…\nMAILROOM_RETRIES=1\nOTHER=…\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert caught.value.code == "placeholder_left"
    assert "… is still in MAILROOM_DRIVE__INBOX_ID (from .env)." in caught.value.what
    (tmp_path / ".env").unlink()
    monkeypatch.setenv("MAILROOM_LOGIQS__API_KEY", "…")
    with pytest.raises(ConfigError, match=r"MAILROOM_LOGIQS__API_KEY \(from the environment\)"):
        load_settings()
