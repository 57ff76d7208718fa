"""Prefect's own settings: what is wrong with them is one sentence, wherever it is."""

import os
from pathlib import Path

import prefect.settings
import pytest
from prefect.settings.models.root import Settings

from mailroom.errors import ConfigError
from mailroom.orchestration.prefect_environment import check_prefect_settings, prepare_prefect


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("prefect.toml", "no toml", "prefect.toml: invalid TOML"),
        (
            "home/profiles.toml",
            'active = "a"\n[profiles.a]\nPREFECT_CLIENT_MAX_RETRIES = "made-up"\n',
            "max_retries",
        ),
        (".env", "PREFECT_CLIENT_MAX_RETRIES=made-up\n", "max_retries"),
        (".env", "PREFECT_CLIENT_CUSTOM_HEADERS={made-up\n", "custom_headers"),
    ],
)
def test_settings_that_prefect_cannot_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, text: str, problem: str
) -> None:
    """A value or a file is named, and no value shown."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(prefect.settings, "get_current_settings", Settings)
    (tmp_path / "home").mkdir()
    check_prefect_settings()
    (tmp_path / file).write_text(text)
    with pytest.raises(ConfigError, match=problem) as refused:
        check_prefect_settings()
    assert refused.value.code == "prefect_settings"
    assert "made-up" not in str(refused.value)


def test_runs_at_a_terminal_and_served_ones_send_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """As often as those of a worker, unless a person set something else."""
    monkeypatch.setattr(os, "environ", {})
    prepare_prefect()
    assert os.environ["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"
    os.environ["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] = "60"
    prepare_prefect()
    assert os.environ["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "60"
