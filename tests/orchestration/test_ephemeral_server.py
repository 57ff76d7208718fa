"""The temporary Prefect server: that one run is alone on it, and what it says when it cannot start."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from unittest import mock

import pytest

from mailroom.errors import ConfigError
from mailroom.orchestration.ephemeral_server import EphemeralServer


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path) -> Iterator[None]:
    """A Prefect home, a working directory and an environment with nothing in them."""
    with mock.patch.dict(os.environ), chdir(tmp_path):
        for name in [name for name in os.environ if name.startswith("PREFECT_")]:
            del os.environ[name]
        os.environ["PREFECT_HOME"] = str(tmp_path / "home")
        yield


def test_a_prefect_home_that_is_not_a_folder_is_a_clear_error(tmp_path: Path) -> None:
    """And so is a folder in the place of the server's own log."""
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ConfigError, match=r"Prefect's folder .*home cannot be used"):
        EphemeralServer(tmp_path / "server.log").start()
    (tmp_path / "home").unlink()
    server = EphemeralServer(tmp_path)
    with pytest.raises(ConfigError, match="log of Prefect's temporary server"):
        server.start()
    server.stop()


def test_a_server_that_ends_at_once_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The message names the file with the server's own words."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setenv("PREFECT_API_URL", "")
    server = EphemeralServer(tmp_path / "log" / "server.log")
    with server, pytest.raises(ConfigError, match=r"server\.log"):
        server.wait_until_ready()


def test_only_the_first_of_two_runs_is_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Slots may be cleared by a run that is alone on the Prefect home, and by no other."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setenv("PREFECT_API_URL", "")
    make_database(tmp_path)
    with EphemeralServer(tmp_path / "1.log") as first:
        assert first.is_alone()
        with EphemeralServer(tmp_path / "2.log") as second:
            assert not second.is_alone()
            assert not first.is_alone()
        assert first.is_alone()
    with EphemeralServer(tmp_path / "3.log") as third:
        assert third.is_alone()


def make_database(place: Path) -> None:
    """What a server leaves in the Prefect home."""
    (place / "home").mkdir(exist_ok=True)
    (place / "home" / "prefect.db").touch()


def test_one_server_at_a_time_makes_the_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The second one starts when the first one answers, or has ended."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setenv("PREFECT_API_URL", "")
    first, second = EphemeralServer(tmp_path / "1.log"), EphemeralServer(tmp_path / "2.log")
    with first:
        starting = threading.Thread(target=second.start)
        starting.start()
        starting.join(0.3)
        assert starting.is_alive()
        make_database(tmp_path)
    starting.join(60)
    assert second.port
    second.stop()
