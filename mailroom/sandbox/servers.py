"""The two servers in one process, on two ports of the loopback address."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from mailroom.errors import ConfigError
from mailroom.sandbox import seeding
from mailroom.sandbox.drive.server import DriveServer
from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.logiqs.server import LogiqsServer
from mailroom.sandbox.options import SandboxOptions
from mailroom.sandbox.store import Store, check_state


class _Server(uvicorn.Server):
    """Serves on several sockets until a signal ends it; calls ``ready`` once it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own raises the signal again at the end, and would not leave Ctrl-C ignored.
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, self.handle_exit, number, None)
        yield


@dataclass(frozen=True)
class Servers:
    """Both servers with the settings that lead to them, before they serve; they share ``store``.

    ``sockets`` are bound; ``apps`` has the application of each port.
    """

    sockets: list[socket.socket]
    apps: dict[int, Starlette]
    store: Store
    environment: dict[str, str]
    pages: dict[str, str]

    def run(self, ready: Callable[[], None]) -> None:
        """Serve both until a signal ends the process; call ``ready`` once both accept connections.

        The store is closed at the end: its directory can then be copied.
        """
        try:
            asyncio.run(self.create_server(ready).serve(self.sockets))
        finally:
            self.store.close()

    def create_server(self, ready: Callable[[], None]) -> uvicorn.Server:
        """Return what serves both, to be called with ``sockets``."""
        # It logs nothing: broken connections are intended faults, and paths contain names.
        config = uvicorn.Config(
            self._dispatch, interface="asgi3", log_config=None, log_level="critical", access_log=False,
            lifespan="off", timeout_graceful_shutdown=1,
        )  # fmt: skip
        return _Server(config, ready)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.apps[scope["server"][1]](scope, receive, send)


def seed(options: SandboxOptions) -> Store:
    """Return the store, seeded with notices if it is new; files and cases are added to an existing one too.

    The directory of a closed store holds no absolute path and no open file: a copy of it is a sandbox of its
    own.

    Raises:
        ConfigError: its directory holds something else, or a file to seed it with cannot be read.
    """
    check_state(options.state)
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
    with ExitStack() as opened:
        drive_socket = opened.enter_context(_bind(options.port))
        logiqs_socket = opened.enter_context(_bind(options.port + 1 if options.port else 0))
        store = seed(options)
        opened.pop_all()
    token, key, secret, match_key = (secrets.token_urlsafe(24) for _ in range(4))
    drive_port, logiqs_port = drive_socket.getsockname()[1], logiqs_socket.getsockname()[1]
    pages = {"drive": f"http://127.0.0.1:{drive_port}/", "logiqs": f"http://127.0.0.1:{logiqs_port}/"}
    drive_behaviour, logiqs_behaviour = (
        Behaviour(rate=rate, latency=options.latency, longest_latency=options.longest_latency)
        for rate in (options.drive_rate, options.logiqs_rate)
    )
    apps = {
        drive_port: DriveServer(store, token, drive_behaviour, pages).app(),
        logiqs_port: LogiqsServer(store, key, secret, match_key, logiqs_behaviour, pages).app(),
    }
    environment = {
        "MAILROOM_DRIVE__ROOT_URL": pages["drive"],
        "MAILROOM_DRIVE__ACCESS_TOKEN": token,
        "MAILROOM_DRIVE__INBOX_ID": seeding.ensure_inbox(store),
        "MAILROOM_LOGIQS__BASE_URL": f"{pages['logiqs']}publicapi/V4/",
        "MAILROOM_LOGIQS__API_KEY": key,
        "MAILROOM_LOGIQS__SECRET_TOKEN": secret,
        "MAILROOM_LOGIQS__MATCH_URL": f"{pages['logiqs']}match",
        "MAILROOM_LOGIQS__MATCH_API_KEY": match_key,
    }
    return Servers([drive_socket, logiqs_socket], apps, store, environment, pages)


def _bind(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError):
        raise ConfigError(
            "port_taken",
            what=f"Port {port} of this machine is in use.",
            fix="Choose another port with --port; the next port is used too.",
        ) from None
