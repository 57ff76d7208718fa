"""What ``bench/fleet.py`` starts: PostgreSQL, Redis, the Prefect server and workers, without containers.

Everything listens on 127.0.0.1 only, keeps its files below one directory and is stopped at the end. The
Prefect server gets its settings from compose.yaml. Where this is root, each worker has a host name and
process ids of its own, as in a container.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from child_usage import list_tree

ROOT = Path(__file__).parents[1]
POSTGRESQL = Path("/usr/lib/postgresql")
# PostgreSQL refuses to run as root.
ACCOUNT = "nobody"
POOL = "mailroom"
PREFECT = str(Path(sys.executable).with_name("prefect"))
LOOK_SECONDS = 0.5
READY_SECONDS = 180.0
STOP_SECONDS = 5.0


class Missing(Exception):
    """A program is not installed; the text has the command that installs it."""


def find_programs() -> tuple[Path, str]:
    """Return the folder of PostgreSQL's programs, the newest, and the path of Redis.

    Raises:
        Missing: names the packages.
    """
    versions = sorted(POSTGRESQL.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    redis = shutil.which("redis-server")
    packages = [
        *([] if versions else ["postgresql"]),
        *([] if redis else ["redis-server"]),
        *([] if shutil.which("psql") else ["postgresql-client"]),
    ]
    if packages or redis is None:
        raise Missing(f"Missing programs. Install them: apt-get install {' '.join(packages)}")
    try:
        import prefect_redis  # noqa: F401, PLC0415 - only whether it is there
    except ModuleNotFoundError:
        raise Missing("Missing package prefect-redis. Install it: uv sync --extra fleet") from None
    return versions[-1].parent, redis


def find_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, is_so: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
    """Return when it is so.

    Raises:
        TimeoutError: it is not within the seconds.
    """
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(LOOK_SECONDS)


@dataclass
class Processes:
    """Starts processes, each with a log of its own, and ends them with all their descendants."""

    place: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: list[str], environment: dict[str, str], **options: Any) -> None:
        """Start it in the background; Ctrl-C in the terminal does not reach it."""
        with (self.place / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **options,
            )  # fmt: skip

    def run(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        """Run it to its end.

        Raises:
            RuntimeError: it failed; names its log.
        """
        self.start(name, command, environment)
        if self.running.pop(name).wait():
            raise RuntimeError(
                f"{name} failed:\n{(self.place / name).with_suffix('.log').read_text()[-2000:]}"
            )

    def signal(self, name: str, what: signal.Signals) -> None:
        """Send a signal to a process and all its descendants."""
        for pid in list_tree(self.running[name].pid):
            with suppress(ProcessLookupError):
                os.kill(pid, what)

    def kill(self, name: str) -> None:
        """Kill a process with all its descendants."""
        self.signal(name, signal.SIGKILL)
        self.running.pop(name).wait()

    def stop(self) -> None:
        """End all, the last started first: each politely, then by force."""
        for name, process in reversed(list(self.running.items())):
            process.send_signal(signal.SIGCONT)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            self.kill(name)


@dataclass
class Fleet:
    """The servers, and workers in any number.

    Args:
        place: the temporary directory.
        servers: how many processes of the API; workers are split over them.
        settings: the environment of every worker and command: the mail room's settings.
    """

    place: Path
    servers: int
    settings: dict[str, str]
    processes: Processes = field(init=False)
    ports: list[int] = field(init=False)
    auth: str = field(default_factory=lambda: f"admin:{secrets.token_hex(16)}")

    def __post_init__(self) -> None:
        self.processes = Processes(self.place)
        self.ports = [find_port() for _ in range(self.servers)]

    def start(self, closing: ExitStack) -> None:
        """Start all servers, and make the deployments."""
        programs, redis = find_programs()
        closing.callback(self.processes.stop)
        ledger, prefect = self._start_postgresql(programs)
        own = self._start_redis(redis) | prefect
        self.settings["MAILROOM_LEDGER_URL"] = ledger
        self.settings["MAILROOM_LEDGER_KEY"] = secrets.token_hex(32)
        self._start_prefect(own)
        mailroom = str(Path(PREFECT).with_name("mailroom"))
        self.processes.run("deploy", [mailroom, "deploy"], self.make_environment("deploy", 0))

    def _start_postgresql(self, programs: Path) -> tuple[str, dict[str, str]]:
        """Start it; the ledger's URL, and the Prefect server's settings."""
        data, port = self.place / "postgresql", find_port()
        data.mkdir()
        account: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam(ACCOUNT)
            os.chown(data, user.pw_uid, user.pw_gid)
            self.place.chmod(0o711)
            account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        made = [
            str(programs / "initdb"), "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=admin", str(data / "data"),
        ]  # fmt: skip
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=data, **account)
        settings = ["-c", "max_connections=200", "-c", "listen_addresses=127.0.0.1", "-c", f"port={port}"]
        command = [str(programs / "postgres"), "-D", str(data / "data"), "-k", str(data), *settings]
        self.processes.start("postgresql", command, dict(os.environ), **account)
        psql = [
            "psql",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-U",
            "admin",
            "-v",
            "ON_ERROR_STOP=1",
            "postgres",
            "-q",
        ]
        wait_for(
            "postgresql",
            lambda: not subprocess.run([*psql, "-c", ""], check=False, stderr=subprocess.DEVNULL).returncode,
        )
        for name in ("prefect", "mailroom"):
            words = ["-c", f"CREATE ROLE {name} LOGIN", "-c", f"CREATE DATABASE {name} OWNER {name}"]
            subprocess.run([*psql, *words], check=True)
        where = {"PREFECT_SERVER_DATABASE_HOST": "127.0.0.1", "PREFECT_SERVER_DATABASE_PORT": str(port)}
        # The driver wants one, though nobody asks for it.
        where["PREFECT_SERVER_DATABASE_PASSWORD"] = "none"  # noqa: S105 - as said
        return f"postgresql+psycopg://mailroom@127.0.0.1:{port}/mailroom", where

    def _start_redis(self, program: str) -> dict[str, str]:
        """Start it; the Prefect server's settings."""
        port, password = find_port(), secrets.token_hex(16)
        directory = self.place / "redis"
        directory.mkdir()
        (directory / "redis.conf").write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {directory}\nappendonly yes\n"
        )
        self.processes.start("redis", [program, str(directory / "redis.conf")], dict(os.environ))
        address = f"redis://:{password}@127.0.0.1:{port}"
        return {"PREFECT_REDIS_MESSAGING_URL": f"{address}/0", "PREFECT_SERVER_DOCKET_URL": f"{address}/1"}

    def _start_prefect(self, own: dict[str, str]) -> None:
        """Start the API and the background services, with what compose.yaml sets."""
        compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
        environment = {
            **clean_environment(),
            **compose["x-server-environment"],
            **own,
            "PREFECT_SERVER_API_AUTH_STRING": self.auth,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_HOME": str(self.place / "prefect-server"),
            "PREFECT_SERVER_UI_ENABLED": "false",
        }
        self.processes.run("migrate", [PREFECT, "server", "database", "upgrade", "--yes"], environment)
        for number, port in enumerate(self.ports):
            command = [
                PREFECT,
                "server",
                "start",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "--no-services",
            ]
            self.processes.start(f"server-{number}", command, environment)
        self.processes.start("services", [PREFECT, "server", "services", "start"], environment)
        for port in self.ports:
            wait_for("prefect", lambda port=port: answers(f"http://127.0.0.1:{port}/api/ready"))  # type: ignore[misc]

    def make_environment(self, name: str, number: int, port: int | None = None) -> dict[str, str]:
        """Return the environment of a worker or a command: its own state, and the address of its server."""
        (self.place / name / "prefect").mkdir(parents=True, exist_ok=True)
        return {
            **clean_environment(),
            **self.settings,
            "PREFECT_API_URL": f"http://127.0.0.1:{port or self.ports[number % self.servers]}/api",
            "PREFECT_API_AUTH_STRING": self.auth,
            "PREFECT_HOME": str(self.place / name / "prefect"),
            # As in compose.yaml.
            "PREFECT_WORKER_QUERY_SECONDS": "3",
            "PREFECT_LOGGING_CONFIG_PATH": str(ROOT / "flows" / "logging.yml"),
            "MAILROOM_STATE_DIR": str(self.place / name / "state"),
        }

    def start_worker(self, number: int, port: int | None = None) -> str:
        """Start a worker that takes one flow run at a time, number 0 the daily run; its name."""
        name = f"worker-{number}"
        queue = "batches" if number else "default"
        command = [
            PREFECT,
            "--no-prompt",
            "worker",
            "start",
            "--pool",
            POOL,
            "--work-queue",
            queue,
            "--limit",
            "1",
            "--name",
            name,
        ]
        if os.geteuid() == 0:
            host = f"hostname {name} && exec {' '.join(command)}"
            unshare = ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL"]
            command = [*unshare, "sh", "-c", host]
        self.processes.start(name, command, self.make_environment(name, number, port))
        return name

    def ask(self, path: str, **body: Any) -> Any:
        """Post to the Prefect server's API; what it answers."""
        # A server that was restarted, or is busy, answers later.
        with httpx.Client(
            base_url=f"http://127.0.0.1:{self.ports[0]}/api",
            auth=tuple(self.auth.split(":")),
            timeout=60,  # type: ignore[arg-type]
        ) as client:
            answer = client.post(path, json=body).raise_for_status()
        return answer.json()

    def read(self, path: str) -> Any:
        """Get from the Prefect server's API."""
        address = f"http://127.0.0.1:{self.ports[0]}/api{path}"
        return httpx.get(address, auth=tuple(self.auth.split(":")), timeout=60).raise_for_status().json()  # type: ignore[arg-type]


def clean_environment() -> dict[str, str]:
    """Return this process's environment without settings of Prefect and of the mail room."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("MAILROOM_", "PREFECT_"))
    }


def answers(address: str) -> bool:
    """Whether the address answers without an error."""
    with suppress(httpx.HTTPError):
        return httpx.get(address, timeout=5).is_success
    return False
