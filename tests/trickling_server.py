"""A server whose answers never stop to come: one byte at a time, none so late that a socket times out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BYTE_SECONDS = 0.05


@contextmanager
def trickling_server(where: str) -> Iterator[str]:
    """Serve on loopback and yield the address.

    Args:
        where: ``"head"`` or ``"body"``: what comes byte by byte.
    """
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        """Answers every request with a byte now and then, until the client leaves or the test ends."""

        def handle_one_request(self) -> None:
            self.requestline = self.rfile.readline().decode()
            while self.rfile.readline().strip():
                pass
            head = (
                b"HTTP/1.1 200 OK\r\nX-Long: "
                if where == "head"
                else b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
            )
            self.close_connection = True
            try:
                self.wfile.write(head)
                while not ended.wait(BYTE_SECONDS):
                    self.wfile.write(b"x")
            except OSError:
                pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            ended.set()
            server.shutdown()
            thread.join()
