"""Prefect's own settings: what must be set before Prefect is imported, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path

from pydantic import ValidationError

from mailroom.errors import ConfigError

# Prefect's logging with a redacting formatter on every handler.
LOGGING_FILE = Path(__file__).parents[2] / "flows" / "logging.yml"

# How often a run shows that it is alive. 30 is the least that Prefect allows.
HEARTBEAT_SECONDS = 30


def prepare_prefect() -> None:
    """What must be in the environment before Prefect is imported: settings of its own, and `NO_PROXY`."""
    _exempt_this_machine_from_proxies()
    # Prefect takes either name, this one first: what a person set under the other must count too.
    if "PREFECT_LOGGING_SETTINGS_PATH" not in os.environ:
        os.environ.setdefault("PREFECT_LOGGING_CONFIG_PATH", str(LOGGING_FILE))
    # As in prefect.yaml. A run without them is marked as crashed (orchestration/automations.py).
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", str(HEARTBEAT_SECONDS))
    # The server's telemetry, and the client's, which says so on a terminal.
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")


def _exempt_this_machine_from_proxies() -> None:
    """Let Prefect's clients, the temporary server's too, reach this machine without the office's proxy."""
    # A name in lower case takes precedence.
    given = os.environ.get("no_proxy", os.environ.get("NO_PROXY", "")).split(",")
    exempt = [*filter(None, map(str.strip, given))]
    if "*" not in exempt:
        exempt += [host for host in ("127.0.0.1", "localhost", "::1") if host not in exempt]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(exempt)


@contextmanager
def without_heartbeats() -> Iterator[None]:
    """Let flows that begin within the block send none: nothing on a temporary server listens to them.

    The end of their thread (Prefect 3.8) takes up to a second.
    """
    # After Prefect's own settings were checked.
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: PLC0415

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def check_prefect_settings() -> None:
    """Make sure that Prefect can use its own settings. Call it before anything else of Prefect is imported.

    Raises:
        ConfigError: it cannot; names the setting or the file.
    """
    try:
        # Prefect prints the whole error when it is imported, and continues.
        with redirect_stderr(StringIO()):
            from prefect.settings import get_current_settings  # noqa: PLC0415 - takes a second to import

            get_current_settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _unusable(
            ": ".join([*map(str, first["loc"]), first["msg"].removeprefix("Value error, ")])
        ) from None
    except ValueError as error:
        # A file that is not TOML, or text that is not JSON.
        raise _unusable(str(error)) from None


def _unusable(problem: str) -> ConfigError:
    return ConfigError(
        "prefect_settings",
        what=f"A setting of Prefect's own (PREFECT_…) cannot be used: {problem}.",
        fix="Correct it in the environment, in Prefect's profile or in the files of this folder.",
    )
