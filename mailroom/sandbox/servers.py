"""The two servers in one process, on two ports of the loopback address."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from mailroom.errors import ConfigError
from mailroom.sandbox import seeding
from mailroom.sandbox.drive.server import DriveServer
from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.logiqs.server import LogiqsServer
from mailroom.sandbox.store import Store


@dataclass(frozen=True)
class Plan:
    """What a sandbox is filled with and where it listens; ``notices`` None leaves a new one empty."""

    state: Path
    notices: int | None = None
    files: Path | None = None
    cases: Path | None = None
    blobs: Path | None = None
    port: int = 0
    drive_rate: float | None = None
    logiqs_rate: float | None = None
    latency: float = 0.0
    settings: dict[str, str] = field(default_factory=dict)


class _Server(uvicorn.Server):
    """A server that leaves signals to the two of them together."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Servers:
    """Both applications with the settings that lead to them, before they serve."""

    drive: uvicorn.Server
    logiqs: uvicorn.Server
    drive_socket: socket.socket
    logiqs_socket: socket.socket
    environment: dict[str, str]
    pages: dict[str, str]

    def run(self, ready: Callable[[], None]) -> None:
        """Serve both until the process is told to stop."""
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: Callable[[], None]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, self._end)
        both = asyncio.gather(
            self.drive.serve(sockets=[self.drive_socket]), self.logiqs.serve(sockets=[self.logiqs_socket])
        )
        # uvicorn tells of its readiness by this attribute only.
        while not (self.drive.started and self.logiqs.started) and not both.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        ready()
        await both

    def _end(self) -> None:
        self.drive.should_exit = self.logiqs.should_exit = True


def fill(plan: Plan) -> Store:
    """The store, filled if it is new; a state that a run left is taken as it is."""
    store = Store(plan.state, plan.blobs)
    known = store.fact("inbox") is not None
    store.begin()
    if store.fact("inbox") is None or plan.files is not None:
        seeding.folders(store)
        if plan.files is not None:
            seeding.local_folder(store, plan.files)
        if plan.notices and not known:
            seeding.synthetic(store, plan.notices)
    if plan.cases is not None:
        seeding.cases_csv(store, plan.cases)
    store.commit()
    return store


def servers(plan: Plan) -> Servers:
    """Fill the store and bind both ports.

    Raises:
        ConfigError: a port is taken, or what it is to be filled with cannot be read.
    """
    drive_socket, logiqs_socket = _two_bound(plan.port)
    try:
        store = fill(plan)
    except ConfigError:
        drive_socket.close()
        logiqs_socket.close()
        raise
    token, key, secret, match_key = (secrets.token_urlsafe(24) for _ in range(4))
    drive_root, logiqs_root = _url(drive_socket), _url(logiqs_socket)
    drive_behaviour = Behaviour(rate=plan.drive_rate, latency=plan.latency)
    logiqs_behaviour = Behaviour(rate=plan.logiqs_rate, latency=plan.latency)
    pages = {"drive": drive_root, "logiqs": logiqs_root}
    drive = DriveServer(store, token, drive_behaviour, pages)
    logiqs = LogiqsServer(store, key, secret, match_key, logiqs_behaviour, pages)
    environment = {
        "MAILROOM_DRIVE__ROOT_URL": drive_root,
        "MAILROOM_DRIVE__ACCESS_TOKEN": token,
        "MAILROOM_DRIVE__INBOX_ID": seeding.folders(store),
        "MAILROOM_LOGIQS__BASE_URL": f"{logiqs_root}publicapi/V4/",
        "MAILROOM_LOGIQS__API_KEY": key,
        "MAILROOM_LOGIQS__SECRET_TOKEN": secret,
        "MAILROOM_LOGIQS__MATCH_URL": f"{logiqs_root}match",
        "MAILROOM_LOGIQS__MATCH_API_KEY": match_key,
    }
    return Servers(
        _server(drive.app()), _server(logiqs.app()), drive_socket, logiqs_socket, environment, pages
    )


def _server(app: Starlette) -> uvicorn.Server:
    # It logs nothing: broken connections are its faults, and names are in its paths.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    return _Server(config)


def _two_bound(port: int) -> tuple[socket.socket, socket.socket]:
    first = _bound(port)
    try:
        return first, _bound(port + 1 if port else 0)
    except ConfigError:
        first.close()
        raise


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except (OSError, OverflowError):
        bound.close()
        raise ConfigError(
            "port_taken",
            what=f"Port {port} of this machine is taken.",
            mend="Choose another one with --port; the port behind it is used too.",
        ) from None
    return bound


def _url(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}/"
