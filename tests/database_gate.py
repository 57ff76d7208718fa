"""A way to a database server that can be cut, and that loses what is sent through it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import URL

# PostgreSQL's message for a commit, whatever came before it in the same packet.
COMMIT = b"COMMIT\0"


class DatabaseGate:
    """Passes on what a client and the server say to each other; ``url`` leads through it.

    Attributes:
        is_open: a closed gate ends connections, and new ones at once.
        loses: a commit breaks its connection: before the server gets it, or when it has answered.
        spares: so many commits go through before that one.
    """

    def __init__(self, target: URL) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = target.set(host="127.0.0.1", port=port, query={})
        self.is_open = True
        self.loses: Literal["request", "answer"] | None = None
        self.spares = 0
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close the gate."""
        self.is_open = False
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair)

    def close(self) -> None:
        """Cut it for good."""
        self.cut()
        # Wakes the thread that waits for a client.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_open:
                    self._connect(client)
                else:
                    client.close()

    def _connect(self, client: socket.socket) -> None:
        place = str(self._target.query.get("host", ""))
        if place:
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(Path(place, f".s.PGSQL.{self._target.port or 5432}")))
        else:
            server = socket.create_connection((self._target.host or "127.0.0.1", self._target.port or 5432))
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        threading.Thread(target=self._pass_requests, args=[pair], daemon=True).start()
        threading.Thread(target=self._pass_answers, args=[pair], daemon=True).start()

    def _pass_requests(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        with contextlib.suppress(OSError):
            while some := client.recv(65536):
                if self._is_lost(some, "request"):
                    break
                server.sendall(some)
        self._end(pair)

    def _pass_answers(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        with contextlib.suppress(OSError):
            while some := server.recv(65536):
                # What the server says of a commit that it has carried out.
                if self._is_lost(some, "answer"):
                    break
                client.sendall(some)
        self._end(pair)

    def _is_lost(self, some: bytes, what: Literal["request", "answer"]) -> bool:
        if COMMIT not in some or self.loses != what:
            return False
        with self._lock:
            if self.spares:
                self.spares -= 1
                return False
            self.loses = None
        return True

    def _end(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            self._pairs.discard(pair)
        for side in pair:
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()


@contextlib.contextmanager
def open_gate(target: URL) -> Iterator[DatabaseGate]:
    """Make a gate to this database, and close it after the block."""
    gate = DatabaseGate(target)
    try:
        yield gate
    finally:
        gate.close()
