"""The Prefect server: that it answers, that it is one, and that it is not too old for this program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from packaging.version import InvalidVersion, Version
from prefect import __version__
from prefect.client.base import ServerType
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from mailroom.errors import ConfigError
from mailroom.orchestration.prefect_profile import server_is_configured

# A person waits for the answer, and a server on the way up is the rare case. Prefect connects up to four
# times.
TIMEOUT = httpx.Timeout(6.0, connect=1.5)


@contextmanager
def quick_client() -> Iterator[SyncPrefectClient]:
    """A client that gives up within 8 s where nobody answers. Only where a server is named: else it starts
    one.
    """
    with (
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
        get_client(httpx_settings={"timeout": TIMEOUT}, sync_client=True) as client,
    ):
        yield client


def require_prefect_server() -> None:
    """Make sure that a Prefect server is configured, and that it answers.

    Raises:
        ConfigError: none is configured; or as `check_prefect_server` says.
    """
    if not server_is_configured():
        raise ConfigError(
            "no_prefect_server",
            what="This command needs a Prefect server, and none is configured.",
            fix="Start one (`uv run prefect server start`) and set PREFECT_API_URL to its address.",
        )
    check_prefect_server()


def check_prefect_server() -> Version | None:
    """Make sure that a Prefect server of a version that this program can use answers.

    Returns:
        Its version; None for Prefect Cloud.

    Raises:
        ConfigError: nothing answers, or something else, or one that is too old or wants a key.
    """
    try:
        with quick_client() as client:
            found = _version_of(client)
    except PrefectHTTPStatusError as error:
        raise _refused(error.response.status_code) from None
    except httpx.HTTPError:
        raise _server_error(
            "prefect_server_unreachable", "does not answer", "Start it, or correct the address."
        ) from None
    except (ValueError, httpx.InvalidURL):
        # The address is none, or what answers speaks no JSON or names no version.
        raise _no_prefect() from None
    if found is not None:
        _check_version(found)
    return found


def _version_of(client: SyncPrefectClient) -> Version | None:
    """The version of the server that answers; None for Prefect Cloud, which goes with every client."""
    if (problem := client.api_healthcheck()) is not None:
        raise problem
    if client.server_type is ServerType.CLOUD:
        return None
    told = client.api_version()
    if not isinstance(told, str):
        raise InvalidVersion(told)
    return Version(told)


def _check_version(found: Version) -> None:
    """Prefect keeps a server usable for older clients of the same major version, not for newer ones."""
    ours = Version(__version__)
    if found.major == ours.major and found.release[:2] >= ours.release[:2]:
        return
    older = found < ours
    raise ConfigError(
        "prefect_server_version",
        what=f"The Prefect server has version {found.public}, but the mail room works with {ours.public}: "
        f"the server is too {'old' if older else 'new'}.",
        fix=f"Upgrade the server to {ours.major}.{ours.minor} or a later {ours.major}.x"
        if older
        else "Upgrade the mail room, or name another server in PREFECT_API_URL.",
    )


def _refused(status: int) -> ConfigError:
    if status in (401, 403):
        return _server_error(
            "prefect_server_rejects",
            "requires a key or password, which is not set or not valid",
            "Set PREFECT_API_KEY (Prefect Cloud) or PREFECT_API_AUTH_STRING (your own server).",
        )
    if status >= 500:
        return _server_error(
            "prefect_server_ill", "answers with an internal error", "Check its log, or restart it."
        )
    return _no_prefect()


def _no_prefect() -> ConfigError:
    return _server_error(
        "prefect_server_is_none",
        "does not belong to a Prefect server",
        "Correct the address; it ends in /api, for example http://127.0.0.1:4200/api.",
        subject="address",
    )


def _server_error(code: str, problem: str, fix: str, *, subject: str = "Prefect server") -> ConfigError:
    named = "that PREFECT_API_URL or the Prefect profile names"
    return ConfigError(
        code,
        what=f"The {subject} {named} {problem}.",
        fix=f"{fix} If no address is set, a temporary server is started.",
    )
