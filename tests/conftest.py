"""What all tests share: nothing of the user's own is read or written.

The process that distributes the tests imports this file too, and the others wait for it: what only tests need
is imported by fixtures.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import certifi
import hypothesis
import pytest

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine, PoolProxiedConnection

    from tests.postgresql_server import PostgresqlServer

PROJECT = Path(__file__).parents[1]


def _temporary_files_in_memory() -> None:
    """On a disk the many small databases take a quarter more CPU time."""
    memory = Path("/dev/shm")  # noqa: S108 - a directory of the user's own is made in it
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK):
        return
    found = os.statvfs(memory)
    # A container often has only 64 MB there. The tests use less than a quarter of this.
    if found.f_bavail * found.f_frsize >= 2 << 30 and not found.f_flag & os.ST_NOEXEC:
        own = memory / f"mailroom-tests-of-{os.getuid()}"
        own.mkdir(mode=0o700, exist_ok=True)
        os.environ["TMPDIR"] = str(own)
        tempfile.tempdir = None


def _a_home_of_our_own() -> None:
    """Home, state and Prefect's home are in a temporary directory; no setting of the machine's own counts."""
    for name in [name for name in os.environ if name.upper().startswith(("MAILROOM_", "PREFECT_"))]:
        del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="mailroom-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["HOME"] = str(home)
    os.environ["XDG_STATE_HOME"] = str(home / "state")
    os.environ["PREFECT_HOME"] = str(home / "prefect")
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ["DO_NOT_TRACK"] = "1"
    # The commands that tests call in this process log as they do in their own.
    os.environ["PREFECT_LOGGING_CONFIG_PATH"] = str(PROJECT / "flows" / "logging.yml")


def _one_root_certificate() -> None:
    """No test calls another machine. Each HTTP client reads all root certificates: 25 ms of CPU time."""
    every = Path(certifi.where()).read_text()
    end = "-----END CERTIFICATE-----\n"
    one = Path(os.environ["HOME"]) / "one-root.pem"
    one.write_text(every.partition(end)[0] + end)
    os.environ["SSL_CERT_FILE"] = os.environ["PREFECT_API_SSL_CERT_FILE"] = str(one)


def _compiled_code_kept() -> None:
    """Where bytecode is not written, each of the many processes compiles Prefect again: 4 s of CPU time."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def _little_garbage_collection_in_child_processes() -> None:
    """As in this process below; with Python's defaults it is a tenth of an import of Prefect."""
    here = str(PROJECT / "tests" / "child_processes")
    os.environ["PYTHONPATH"] = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])


def _signals_as_at_a_terminal() -> None:
    """A shell starts what runs in the background with SIGINT ignored, and child processes inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# Collections of garbage take a seventh of the tests' CPU time with Python's defaults.
gc.set_threshold(100_000, 50, 50)

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile(
    "mailroom", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("mailroom")

# Before any test is collected: Prefect notes its home when it is imported.
_temporary_files_in_memory()
_a_home_of_our_own()
_one_root_certificate()
_little_garbage_collection_in_child_processes()
_signals_as_at_a_terminal()
_compiled_code_kept()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The long forms of the canary test; see `bench/canaries.py`."""
    parser.addoption(
        "--on-postgresql",
        action="store_true",
        help="the canaries' ledgers and Prefect's database on a server",
    )
    parser.addoption(
        "--every-canary", action="store_true", help="a run for each step and fault, not for some"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark end-to-end tests. Long tests come first: one that begins last would be waited for alone."""
    for item in items:
        fixtures = {*getattr(item, "fixturenames", ())}
        if "prefect_api" in fixtures and _group_of(item.nodeid) not in GROUPS.values():
            raise pytest.UsageError(
                f"Add {item.nodeid} to GROUPS in tests/conftest.py: it uses a Prefect server."
            )
        starts_server = {"prefect_api", "empty_prefect_home"} & fixtures or _group_of(
            item.nodeid
        ) == "postgresql"
        if starts_server or item.path.is_relative_to(PROJECT / "tests" / "end_to_end"):
            item.add_marker(pytest.mark.e2e)
    paths = ("tests/end_to_end", "tests/notices", "tests/sandbox", "tests")
    items.sort(key=lambda item: next(n for n, path in enumerate(paths) if item.nodeid.startswith(path)))
    first = ("canaries", "real-systems", "deployments", "prefect-server", "postgresql")
    items.sort(key=lambda item: (*first, _group_of(item.nodeid)).index(_group_of(item.nodeid)))


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end, so it is not searched for garbage."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Use two processes more than there are cores: tests often wait for others.

    Each takes four seconds of CPU time to import and collect the tests.
    """
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Send the tests of a group all to the process that is free next."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # noqa: PLC0415

    # xdist has no types. Its own groups (`--dist loadgroup` of xdist 3.8) do not work with pytest 9.2.
    class Groups(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _group_of(nodeid)

    config.option.loadscopereorder = False
    return Groups(config, log)


# Files, and single tests, that share what takes seconds to start. All that use `prefect_api` must be here: a
# server for each process of the tests would cost ten seconds of CPU time.
GROUPS = {
    "tests/ledger/test_absence.py": "postgresql",
    "tests/ledger/test_unusable_servers.py": "postgresql",
    "tests/run/test_promise_on_postgresql.py": "postgresql",
    "tests/blocks/test_blocks.py": "prefect-server",
    "tests/cli/test_daily.py": "prefect-server",
    "tests/orchestration/test_cancellation.py": "prefect-server",
    "tests/orchestration/test_deploy.py": "prefect-server",
    "tests/orchestration/test_deployment_checks.py": "prefect-server",
    "tests/orchestration/test_doctor_checks.py": "prefect-server",
    "tests/orchestration/test_notifications.py": "prefect-server",
    "tests/orchestration/test_open_work_artifacts.py": "prefect-server",
    "tests/orchestration/test_progress_artifact.py": "prefect-server",
    "tests/orchestration/test_report_artifacts.py": "prefect-server",
    "tests/orchestration/test_retries.py": "prefect-server",
    "tests/orchestration/test_run_lifecycle.py": "prefect-server",
    "tests/orchestration/test_slots.py": "prefect-server",
    "tests/end_to_end/test_malicious_day.py": "prefect-server",
    "tests/end_to_end/test_sandbox_run.py::test_a_dry_run_writes_and_remembers_nothing": "prefect-server",
    "tests/end_to_end/test_target.py": "prefect-server",
    "tests/end_to_end/test_wrong_configuration.py": "prefect-server",
    # As long as all of these together.
    "tests/end_to_end/test_real_systems.py": "real-systems",
    "tests/end_to_end/canaries/test_runs.py": "canaries",
    # They search scratch too, where the others' clients are, some with the same first name.
    "tests/end_to_end/canaries/test_search.py": "canaries",
    # It has a machine of its own: together with the canaries it would be the longest group by far.
    "tests/end_to_end/test_deployments.py": "deployments",
}


def _group_of(test: str) -> str:
    """A file's tests share what they have made, those on PostgreSQL its server; end-to-end tests go alone."""
    if test.endswith(("[postgresql]", "-postgresql]")):
        return "postgresql"
    file = test.partition("::")[0]
    alone = test if file.startswith("tests/end_to_end/") else file
    return GROUPS.get(test) or GROUPS.get(file) or alone


@pytest.fixture(scope="session", autouse=True)
def new_ledgers_are_copied() -> Iterator[None]:
    """Copy the tables of a new ledger from the first one that was migrated in this process.

    All migrations take 45 ms of CPU time, and more than a thousand tests make a ledger. `_migrate` itself
    runs for each, and whatever is not new is migrated.
    """
    from mailroom.ledger import opening  # noqa: PLC0415 - as the docstring of this file says

    migrate = opening._migrate
    template = sqlite3.connect(":memory:", check_same_thread=False)

    def migrate_copy(engine: Engine) -> None:
        if engine.dialect.name != "sqlite":
            return migrate(engine)
        with closing(engine.raw_connection()) as connection:
            is_new = not _list_tables(connection)
            if is_new and _list_tables(template):
                template.backup(_driver(connection))
        migrate(engine)
        if is_new and not _list_tables(template):
            with closing(engine.raw_connection()) as connection:
                _driver(connection).backup(template)
        return None

    with mock.patch.object(opening, "_migrate", migrate_copy), closing(template):
        yield


class SharedStatements(dict[Any, Any]):
    """Compiled statements of all engines of one kind; SQLAlchemy's keys begin with an engine's dialect."""

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the compiled statement, whichever engine compiled it."""
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """Each ledger has an engine of its own, which would compile each statement again: a quarter of the CPU
    time of the tests with a ledger.
    """
    from mailroom.ledger import opening  # noqa: PLC0415 - likewise

    create, statements = opening._create_engine, SharedStatements()

    def create_sharing(url: URL) -> Engine:
        engine = create(url)
        if engine.dialect.name == "sqlite":
            engine.update_execution_options(compiled_cache=statements)
        return engine

    with mock.patch.object(opening, "_create_engine", create_sharing):
        yield


def _driver(connection: PoolProxiedConnection) -> sqlite3.Connection:
    assert isinstance(connection.driver_connection, sqlite3.Connection)
    return connection.driver_connection


def _list_tables(connection: Any) -> list[Any]:
    found: list[Any] = connection.cursor().execute("SELECT name FROM sqlite_master").fetchall()
    return found


@pytest.fixture
def project() -> Path:
    """The path of the checkout."""
    return PROJECT


def make_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Make a directory that all processes of the test run share, unless one of them has made it already."""
    own = factory.getbasetemp()
    path = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            making = path.with_suffix(".making")
            make(making)
            making.rename(path)
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server, on which a test makes databases of its own."""
    from tests.postgresql_server import run_postgresql  # noqa: PLC0415 - likewise

    with run_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def empty_prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Prefect home with an empty database, to be copied."""
    from tests.prefect_server import make_home  # noqa: PLC0415 - most tests need no Prefect

    return make_once(tmp_path_factory, "prefect-home", make_home)


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory, empty_prefect_home: Path) -> Iterator[str]:
    """The address of this process's Prefect server; it holds what earlier tests left on it."""
    from tests.prefect_server import running_server  # noqa: PLC0415 - likewise

    home = shutil.copytree(empty_prefect_home, tmp_path_factory.mktemp("prefect-server") / "home")
    with running_server(home) as address:
        yield address


@pytest.fixture
def prefect_server(prefect_api: str) -> Iterator[None]:
    """Prefect uses this process's server, which is empty when the test begins."""
    from tests.in_process import environment  # noqa: PLC0415 - likewise
    from tests.prefect_server import clear  # noqa: PLC0415 - likewise

    clear(prefect_api)
    with environment({**os.environ, "PREFECT_API_URL": prefect_api}):
        yield
