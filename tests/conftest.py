"""What all tests share: nothing of the user's own is read or written."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _a_home_of_our_own() -> None:
    """Home, state and Prefect's home lie in a temporary directory; no setting of the machine's own counts."""
    for name in [name for name in os.environ if name.upper().startswith(("MAILROOM_", "PREFECT_"))]:
        del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="mailroom-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["HOME"] = str(home)
    os.environ["XDG_STATE_HOME"] = str(home / "state")
    os.environ["PREFECT_HOME"] = str(home / "prefect")
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ["DO_NOT_TRACK"] = "1"


# Before any test is collected: Prefect notes its home when it is imported.
_a_home_of_our_own()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The long form of the canary test; see `bench/canaries.py`."""
    parser.addoption(
        "--every-canary", action="store_true", help="a run for each step and fault, not for some"
    )


@pytest.fixture
def project() -> Path:
    """The checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="module")
def prefect_server() -> Iterator[None]:
    """A Prefect server on loopback with a database of its own."""
    from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415 - most tests need no Prefect

    with prefect_test_harness(server_startup_timeout=120):
        yield
