"""Dockerfile, .dockerignore, compose.yaml and docker/ agree with the code; no test builds them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.settings import Settings as PrefectSettings
from prefect.settings.legacy import _get_settings_fields
from prefect_redis.client import RedisMessagingSettings

from mailroom.config.settings import Settings
from mailroom.config.unknown_names import RESERVED, setting_names

ROOT = Path(__file__).parents[1]
# Of libpq, and of the image of PostgreSQL.
OTHERS = {"PGPASSWORD", "POSTGRES_PASSWORD_FILE"}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The folder of secrets that the script makes."""
    shutil.copytree(ROOT / "docker", tmp_path / "docker")
    subprocess.run([tmp_path / "docker" / "make_secrets.sh"], check=True, capture_output=True)
    return tmp_path / "secrets"


def list_names() -> Iterator[str]:
    """Every name that a container finds in its environment: set, or exported from a secret."""
    for service in SERVICES.values():
        yield from service.get("environment", {})
        for secret in service.get("secrets", []):
            if isinstance(secret, dict):
                yield secret["target"]
    yield from re.findall(r"\b((?:MAILROOM|PREFECT)_\w+)=", DOCKERFILE)


def test_every_name_in_the_environment_is_a_setting() -> None:
    """A misspelt one would leave its default in effect."""
    redis = {
        f"{RedisMessagingSettings.model_config['env_prefix']}{field}".upper()
        for field in RedisMessagingSettings.model_fields
    }
    known = {*setting_names(Settings), *RESERVED, *_get_settings_fields(PrefectSettings), *redis, *OTHERS}
    names = set(list_names())
    assert len(names) > 20
    assert names - known == set()


def test_values_of_our_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's settings can be read."""
    for name, value in SERVICES["worker"]["environment"].items():
        monkeypatch.setenv(name, value)
    assert str(Settings().ledger_url).startswith("postgresql+psycopg://")


def test_the_image_has_the_projects_python_and_extras() -> None:
    """Each stage has the oldest Python that the project allows, and each extra is one of the project's."""
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert [image.split("-")[0] for image in images] == [f"python:{oldest}"] * 2
    extras = set(re.findall(r"--extra (\w+)", DOCKERFILE))
    assert extras == PROJECT["optional-dependencies"].keys()


def test_only_what_the_image_copies_gets_into_it() -> None:
    """.dockerignore excludes everything, then lets through each source of a COPY."""
    sources = {
        source
        for line in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.*)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert not any(source.startswith(("tests", "bench", ".", "secrets")) for source in sources)
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    assert {line for line in patterns if line.startswith("!")} == {f"!{source}" for source in sources}
    assert patterns[-2:] == ["**/__pycache__", "**/.env"]


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_hardened(name: str) -> None:
    """It cannot write to its image or gain rights, and nobody elsewhere reaches its ports."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert service["healthcheck"] if "image" in service and "mailroom" not in service["image"] else True


def test_the_script_makes_every_secret(secrets: Path) -> None:
    """In a folder of the owner's, each a file that a container's user can read; none is made twice."""
    named = {Path(one["file"]).name for one in COMPOSE["secrets"].values()}
    assert {file.name for file in secrets.iterdir()} == named
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in secrets.iterdir()} == {0o444}
    before = (secrets / "ledger_key").read_text(encoding="ascii")
    assert len(before) == 64
    subprocess.run([secrets.parent / "docker" / "make_secrets.sh"], check=True, capture_output=True)
    assert (secrets / "ledger_key").read_text(encoding="ascii") == before


def test_every_secret_of_a_service_is_declared_and_every_script_can_be_started() -> None:
    """Secrets are declared once; what a container runs, or mounts, is there."""
    used = {
        secret["source"] if isinstance(secret, dict) else secret
        for service in SERVICES.values()
        for secret in service.get("secrets", [])
    }
    assert used == COMPOSE["secrets"].keys()
    assert all(os.access(script, os.X_OK) for script in (ROOT / "docker").glob("*.sh"))
    assert (ROOT / "docker" / "databases.sql").is_file()
