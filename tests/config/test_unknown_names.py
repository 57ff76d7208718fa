"""Names with the prefix that are not settings: found, and the nearest setting named."""

import pytest

from mailroom.config.settings import Settings
from mailroom.config.unknown_names import nearest, refuse_unknown, setting_names
from mailroom.errors import ConfigError

KNOWN = list(setting_names(Settings))


def test_every_setting_has_its_name() -> None:
    """Those of a part carry the part's name; the parts themselves are none."""
    assert {"MAILROOM_BATCH_SIZE", "MAILROOM_DRIVE__INBOX_ID", "MAILROOM_LOGIQS__BASE_URL"} <= set(KNOWN)
    assert "MAILROOM_DRIVE" not in KNOWN


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("MAILROOM_DRIVE__INBOX", "MAILROOM_DRIVE__INBOX_ID"),
        ("MAILROOM_INBOX_ID", "MAILROOM_DRIVE__INBOX_ID"),
        ("MAILROOM_DRIVE_INBOX_ID", "MAILROOM_DRIVE__INBOX_ID"),
        ("mailroom_batchsize", "MAILROOM_BATCH_SIZE"),
        ("MAILROOM_LOGICS__BASE_URL", "MAILROOM_LOGIQS__BASE_URL"),
        ("MAILROOM_LOGIQS__SECRET", "MAILROOM_LOGIQS__SECRET_TOKEN"),
        ("MAILROOM_DRIVE__SLOTS__X", "MAILROOM_DRIVE__SLOTS"),
    ],
)
def test_a_misspelt_name_is_told_with_the_one_that_was_meant(given: str, meant: str) -> None:
    """In whatever case, and with a part's name forgotten or misspelt."""
    with pytest.raises(ConfigError) as refused:
        refuse_unknown([given], "the environment", KNOWN)
    assert f"{given} (from the environment) is not a mail room setting." in refused.value.what
    assert f"Did you mean {meant}?" in refused.value.what


def test_several_unknown_names_are_told_at_once() -> None:
    """Each one, and no suggestion where nothing is like it; a line break in a name breaks no line."""
    with pytest.raises(ConfigError) as refused:
        refuse_unknown(["MAILROOM_QQ\nQ", "MAILROOM_RETRYS"], ".env", KNOWN)
    assert refused.value.what == (
        "MAILROOM_QQ?Q, MAILROOM_RETRYS (from .env) are not mail room settings. "
        "Did you mean MAILROOM_RETRIES?"
    )
    assert nearest("MAILROOM_QQQ", KNOWN) is None


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "MAILROOM",
        "MAILROOM_HOME",
        "mailroom_home",
        "MAILROOM_DRIVE",
        "mailroom_drive__inbox_id",
        "MAILROOM_DISPATCH",
        "MAILROOM_LISTS_DIR",
        "MAILROOM_SERVICE_HOST",
        "MAILROOM_SERVICE_PORT_HTTP",
        "MAILROOM_PORT",
        "MAILROOM_PORT_4200_TCP_ADDR",
    ],
)
def test_what_is_not_a_misspelling_is_accepted(name: str) -> None:
    """Other programs' names, settings in any case, reserved ones, and what Kubernetes sets for a service."""
    refuse_unknown([name], "the environment", KNOWN)
