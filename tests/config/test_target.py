"""Which systems a command works on: the environment or --real says it, never blocks alone."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mailroom.config.sources import Sources
from mailroom.config.target import SANDBOX_LINE, TargetRequest, decide_target, tell_of_stored, tenant_of
from mailroom.errors import ConfigError

DRIVE = {"access_token": SecretStr("made-up-token")}
LOGIQS = {
    "base_url": "https://acme.logiqsapi.com/publicapi/V4/",
    "api_key": SecretStr("made-up-key"),
    "secret_token": SecretStr("made-up-secret"),
    "match_url": "https://match.example/find",
}
STORED = Sources({"drive": DRIVE, "logiqs": LOGIQS}, {"drive": {"inbox_id": "stored-inbox"}})
ENVIRONMENT = {
    "MAILROOM_DRIVE__ACCESS_TOKEN": "made-up-near",
    "MAILROOM_DRIVE__INBOX_ID": "near-inbox",
    "MAILROOM_LOGIQS__BASE_URL": "https://near.logiqsapi.com/publicapi/V4/",
    "MAILROOM_LOGIQS__API_KEY": "made-up-near",
    "MAILROOM_LOGIQS__SECRET_TOKEN": "made-up-near",
    "MAILROOM_LOGIQS__MATCH_URL": "https://near.example/find",
}
REAL = TargetRequest(real=True)


@pytest.fixture(autouse=True)
def empty_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A working directory without ``.env``."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the real systems completely."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("stored", [None, Sources(), STORED])
def test_with_nothing_in_the_environment_it_is_the_sandbox(stored: Sources | None) -> None:
    """Also where blocks and variables name the real systems completely: a run once filed there by
    surprise.
    """
    target = decide_target(TargetRequest(), stored)
    assert (target.systems, target.describe()) == ("sandbox", SANDBOX_LINE)
    assert target.settings.drive.access_token is None
    assert (target.hint is not None) == (stored is STORED)


def test_blocks_that_are_not_used_are_told_of() -> None:
    """One line that names --real."""
    assert "--real" in str(tell_of_stored(STORED))
    assert "--real" in str(tell_of_stored(Sources({}, {"batch_size": 7})))
    assert tell_of_stored(Sources({"drive": {}}, {})) is None


def test_with_real_blocks_and_variables_count() -> None:
    """The source of every part is known, and the line names it; no secret is shown."""
    target = decide_target(REAL, STORED)
    assert target.is_real
    assert target.settings.drive.inbox_id == "stored-inbox"
    assert target.sources["Drive credential"] == "a Prefect block"
    assert target.sources["Drive inbox"] == "a Prefect variable"
    assert target.describe(["Mail (stored-inbox)"], "mailroom@firm.example") == (
        "Real systems: Drive inbox Mail (stored-inbox) as mailroom@firm.example, Logiqs tenant acme, "
        "settings from a Prefect block and a Prefect variable"
    )
    assert "made-up" not in repr(target.sources) + target.describe()


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("asked", [TargetRequest(), REAL])
def test_a_complete_environment_is_real(asked: TargetRequest) -> None:
    """With and without --real; it is stronger than blocks."""
    target = decide_target(asked, STORED)
    assert target.is_real
    assert target.settings.drive.inbox_id == "near-inbox"
    assert set(target.sources.values()) == {"the environment"}
    assert "Logiqs tenant near" in target.describe()


def test_a_blank_value_is_not_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names where the credential that is used comes from."""
    monkeypatch.setenv("MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE", "")
    assert decide_target(REAL, STORED).sources["Drive credential"] == "a Prefect block"


@pytest.mark.usefixtures("environment")
def test_the_sandbox_can_be_asked_for() -> None:
    """It is chosen, whatever the environment and blocks name."""
    target = decide_target(TargetRequest(sandbox=True), STORED)
    assert (target.is_real, target.hint) == (False, None)


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.usefixtures("environment")
def test_partly_in_the_environment_and_partly_in_blocks(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Refused without --real, which the line names; with it, the rest comes from the blocks."""
    monkeypatch.delenv(name)
    for stored in (None, STORED):
        with pytest.raises(ConfigError) as refused:
            decide_target(TargetRequest(), stored)
        assert name in refused.value.what
        assert "--real" in refused.value.fix
    target = decide_target(REAL, STORED)
    assert {"the environment"} < set(target.sources.values())
    with pytest.raises(ConfigError, match=name):
        decide_target(REAL, Sources())


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("stored", "name"),
    [
        (Sources({"ledger_key": SecretStr("made-up-key-0123456789")}, {}), "MAILROOM_LEDGER_KEY"),
        (Sources({}, {"drive": {"matched_id": "elsewhere"}}), "MAILROOM_DRIVE__MATCHED_ID"),
        (Sources({}, {"task_user_ids": [7]}), "MAILROOM_TASK_USER_IDS"),
    ],
)
def test_a_complete_environment_with_more_in_blocks(stored: Sources, name: str) -> None:
    """Another ledger or other folders than a deployment's run has would be a surprise: --real settles it."""
    with pytest.raises(ConfigError) as refused:
        decide_target(TargetRequest(), stored)
    assert name in refused.value.what
    assert "--real" in refused.value.fix
    assert "made-up" not in str(refused.value)
    assert decide_target(REAL, stored).is_real


@pytest.mark.usefixtures("environment")
def test_an_inbox_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named instead of the configured one, which may then be missing."""
    chosen = TargetRequest(inboxes=("first", "second"))
    assert "Drive inbox first and second, Logiqs" in decide_target(chosen).describe()
    monkeypatch.delenv("MAILROOM_DRIVE__INBOX_ID")
    target = decide_target(chosen)
    assert target.sources["Drive inbox"] == "the command line"


@pytest.mark.usefixtures("environment")
def test_an_inbox_of_the_command_line_is_not_mixed_with_a_stored_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option is the person's own word; other stored settings are still refused."""
    monkeypatch.delenv("MAILROOM_DRIVE__INBOX_ID")
    chosen = TargetRequest(inboxes=("first",))
    inbox = {"inbox_id": "stored-inbox"}
    assert decide_target(chosen, Sources({}, {"drive": inbox})).inboxes == ("first",)
    with pytest.raises(ConfigError, match="hold more settings: MAILROOM_DRIVE__MATCHED_ID"):
        decide_target(chosen, Sources({}, {"drive": {**inbox, "matched_id": "elsewhere"}}))


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("stored", "part"),
    [
        ({"drive": {"subject": "person@firm.example"}}, "Drive user"),
        ({"drive": {"root_url": "https://drive.example/"}}, "Drive address"),
        ({"drive": {"review_id": "elsewhere"}}, "REVIEW folder"),
        ({"logiqs": {"match_api_key": "made-up"}}, "match service key"),
        ({"ledger_url": "sqlite:////elsewhere.sqlite"}, "ledger"),
        ({"state_dir": "/elsewhere"}, "ledger"),
        ({"ledger_key": SecretStr("made-up-key-0123456789")}, "ledger key"),
    ],
)
def test_the_source_of_whatever_decides_where_data_goes_is_named(stored: dict[str, Any], part: str) -> None:
    """The rest is from the environment."""
    target = decide_target(REAL, Sources({}, stored))
    assert target.sources[part] == "a Prefect variable"
    assert target.describe().endswith("settings from the environment and a Prefect variable")


def test_a_credential_in_json_is_as_strong_as_one_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token of a block once overruled the key file that the environment gave as JSON."""
    for name in ENVIRONMENT.keys() - {"MAILROOM_DRIVE__ACCESS_TOKEN", "MAILROOM_DRIVE__INBOX_ID"}:
        monkeypatch.setenv(name, ENVIRONMENT[name])
    monkeypatch.setenv(
        "MAILROOM_DRIVE", '{"service_account_file": "/etc/key.json", "inbox_id": "near-inbox"}'
    )
    for asked in (TargetRequest(), REAL):
        target = decide_target(asked, STORED)
        assert target.settings.drive.access_token is None
        assert set(target.sources.values()) == {"the environment"}
    monkeypatch.setenv("MAILROOM_DRIVE", '{"service_account_file": "/etc/key.json"}')
    with pytest.raises(ConfigError, match="MAILROOM_DRIVE__INBOX_ID"):
        decide_target(TargetRequest(), STORED)
    target = decide_target(REAL, STORED)
    assert target.sources["Drive credential"] == "the environment"
    assert target.sources["Drive inbox"] == "a Prefect variable"


def test_a_deployment_without_settings_names_everything() -> None:
    """It never falls back to the sandbox."""
    with pytest.raises(ConfigError, match="nothing is set for them"):
        decide_target(REAL, Sources())


@pytest.mark.parametrize(
    ("address", "tenant"),
    [
        ("https://acme.logiqsapi.com/publicapi/V4/", "acme"),
        ("https://acme.irslogics.com/publicapi/V4/", "acme"),
        ("http://127.0.0.1:8123/publicapi/V4/", None),
        ("https://person:made-up@acme.example/x/", "acme"),
        ("", None),
    ],
)
def test_tenants(address: Any, tenant: str) -> None:
    """The first part of a host's name; an IP address names none."""
    assert tenant_of(address) == tenant


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("asked", [TargetRequest(), REAL])
def test_a_case_index_takes_the_place_of_a_match_service(
    monkeypatch: pytest.MonkeyPatch, asked: TargetRequest
) -> None:
    """The ledger is looked at only where the match service is missing; an empty index names both ways."""
    assert decide_target(asked, None, lambda _: pytest.fail("the ledger was looked at")).is_real
    monkeypatch.delenv("MAILROOM_LOGIQS__MATCH_URL")
    assert decide_target(asked, None, lambda _: True).is_real
    with pytest.raises(ConfigError, match=r"MATCH_URL .* or a case index \(mailroom cases import\)"):
        decide_target(asked, None, lambda _: False)
    monkeypatch.delenv("MAILROOM_LOGIQS__API_KEY")
    with pytest.raises(ConfigError, match=r"missing: MAILROOM_LOGIQS__API_KEY\."):
        decide_target(asked, None, lambda _: True)
