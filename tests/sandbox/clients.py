"""Clients of the sandbox's servers, which run in a thread of the test process."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

BEARER = {"Authorization": "Bearer token"}
BASIC = {"Authorization": "Basic " + base64.b64encode(b"key:secret").decode()}
PUBLIC = "/publicapi/V4"
TASK = {
    "CaseID": 41,
    "Subject": "s",
    "TaskType": 1,
    "DueDate": "2026-12-01T00:00:00Z",
    "Reminder": "2026-11-24T00:00:00Z",
    "UserID": [7],
    "PriorityID": 3,
}


@contextmanager
def serve(app: Starlette) -> Iterator[str]:
    """Serve the application on a port of the loopback address, in a thread; yield its URL."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    # A call before the server runs waits for it.
    bound.listen()
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    bound.close()


def list_files(drive: httpx.Client, **params: Any) -> httpx.Response:
    """Return the answer to ``files.list``."""
    return drive.get("/drive/v3/files", params=params)


def make_form(content: bytes = b"%PDF", name: str = "File") -> dict[str, Any]:
    """Return the parts of a document's upload."""
    return {"files": {name: ("IRS.pdf", content, "application/pdf")}, "data": {"Comment": "words"}}
