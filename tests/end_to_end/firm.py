"""A firm's machine: a Prefect server of its own, the project deployed to it, workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import httpx

from mailroom.cli.main import main
from mailroom.sandbox.launcher import Sandbox
from tests.end_to_end.conftest import FAST, SECONDS
from tests.in_process import call, environment, process_state_restored
from tests.prefect_server import save_blocks
from tests.waiting import until

if TYPE_CHECKING:
    from prefect import Flow

# Ends with the first command that fails.
PREFECT_COMMANDS = """
import sys
from prefect.cli import app
for command in sys.argv[1:]:
    sys.argv = ["prefect", *command.split()]
    try:
        app()
    except SystemExit as end:
        if end.code:
            raise
"""
PREFECT = (sys.executable, "-m", "prefect")


class Firm:
    """A machine with a Prefect server of its own, from which the project is deployed."""

    def __init__(self, project: Path, place: Path, **extra: str) -> None:
        self.project = project
        place.mkdir(exist_ok=True)
        self.log = place / "processes.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.api = f"http://127.0.0.1:{self.port}/api"
        self.environment = {
            **os.environ,
            "PREFECT_HOME": str(place / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_UI_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "PREFECT_RUNNER_POLL_FREQUENCY": "2",
            "PREFECT_LOGGING_CONFIG_PATH": str(project / "flows" / "logging.yml"),
            "MAILROOM_STATE_DIR": str(place / "state"),
            "XDG_STATE_HOME": str(place / "xdg"),
            "COLUMNS": "160",
            **extra,
        }
        self._log = self.log.open("ab")

    def prefect(self, *commands: str) -> str:
        """Run commands of Prefect's: what they write. One process, since its imports take four seconds."""
        return self.call("-c", PREFECT_COMMANDS, *commands)

    def call(self, *words: str) -> str:
        """Run a command of this Python: what it writes."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def deploy(self) -> None:
        """`mailroom deploy`, called in this process."""
        # Most tests need no Prefect.
        from mailroom.orchestration import server_checks  # noqa: PLC0415

        # On a busy machine a server that has just started answers later than a person would wait.
        with mock.patch.object(server_checks, "TIMEOUT", httpx.Timeout(SECONDS)):
            code, screen = call(main, ["deploy"], self.environment)
        assert code == 0, screen

    def start(self, *words: str, **extra: str) -> subprocess.Popen[bytes]:
        """A process that continues."""
        return subprocess.Popen(
            words, cwd=self.project, env={**self.environment, **extra}, stdout=self._log, stderr=self._log
        )

    def ask(self, path: str, **body: Any) -> Any:
        """What the server's API answers; on SQLite it carries nothing out and says 503 while others write."""

        def send() -> httpx.Response:
            return httpx.post(f"{self.api}{path}", json=body, timeout=SECONDS)

        answer = send()

        def carried_out() -> bool:
            nonlocal answer
            if answer.status_code == 503:
                answer = send()
            return answer.status_code != 503

        until(carried_out)
        answer.raise_for_status()
        return answer.json()

    def delete(self, path: str) -> None:
        """Delete what is there; on SQLite the server may answer 503 while others write."""
        until(lambda: httpx.delete(f"{self.api}{path}", timeout=SECONDS).status_code in (204, 404))

    def run(self, deployment: str, env: dict[str, str] | None = None, **parameters: object) -> str:
        """Start a run of a deployment, as the form does; its id. ``env`` is added to its environment."""
        # Most tests need no Prefect.
        from prefect.client.schemas import FlowRun  # noqa: PLC0415
        from prefect.deployments import run_deployment  # noqa: PLC0415

        name = deployment if "/" in deployment else f"daily/{deployment}"
        with environment(self.environment):
            made = run_deployment(
                name,
                parameters=parameters,
                timeout=0,
                as_subflow=False,
                job_variables={"env": env} if env else None,
            )
        # Outside a coroutine it answers at once, which its type does not say.
        assert isinstance(made, FlowRun)
        return str(made.id)

    def call_flow(self, flow: Flow[..., Any], deployment: str, **parameters: object) -> dict[str, Any]:
        """A run of a deployment as in a worker's process, but in this one: the run, when it has ended."""
        from prefect.client.schemas import FlowRun  # noqa: PLC0415 - likewise
        from prefect.flow_engine import run_flow  # noqa: PLC0415 - likewise

        (found,) = self.ask("/deployments/filter", deployments={"name": {"any_": [deployment]}})
        # A worker takes what is scheduled.
        state = {"type": "PENDING"}
        made = self.ask(f"/deployments/{found['id']}/create_flow_run", state=state, parameters=parameters)
        with (
            environment({**self.environment, **FAST}),
            chdir(self.project),
            process_state_restored(),
        ):
            run_flow(flow, flow_run=FlowRun.model_validate(made), return_type="state")
        return self._run(made["id"])

    def ended(self, run_id: str) -> dict[str, Any]:
        """The run, when it has ended."""

        def over() -> bool:
            return self._run(run_id)["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

        until(over)
        return self._run(run_id)

    def _run(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = httpx.get(f"{self.api}/flow_runs/{run_id}", timeout=SECONDS).json()
        return run

    def lead_to(self, sandbox: Sandbox) -> None:
        """Blocks and variables lead to a sandbox in the role of the real systems; nothing is in the
        environment.
        """
        with environment(self.environment):
            save_blocks(sandbox)

    def close(self) -> None:
        """Nothing is written to the processes' log any more."""
        self._log.close()


@contextmanager
def deployed_firm(place: Path, **extra: str) -> Iterator[Firm]:
    """The server runs and the project is deployed; ``extra`` is added to every process's environment."""
    made = Firm(Path(__file__).parents[2], place, **extra)
    # Nothing of ours runs in it that coverage would have to see.
    server = made.start(*PREFECT, "server", "start", "--port", str(made.port), COVERAGE_PROCESS_CONFIG="")
    try:
        until(lambda: _answers(f"{made.api}/health"))
        made.deploy()
        yield made
    finally:
        stopped(server)
        made.close()


@contextmanager
def working(firm: Firm, **extra: str) -> Iterator[None]:
    """A worker picks up what is due."""
    running = firm.start(
        *PREFECT, "worker", "start", "--pool", "mailroom", "--type", "process", **FAST, **extra
    )
    try:
        yield
    finally:
        stopped(running)


def stopped(process: subprocess.Popen[bytes]) -> None:
    """End a process as Ctrl-C does, and its children with it."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
