"""A sandbox in a thread of the tests' own process: to start a process takes a second of CPU time."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, Self, cast

import uvicorn

from mailroom.sandbox.launcher import Sandbox
from mailroom.sandbox.options import SandboxOptions
from mailroom.sandbox.seeding import check_contents
from mailroom.sandbox.servers import Servers, create_servers

# No machine is so busy that it takes longer.
SECONDS = 300


class SandboxThread(Sandbox):
    """The servers of a `Sandbox`, controlled in the same way; only the process is the tests' own."""

    def __init__(self, serving: _Serving) -> None:
        servers = serving.wait_until_ready()
        no_process = cast("Any", None)
        super().__init__(no_process, {"environment": servers.environment, "pages": servers.pages})
        self._serving = serving

    @classmethod
    def start(cls, state: Path, **options: Any) -> Self:
        """Start it, and wait until it answers; as `Sandbox.start`."""
        serving = _Serving(SandboxOptions(state=state, **options))
        serving.start()
        return cls(serving)

    def stop(self) -> None:
        """End it; the state directory can then be copied."""
        self._http.close()
        self._serving.stop()


class _Serving(threading.Thread):
    """Does what `mailroom.sandbox.process.run_as_child` does in a process of its own."""

    def __init__(self, options: SandboxOptions) -> None:
        super().__init__(name="sandbox", daemon=True)
        self._options = options
        self._ready = threading.Event()
        self._servers: Servers | None = None
        self._server: uvicorn.Server | None = None

    def run(self) -> None:
        """Serve until `stop`. SQLite wants the store to be opened in the thread that uses it."""
        self._servers = servers = create_servers(self._options)
        with closing(servers.store):
            check_contents(servers.store)
            self._server = server = servers.create_server(self._ready.set)
            # Signals are for the tests' main thread.
            server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
            asyncio.run(server.serve(servers.sockets))

    def wait_until_ready(self) -> Servers:
        """Return the servers when both accept connections."""
        assert self._ready.wait(SECONDS)
        assert self._servers is not None
        return self._servers

    def stop(self) -> None:
        """End the servers, without waiting until their connections end."""
        assert self._server is not None
        self._server.should_exit = self._server.force_exit = True
        self.join(SECONDS)
        assert not self.is_alive()
