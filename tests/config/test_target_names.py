"""What is said when something of the real systems is missing."""

import pytest

from mailroom.config.api_settings import DriveSettings, LogiqsSettings
from mailroom.config.settings import Settings, missing_for_real_systems
from mailroom.config.target import not_configured

DRIVE = DriveSettings(access_token="made-up", inbox_id="inbox")
LOGIQS = LogiqsSettings(
    base_url="https://tenant.example/publicapi/V4/",
    api_key="made-up",
    secret_token="made-up",
    match_url="https://match.example/find",
)


@pytest.mark.parametrize(
    ("drive", "logiqs", "missing", "place"),
    [
        (DRIVE, LogiqsSettings(), "MAILROOM_LOGIQS__BASE_URL", "the block logiqs-credentials/mailroom"),
        (
            DriveSettings(inbox_id="inbox"),
            LOGIQS,
            "MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE",
            "the block google-drive-credentials/mailroom",
        ),
        (DriveSettings(access_token="made-up"), LOGIQS, "MAILROOM_DRIVE__INBOX_ID", "a Prefect variable"),
        (
            DriveSettings(subject="made-up"),
            LogiqsSettings(),
            "MAILROOM_LOGIQS__MATCH_URL",
            "google-drive-credentials/mailroom and the block logiqs-credentials/mailroom",
        ),
    ],
)
def test_what_is_missing_is_named_with_the_block_it_may_be_in(
    drive: DriveSettings, logiqs: LogiqsSettings, missing: str, place: str
) -> None:
    """One block there and the other not is the usual case."""
    error = not_configured(missing_for_real_systems(Settings(drive=drive, logiqs=logiqs)))
    assert missing in error.what
    assert place in error.fix
    assert "made-up" not in str(error)


def test_nothing_at_all_is_missing_everything() -> None:
    """A deployment without blocks and settings."""
    error = not_configured(missing_for_real_systems(Settings()))
    assert "nothing is set for them" in error.what
    assert "the Prefect blocks" in error.fix
