"""A sandbox for both systems, without faults and with all folders shared at the start of each test."""

from collections.abc import Iterator

import pytest

from mailroom.config.settings import Settings, load_settings
from mailroom.sandbox.launcher import Sandbox
from tests.sandbox_thread import SandboxThread


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all these tests."""
    with SandboxThread.start(tmp_path_factory.mktemp("sandbox"), notices=1) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """Without faults; its folders are shared with write permission."""
    for system in ("drive", "logiqs"):
        running.behave(system, clear=True)
    for item in running.state()["files"]:
        running.share(item["id"], "writer")
    return running


@pytest.fixture
def settings(sandbox: Sandbox) -> Settings:
    """Settings for the sandbox, without rate limits."""
    told = sandbox.settings()
    fast = {"calls_per_second": 1000}
    return load_settings(drive={**told["drive"], **fast}, logiqs={**told["logiqs"], **fast})
