"""Start a sandbox as a process of its own and control it: for the daily run, tests and benchmarks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from mailroom.errors import ConfigError
from mailroom.sandbox.options import SandboxOptions


class Sandbox:
    """A running sandbox; a context manager that ends it."""

    def __init__(self, process: subprocess.Popen[str], told: dict[str, Any]) -> None:
        self._process = process
        self._environment: dict[str, str] = told["environment"]
        self.pages: dict[str, str] = told["pages"]
        self._http = httpx.Client()

    @classmethod
    def start(cls, state: Path, **options: Any) -> Self:
        """Start it, and wait until it is seeded and answers.

        Args:
            state: its directory; an existing state is used again.
            options: the other options of `SandboxOptions`.

        Raises:
            ConfigError: it cannot be seeded, or a port is in use.
        """
        given = SandboxOptions(state=state, **options)
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "mailroom.sandbox", given.model_dump_json(exclude_defaults=True)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # The caller's screen stays clean.
            stderr=subprocess.DEVNULL,
            text=True,
            # Ctrl-C in the terminal is for the run, which ends its sandbox itself.
            start_new_session=True,
        )
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        line = process.stdout.readline()
        if not line:
            _end(process)
            raise ConfigError(
                "sandbox_did_not_start",
                what="The sandbox did not start.",
                fix="Run `python -m mailroom sandbox` to see why.",
            )
        told = json.loads(line)
        if "environment" not in told:
            _end(process)
            raise ConfigError(told["code"], what=told["what"], fix=told["fix"])
        return cls(process, told)

    def environment(self) -> dict[str, str]:
        """Return the ``MAILROOM_*`` variables that make a run use this sandbox."""
        return dict(self._environment)

    def settings(self) -> dict[str, dict[str, str]]:
        """Return the same values, nested as the settings are."""
        nested: dict[str, dict[str, str]] = {"drive": {}, "logiqs": {}}
        for name, value in self._environment.items():
            part, _, key = name.removeprefix("MAILROOM_").lower().partition("__")
            nested[part][key] = value
        return nested

    def fault(self, system: str, name: str, **how: Any) -> None:
        """Switch a fault on in ``drive`` or ``logiqs``: ``times``, ``probability``, ``match``, ``value``."""
        self.behave(system, name=name, **how)

    def behave(self, system: str, **how: Any) -> None:
        """Set ``rate`` or latencies (seconds), add a fault by ``name``, or ``clear`` all faults."""
        self._admin("POST", system, "faults", json=how)

    def unspent(self, system: str) -> list[str]:
        """Return the names of faults that have not hit as many times as they were set to."""
        left: list[str] = self._admin("GET", system, "calls")["unspent"]
        return left

    def share(self, folder_id: str, role: str) -> None:
        """Give the caller a role on a folder and all below it; see `mailroom.sandbox.drive.permissions`."""
        self._admin("POST", "drive", "shares", json={"folder_id": folder_id, "role": role})

    def accept_account(self, email: str, public_key: str, subjects: Sequence[str]) -> None:
        """Let Drive accept a service account by its public key (PEM), also for these users."""
        told = {"email": email, "public_key": public_key, "subjects": list(subjects)}
        self._admin("POST", "drive", "accounts", json=told)

    def calls(self, system: str) -> list[tuple[float, str]]:
        """Return every call that the server got: monotonic seconds, and its kind."""
        return [(time, kind) for time, kind in self._admin("GET", system, "calls")["calls"]]

    def state(self, system: str = "drive") -> dict[str, Any]:
        """Return the files, cases, documents, tasks and activities."""
        found: dict[str, Any] = self._admin("GET", system, "state")
        return found

    def stop(self) -> None:
        """End its process; the state directory can then be copied."""
        self._http.close()
        _end(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _admin(self, method: str, system: str, what: str, **parts: Any) -> Any:
        secret = {"drive": "MAILROOM_DRIVE__ACCESS_TOKEN", "logiqs": "MAILROOM_LOGIQS__SECRET_TOKEN"}[system]
        headers = {"X-Sandbox-Token": self._environment[secret]}
        answer = self._http.request(method, f"{self.pages[system]}_sandbox/{what}", headers=headers, **parts)
        answer.raise_for_status()
        return answer.json()


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
