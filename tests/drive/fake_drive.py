"""A small Google Drive on loopback, with faults that are switched on by name.

It behaves as Drive does where the client can tell: queries, opaque page tokens, ``fields``, ranges, one
parent for a file, Google's error bodies, bearer tokens. Every request is checked against Google's discovery
document. Connections are real sockets, so that broken ones break as they do outside.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mailroom.sandbox.drive.query import parse
from tests.drive.answers import FAULTS, Answer, as_json, refusal
from tests.drive.discovery import Call, Violation, checked, split_mask

FOLDER = "application/vnd.google-apps.folder"
TOKEN = "made-up-token"


@dataclass
class _Fault:
    name: str
    on: str | None
    times: int
    executed: bool


@dataclass
class Sent:
    """A request that came in."""

    method_id: str
    parameters: dict[str, str]
    headers: dict[str, str]
    thread: int
    connection: int


class FakeDrive:
    """The state, and what it says to each call."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.sent: list[Sent] = []
        self.violations: list[str] = []
        self.hidden: set[str] = set()
        self.tokens = {TOKEN}
        # Whose parents Drive does not show, as of what is only shared.
        self.without_parents: set[str] = set()
        self.rejections = 0
        self._token_age = 0
        self.largest_page = 1000
        self.ignores_range = False
        self.token_requests = 0
        self.keeps_connections = True
        self.connection_closed = threading.Event()
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()
        self.root_url = ""
        self.add_folder("root-id", None)

    def fail(self, name: str, *, on: str | None = None, times: int = 1, executed: bool = False) -> None:
        """Let the next ``times`` calls go wrong; ``executed`` ones have done their work.

        ``on``: only calls of this method, or "media" for downloads.
        """
        self._faults.append(_Fault(name, on, times, executed))

    def add_folder(self, folder_id: str, parent: str | None = "root-id", **more: Any) -> str:
        """Add a folder, and return its id."""
        return self._add(folder_id, FOLDER, parent, **more)

    def add_pdf(self, file_id: str, content: bytes, parent: str = "inbox", **more: Any) -> str:
        """A PDF file, with Drive's size (a string) and MD5."""
        self.contents[file_id] = content
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        described = {"size": str(len(content)), "md5Checksum": digest, **more}
        return self._add(file_id, "application/pdf", parent, **described)

    def calls(self, method_id: str) -> list[Sent]:
        """The calls of one method that came in."""
        return [call for call in self.sent if call.method_id == method_id]

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes, port: int
    ) -> Answer | None:
        """What to say to one request."""
        parts = urlsplit(target)
        if parts.path == "/token":
            self.token_requests += 1
            self.tokens = {f"token-{self.token_requests}"}
            return as_json({"access_token": f"token-{self.token_requests}", "expires_in": 3600})
        query = parse_qs(parts.query, keep_blank_values=True)
        try:
            call = checked(method, unquote(parts.path).removeprefix("/"), query, body)
        except Violation as violation:
            self.violations.append(str(violation))
            return refusal(400, "badRequest")
        with self._lock:
            self.sent.append(Sent(call.method_id, call.parameters, headers, threading.get_ident(), port))
            return self._judged(call, headers, body)

    def _judged(self, call: Call, headers: dict[str, str], body: bytes) -> Answer | None:
        fault = self._next_fault("media" if call.is_media else call.method_id)
        if headers.get("authorization") not in {f"Bearer {token}" for token in self.tokens}:
            return refusal(401, "authError")
        if fault is None:
            return self._right(call, headers, body)
        is_write = call.method_id in ("drive.files.update", "drive.files.create")
        right = Answer(200, b"") if is_write and not fault.executed else self._right(call, headers, body)
        return FAULTS[fault.name](right)

    def _next_fault(self, method_id: str) -> _Fault | None:
        for fault in self._faults:
            if fault.times and fault.on in (None, method_id):
                fault.times -= 1
                return fault
        return None

    def _right(self, call: Call, headers: dict[str, str], body: bytes) -> Answer:
        if call.method_id == "drive.files.list":
            return self._list(call.parameters)
        if call.method_id == "drive.files.create":
            return self._create(json.loads(body))
        return self._about_file(call, headers, body)

    def _about_file(self, call: Call, headers: dict[str, str], body: bytes) -> Answer:
        file_id = {"root": "root-id"}.get(call.parameters["fileId"], call.parameters["fileId"])
        if file_id not in self.files or file_id in self.hidden:
            return refusal(404, "notFound")
        if call.method_id == "drive.files.update" and "addParents" in call.parameters:
            return self._move(self.files[file_id], call.parameters)
        if call.method_id == "drive.files.update":
            properties = self.files[file_id].setdefault("appProperties", {})
            properties.update(json.loads(body)["appProperties"])
        if call.is_media:
            return self._media(self.contents[file_id], headers.get("range"))
        return as_json(_masked(self.files[file_id], call.parameters["fields"]))

    def _create(self, made: dict[str, Any]) -> Answer:
        new_id = f"made-{len(self.files)}"
        if not set(made["parents"]) <= set(self.files) - self.hidden:
            return refusal(404, "notFound")
        self._add(new_id, made["mimeType"], made["parents"][0], name=made["name"])
        return as_json({"id": new_id})

    def _move(self, item: dict[str, Any], parameters: dict[str, str]) -> Answer:
        if parameters["addParents"] not in set(self.files) - self.hidden:
            return refusal(404, "notFound")
        left = set(item["parents"]) - {parameters["removeParents"]}
        if len(left | {parameters["addParents"]}) > 1:
            return refusal(403, "cannotAddParent")
        item["parents"] = [parameters["addParents"]]
        return as_json(_masked(item, parameters["fields"]))

    def _media(self, content: bytes, wanted: str | None) -> Answer:
        if wanted is None or self.ignores_range:
            return Answer(200, content)
        first, last = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
        if first >= len(content):
            return Answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        part = content[first : last + 1]
        ranged = f"bytes {first}-{first + len(part) - 1}/{len(content)}"
        return Answer(206, part, {"Content-Range": ranged})

    def _list(self, parameters: dict[str, str]) -> Answer:
        found = self._found(parameters)
        if found is None:
            return refusal(404, "notFound", location="fileId", locationType="parameter")
        start = 0
        if token := parameters.get("pageToken"):
            decoded = base64.urlsafe_b64decode(token).decode().split("|")
            if self.rejections:
                # Of this token, and of all that were given before.
                self.rejections, self._token_age = self.rejections - 1, self._token_age + 1
            if decoded[::2] != [parameters["q"], str(self._token_age)]:
                return refusal(400, "invalid", location="pageToken", locationType="parameter")
            start = int(decoded[1])
        end = start + min(int(parameters["pageSize"]), self.largest_page)
        answer: dict[str, Any] = {"files": found[start:end], "incompleteSearch": False}
        if end < len(found):
            answer["nextPageToken"] = base64.urlsafe_b64encode(
                f"{parameters['q']}|{end}|{self._token_age}".encode()
            ).decode()
        return as_json(_masked(answer, parameters["fields"]))

    def _found(self, parameters: dict[str, str]) -> list[dict[str, Any]] | None:
        query = parameters["q"].replace("'root' in parents", "'root-id' in parents")
        parents = {
            re.sub(r"\\(.)", r"\1", one) for one in re.findall(r"'((?:[^'\\]|\\.)*)' in parents", query)
        }
        if not parents <= set(self.files) - self.hidden:
            return None
        drives = {self.files[parent].get("driveId") for parent in parents} - {None}
        if drives and ("drive", drives) != (parameters.get("corpora"), {parameters.get("driveId")}):
            return []
        matches = parse(query)
        found = [item for item in self.files.values() if matches(item)]
        return [{**item, "parents": []} if item["id"] in self.without_parents else item for item in found]

    def _add(self, item_id: str, mime_type: str, parent: str | None, **more: Any) -> str:
        self.files[item_id] = {
            "id": item_id,
            "name": item_id,
            "mimeType": mime_type,
            "createdTime": "2026-11-02T08:15:30.000Z",
            "capabilities": {"canAddChildren": True, "canEdit": True},
            **({"parents": [parent]} if parent else {}),
            **more,
        }
        return item_id


def _masked(value: dict[str, Any], mask: str) -> dict[str, Any]:
    """Only what ``fields`` names."""
    masked: dict[str, Any] = {}
    for name, inner in split_mask(mask).items():
        if name in value:
            part = value[name]
            if inner and isinstance(part, list):
                part = [_masked(item, inner) for item in part]
            elif inner:
                part = _masked(part, inner)
            masked[name] = part
    return masked


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes: the second would wait 40 ms for the first one's acknowledgement.
    disable_nagle_algorithm = True
    drive: FakeDrive

    def do_GET(self) -> None:
        """Answer a listing, a download or a file's metadata."""
        self._serve()

    do_POST = do_PATCH = do_GET  # noqa: N815 - the base class calls them so

    def log_message(self, *_: object) -> None:
        """Write nothing to standard error."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.drive.answer(self.command, self.path, headers, body, self.client_address[1])
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.length is not None:
            self.send_header("Content-Length", str(len(answer.body) if answer.length < 0 else answer.length))
        self.end_headers()
        self.wfile.write(answer.body)
        # A server may close a kept connection silently.
        self.close_connection = answer.ends_connection or not self.drive.keeps_connections


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    drive: FakeDrive

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, and tell that it is closed."""
        super().shutdown_request(request)
        self.drive.connection_closed.set()


@contextmanager
def served(drive: FakeDrive) -> Iterator[FakeDrive]:
    """Serve on a free port of loopback; ``root_url`` tells where."""
    handler = type("Handler", (_Handler,), {"drive": drive})
    with _Server(("127.0.0.1", 0), handler) as server:
        server.drive = drive
        drive.root_url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield drive
        finally:
            server.shutdown()
            thread.join()
