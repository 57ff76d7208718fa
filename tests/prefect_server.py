"""One Prefect server for all tests of a process that need one, and no trace of a test for the next one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import httpx
from pydantic import SecretStr

from mailroom.orchestration import ephemeral_server
from mailroom.orchestration.ephemeral_server import EphemeralServer
from mailroom.sandbox.launcher import Sandbox
from tests.in_process import bare_environment

LIMITS = "v2/concurrency_limits"
# What tests leave, and the path of the API that lists it.
LISTED = {
    "artifacts": "/artifacts/filter",
    "block_documents": "/block_documents/filter",
    "flow_runs": "/flow_runs/filter",
    "variables": "/variables/filter",
    LIMITS: f"/{LIMITS}/filter",
}


def make_home(path: Path) -> Path:
    """Make a Prefect home with an empty database. That takes seconds of CPU time, so tests copy it."""
    with running_server(path):
        pass
    return path


@contextmanager
def running_server(home: Path) -> Iterator[str]:
    """The server that a run starts for itself, with a database of its own below ``home``.

    Yields:
        The address of its API.
    """
    # Coverage would take two thirds more CPU time, and the servers of whole runs are measured.
    own = {"PREFECT_HOME": str(home), "COVERAGE_PROCESS_CONFIG": ""}
    with mock.patch.dict(os.environ, {**bare_environment(), **own}, clear=True):
        server = EphemeralServer(home / "server.log")
        server.start()
        address = os.environ["PREFECT_API_URL"]
    try:
        # Where many processes start at once, a server takes longer than a person would wait.
        with mock.patch.object(ephemeral_server, "READY_SECONDS", 600.0):
            server.wait_until_ready()
        yield address
    finally:
        server.stop()


def clear(address: str) -> None:
    """Delete from the server whatever a test may have left on it."""
    with httpx.Client(base_url=address, timeout=30) as client:
        for kind, path in LISTED.items():
            while found := client.post(path, json={}).raise_for_status().json():
                for one in found:
                    client.delete(f"/{kind}/{one['id']}").raise_for_status()


def forget_slots(address: str) -> None:
    """Delete the limits of tags, and with them the slots that killed runs still hold; runs make them
    again.
    """
    with httpx.Client(base_url=address, timeout=30) as client:
        for one in client.post(LISTED[LIMITS], json={}).raise_for_status().json():
            client.delete(f"/{LIMITS}/{one['id']}").raise_for_status()


def save_blocks(sandbox: Sandbox) -> None:
    """Save blocks and variables that lead to a sandbox on the Prefect server that is set in this process."""
    # Most tests need no Prefect.
    from prefect.variables import Variable  # noqa: PLC0415

    from blocks import GoogleDriveCredentials, LogiqsCredentials  # noqa: PLC0415
    from blocks.google_drive import AccessToken  # noqa: PLC0415

    given = sandbox.settings()
    token = SecretStr(given["drive"].pop("access_token"))
    GoogleDriveCredentials(credential=AccessToken(access_token=token)).save("mailroom", overwrite=True)
    LogiqsCredentials.model_validate(given["logiqs"]).save("mailroom", overwrite=True)
    for name, value in given["drive"].items():
        Variable.set(f"mailroom_drive__{name}", value, overwrite=True)
