"""The two servers in one process, on two ports of the loopback address."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from mailroom.errors import ConfigError
from mailroom.sandbox import seeding
from mailroom.sandbox.drive.server import DriveServer
from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.logiqs.server import LogiqsServer
from mailroom.sandbox.options import SandboxOptions
from mailroom.sandbox.store import Store


class _Server(uvicorn.Server):
    """A server that does not handle signals: `Servers` handles them for both."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Servers:
    """Both servers with the settings that lead to them, before they serve; they share ``store``."""

    drive: uvicorn.Server
    logiqs: uvicorn.Server
    drive_socket: socket.socket
    logiqs_socket: socket.socket
    store: Store
    environment: dict[str, str]
    pages: dict[str, str]

    def run(self, ready: Callable[[], None]) -> None:
        """Serve both until a signal ends the process; call ``ready`` once both accept connections.

        The store is closed at the end: its directory can then be copied.
        """
        try:
            asyncio.run(self._serve(ready))
        finally:
            self.store.close()

    async def _serve(self, ready: Callable[[], None]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, self._stop)
        both = asyncio.gather(
            self.drive.serve(sockets=[self.drive_socket]), self.logiqs.serve(sockets=[self.logiqs_socket])
        )
        # This attribute is the only sign of uvicorn's readiness.
        while not (self.drive.started and self.logiqs.started) and not both.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        ready()
        await both

    def _stop(self) -> None:
        self.drive.should_exit = self.logiqs.should_exit = True


def seed(options: SandboxOptions) -> Store:
    """Return the store, seeded with notices if it is new; files and cases are added to an existing one too.

    The directory of a closed store holds no absolute path and no open file: a copy of it is a sandbox of its
    own.

    Raises:
        ConfigError: a file to seed it with cannot be read.
    """
    store = Store(options.state, options.blobs)
    is_new = store.fact("inbox") is None
    store.begin()
    seeding.ensure_inbox(store)
    if options.files is not None:
        seeding.seed_local_folder(store, options.files)
    if options.notices and is_new:
        seeding.seed_synthetic_day(store, options.notices)
    if options.cases is not None:
        seeding.seed_cases(store, options.cases)
    store.commit()
    return store


def create_servers(options: SandboxOptions) -> Servers:
    """Seed the store and bind both ports.

    Raises:
        ConfigError: a port is in use, or a file to seed it with cannot be read.
    """
    drive_socket, logiqs_socket = _bind_two(options.port)
    try:
        store = seed(options)
    except ConfigError:
        drive_socket.close()
        logiqs_socket.close()
        raise
    token, key, secret, match_key = (secrets.token_urlsafe(24) for _ in range(4))
    drive_root, logiqs_root = _url_of(drive_socket), _url_of(logiqs_socket)
    drive_behaviour = Behaviour(rate=options.drive_rate, latency=options.latency)
    logiqs_behaviour = Behaviour(rate=options.logiqs_rate, latency=options.latency)
    pages = {"drive": drive_root, "logiqs": logiqs_root}
    drive = DriveServer(store, token, drive_behaviour, pages)
    logiqs = LogiqsServer(store, key, secret, match_key, logiqs_behaviour, pages)
    environment = {
        "MAILROOM_DRIVE__ROOT_URL": drive_root,
        "MAILROOM_DRIVE__ACCESS_TOKEN": token,
        "MAILROOM_DRIVE__INBOX_ID": seeding.ensure_inbox(store),
        "MAILROOM_LOGIQS__BASE_URL": f"{logiqs_root}publicapi/V4/",
        "MAILROOM_LOGIQS__API_KEY": key,
        "MAILROOM_LOGIQS__SECRET_TOKEN": secret,
        "MAILROOM_LOGIQS__MATCH_URL": f"{logiqs_root}match",
        "MAILROOM_LOGIQS__MATCH_API_KEY": match_key,
    }
    return Servers(
        _make_server(drive.app()),
        _make_server(logiqs.app()),
        drive_socket,
        logiqs_socket,
        store,
        environment,
        pages,
    )


def _make_server(app: Starlette) -> uvicorn.Server:
    # It logs nothing: broken connections are intended faults, and paths contain names.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    return _Server(config)


def _bind_two(port: int) -> tuple[socket.socket, socket.socket]:
    first = _bind(port)
    try:
        return first, _bind(port + 1 if port else 0)
    except ConfigError:
        first.close()
        raise


def _bind(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except (OSError, OverflowError):
        bound.close()
        raise ConfigError(
            "port_taken",
            what=f"Port {port} of this machine is in use.",
            fix="Choose another port with --port; the next port is used too.",
        ) from None
    return bound


def _url_of(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}/"
