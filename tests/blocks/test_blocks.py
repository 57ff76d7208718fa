"""The blocks: what they take, what they show, and how a run finds what a server holds of the settings."""

from pathlib import Path
from typing import Any

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import BlockDocumentUpdate
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from prefect.types import SecretDict
from prefect.variables import Variable
from pydantic import SecretStr, ValidationError

from blocks import GoogleDriveCredentials, LogiqsCredentials
from blocks.google_drive import AccessToken, ServiceAccountKey
from mailroom.config.settings import MATCH_SERVICE, load_settings, missing_for_real_systems
from mailroom.config.sources import Sources
from mailroom.crm.logiqs import LogiqsClient
from mailroom.errors import ConfigError
from mailroom.orchestration.block_settings import stored_settings

TOKEN = AccessToken(access_token=SecretStr("made-up-token"))
KEY = ServiceAccountKey(service_account_info=SecretStr('{"private_key": "made-up"}'))
LOGIQS: dict[str, Any] = {
    "base_url": "https://tenant.example/publicapi/V4/",
    "api_key": "made-up-key",
    "secret_token": "made-up-secret",
    "match_url": "https://match.example/find",
    "match_api_key": "made-up-match-key",
}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"access_token": "a", "service_account_file": "key.json"},
        {"service_account_info": {"a": 1}, "service_account_file": "key.json"},
        {"credential": {"access_token": "  "}},
        {"credential": {"access_token": "a"}, "service_account_file": "key.json"},
    ],
)
def test_a_drive_block_takes_one_credential(given: dict[str, Any]) -> None:
    """None and several are refused with a sentence."""
    with pytest.raises(ValidationError, match="Fill in one of"):
        GoogleDriveCredentials(**given)


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        ({"access_token": "made-up"}, {"access_token": SecretStr("made-up")}),
        ({"service_account_file": "/key.json", "subject": None}, {"service_account_file": "/key.json"}),
        (
            {
                "service_account_info": SecretDict({"a": 1}),
                "access_token": None,
                "subject": " me@firm.example",
            },
            {"service_account_info": SecretStr('{"a": 1}'), "subject": "me@firm.example"},
        ),
    ],
)
def test_a_block_that_an_earlier_version_saved_is_still_read(
    given: dict[str, Any], settings: dict[str, Any]
) -> None:
    """It has a field for each credential, of which one is filled in, and its key is an object."""
    assert GoogleDriveCredentials(**given).settings() == settings


def test_the_forms_mark_only_what_a_run_can_do_without() -> None:
    """Prefect's form marks a field that is not required as optional, and offers "null" for a nullable one."""
    drive, logiqs = (block.model_json_schema() for block in (GoogleDriveCredentials, LogiqsCredentials))
    assert drive["required"] == ["credential"]
    assert set(logiqs["properties"]) - set(logiqs["required"]) == {"match_url", "match_api_key"}
    assert "null" not in str([drive, logiqs])
    assert {kind["title"] for kind in drive["definitions"].values()} == {
        "Key (JSON)",
        "Key file",
        "Access token",
    }


def test_blocks_show_no_secret() -> None:
    """Neither as text nor in their settings."""
    drive = GoogleDriveCredentials(credential=TOKEN)
    key = GoogleDriveCredentials(credential=KEY)
    logiqs = LogiqsCredentials(**LOGIQS)
    shown = f"{drive!r} {key!r} {logiqs!r} {drive.settings()} {key.settings()} {logiqs.settings()}"
    assert "made-up" not in shown


@pytest.mark.parametrize(
    ("block", "given"),
    [
        (GoogleDriveCredentials, {"access_token": "made-up", "service_account_file": "key.json"}),
        (GoogleDriveCredentials, {"service_account_info": "made-up"}),
        (LogiqsCredentials, {**LOGIQS, "base_url": 5, "api_key": ["made-up"]}),
    ],
)
def test_an_error_about_a_block_quotes_no_secret(block: Any, given: dict[str, Any]) -> None:
    """A run that loads it writes the error to its log."""
    with pytest.raises(ValidationError) as refused:
        block(**given)
    assert "made-up" not in str(refused.value)


def test_blocks_give_clients() -> None:
    """A Drive resource, and a Logiqs client."""
    drive = GoogleDriveCredentials(credential=TOKEN).get_client()
    assert drive.files().list().method == "GET"
    assert isinstance(LogiqsCredentials(**LOGIQS).get_client(), LogiqsClient)


@pytest.mark.usefixtures("prefect_server")
def test_what_the_server_holds_configures_a_run(tmp_path: Path) -> None:
    """Both blocks and a variable are all that a run needs; saved again they are read again."""
    assert stored_settings() == Sources()
    GoogleDriveCredentials(credential=KEY).save("mailroom")
    LogiqsCredentials(**LOGIQS).save("mailroom")
    Variable.set("mailroom_drive__inbox_id", "inbox")
    Variable.set("another", "thing")
    settings = load_settings(blocks=stored_settings().merge(), state_dir=tmp_path)
    assert missing_for_real_systems(settings) == []
    assert settings.drive.service_account_info is not None
    assert settings.drive.service_account_info.get_secret_value() == '{"private_key": "made-up"}'
    assert settings.drive.inbox_id == "inbox"
    LogiqsCredentials(**{**LOGIQS, "api_key": "rotated"}).save("mailroom", overwrite=True)
    again = load_settings(blocks=stored_settings().merge())
    assert again.logiqs.api_key is not None
    assert again.logiqs.api_key.get_secret_value() == "rotated"


@pytest.mark.usefixtures("prefect_server")
def test_the_ledgers_key_may_be_a_secret_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weaker than the environment; blank it counts as absent; what is not text is refused, and none is
    shown.
    """
    key = "made-up-key-0123456789"
    Secret(value=key).save("mailroom-ledger-key", overwrite=True)
    stored = stored_settings()
    assert key not in repr(stored)
    settings = load_settings(blocks=stored.merge())
    assert settings.ledger_key is not None
    assert settings.ledger_key.get_secret_value() == key
    monkeypatch.setenv("MAILROOM_LEDGER_KEY", "of-the-environment-0123456789")
    nearer = load_settings(blocks=stored.merge()).ledger_key
    assert nearer is not None
    assert nearer.get_secret_value() == "of-the-environment-0123456789"
    Secret(value=" ").save("mailroom-ledger-key", overwrite=True)
    assert "ledger_key" not in stored_settings().blocks
    Secret(value=1234567890123456).save("mailroom-ledger-key", overwrite=True)
    with pytest.raises(ConfigError, match="secret/mailroom-ledger-key cannot be used") as refused:
        stored_settings()
    assert "1234567890" not in str(refused.value)
    with get_client(sync_client=True) as client:
        client.delete_block_document(client.read_block_document_by_name("mailroom-ledger-key", "secret").id)


def stored_as(block: Any, data: dict[str, Any]) -> None:
    """What the server holds of a block, past the checks that saving it makes."""
    with get_client(sync_client=True) as client:
        document = client.read_block_document_by_name("mailroom", block.get_block_type_slug())
        update = BlockDocumentUpdate(data=data, merge_existing_data=False)
        client.update_block_document(document.id, update)


def without(name: str) -> dict[str, Any]:
    """The Logiqs block's fields but one."""
    return {field: value for field, value in LOGIQS.items() if field != name}


@pytest.mark.usefixtures("prefect_server")
@pytest.mark.parametrize(
    ("block", "data", "said"),
    [
        (LogiqsCredentials, without("api_key"), "api_key is missing"),
        (LogiqsCredentials, {**LOGIQS, "api_key": ""}, "api_key is empty"),
        (
            LogiqsCredentials,
            {**LOGIQS, "secret_token": "  ", "base_url": ""},
            "base_url is empty; secret_token",
        ),
        (
            GoogleDriveCredentials,
            {"service_account_info": {"private_key": "made-up"}, "service_account_file": "key.json"},
            "several are filled in",
        ),
        (GoogleDriveCredentials, {"subject": "made-up"}, "none is filled in"),
        (GoogleDriveCredentials, {"credential": {"access_token": 5}}, "access_token is not text"),
        (
            GoogleDriveCredentials,
            {"service_account_info": "made-up"},
            "service_account_info is not the whole content",
        ),
    ],
)
def test_a_block_that_cannot_be_used_says_what_is_wrong(block: Any, data: dict[str, Any], said: str) -> None:
    """The block, the field and what is wrong with it, and no value."""
    GoogleDriveCredentials(credential=TOKEN).save("mailroom", overwrite=True)
    LogiqsCredentials(**LOGIQS).save("mailroom", overwrite=True)
    stored_as(block, data)
    with pytest.raises(
        ConfigError, match=f"{block.get_block_type_slug()}/mailroom cannot be used"
    ) as refused:
        stored_settings()
    assert said in refused.value.what
    assert "made-up" not in str(refused.value)
    assert "tenant" not in str(refused.value)


@pytest.mark.usefixtures("prefect_server")
def test_an_empty_field_that_may_be_empty_is_a_missing_setting() -> None:
    """Without the match service's address the run says which setting is missing."""
    GoogleDriveCredentials(credential=TOKEN).save("mailroom", overwrite=True)
    LogiqsCredentials(**{**LOGIQS, "match_url": ""}).save("mailroom", overwrite=True)
    missing = missing_for_real_systems(
        load_settings(blocks=stored_settings().merge(), drive={"inbox_id": "inbox"})
    )
    assert missing == [MATCH_SERVICE]


@pytest.mark.usefixtures("prefect_server")
@pytest.mark.parametrize("name", ["mailroom_drive__inbox", "mailroom_drive", "mailroom_batchsize"])
def test_a_variable_that_is_not_a_setting_is_named(name: str) -> None:
    """What else a server's variables hold is not ours."""
    Variable.set("another_mailroom_thing", "made-up", overwrite=True)
    Variable.set(name, "made-up")
    try:
        with pytest.raises(ConfigError, match=rf"{name} \(from a Prefect variable\)") as refused:
            stored_settings()
    finally:
        Variable.unset(name)
    assert "made-up" not in str(refused.value)


@pytest.mark.parametrize("block", [GoogleDriveCredentials, LogiqsCredentials])
class TestBlocksMeetPrefectsStandard(BlockStandardTestSuite):
    """Prefect's own checks of a block: descriptions, documentation, logo, code example."""

    @pytest.fixture
    def block(self, block: Any) -> Any:
        """The block under test."""
        return block

    def test_has_a_valid_image(self, block: Any) -> None:
        """It has none: a browser would fetch it from the Internet. Prefect's pages then show their own."""
        assert block._logo_url is None

    def test_its_description_is_not_cut_off(self, block: Any) -> None:
        """The side panel of Prefect's form shows five lines."""
        assert len(block.get_description()) <= 175


def test_fields_left_blank_in_the_form_count_as_absent() -> None:
    """A person who opens a field and leaves it empty has not filled it in."""
    blank = GoogleDriveCredentials.model_validate(
        {"service_account_info": {}, "subject": "  ", "credential": {"access_token": "made-up"}}
    )
    assert blank.settings() == {"access_token": SecretStr("made-up")}
    logiqs = LogiqsCredentials.model_validate({**LOGIQS, "match_url": " ", "match_api_key": None})
    assert set(logiqs.settings()) == {"base_url", "api_key", "secret_token"}
