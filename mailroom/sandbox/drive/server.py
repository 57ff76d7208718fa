"""A Google Drive v3 on loopback, as far as the mail room and its tests use it, behaving like Drive.

Search, opaque page tokens over shifting results, partial responses, ranges, md5, single parents, bearer
tokens, Google's error bodies, quota answers. Sources: Google's Drive v3 reference, and its observed
behaviour.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mailroom.sandbox.base_server import BaseServer, make_trickling_response, make_truncated_response
from mailroom.sandbox.drive.partial_response import InvalidFields, select_fields
from mailroom.sandbox.drive.permissions import Permissions
from mailroom.sandbox.drive.query import InvalidQuery, find_parent, parse
from mailroom.sandbox.drive.tokens import Tokens
from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.store import FOLDER, Store, format_time
from mailroom.sandbox.web_pages import render_drive_page

DEFAULT_FIELDS = "kind,id,name,mimeType"
ORDERS = {"createdTime": "createdTime", "modifiedTime": "modifiedTime", "name": "name", "folder": "mimeType"}

INSUFFICIENT_PERMISSIONS = "The user does not have sufficient permissions for this file."
# Fault name → status, reason, further headers, as Google answers.
REFUSALS: dict[str, tuple[int, str, dict[str, str]]] = {
    "rate_limited": (403, "userRateLimitExceeded", {}),
    "too_many": (429, "rateLimitExceeded", {"Retry-After": "1"}),
    "server_error": (500, "internalError", {}),
    "unavailable": (503, "backendError", {}),
    "forbidden": (403, "insufficientFilePermissions", {}),
    "abusive": (403, "cannotDownloadAbusiveFile", {}),
    "vanish": (404, "notFound", {}),
    "unauthorized": (401, "authError", {}),
    "daily_limit": (403, "dailyLimitExceeded", {}),
    "storage_full": (403, "storageQuotaExceeded", {}),
    "sharing_limit": (403, "sharingRateLimitExceeded", {}),
}


class FileMissing(Exception):
    """Raised for a file or folder that does not exist or is not shared; the message is its id."""


def make_google_error(
    status: int, reason: str, message: str, headers: dict[str, str] | None = None
) -> Response:
    """Return an error in Google's format."""
    one = {"domain": "global", "reason": reason, "message": message}
    return JSONResponse(
        {"error": {"code": status, "message": message, "errors": [one]}}, status, headers=headers
    )


class DriveServer(BaseServer):
    """The handlers of the application for one store."""

    def __init__(self, store: Store, token: str, behaviour: Behaviour, links: dict[str, str]) -> None:
        super().__init__(store, behaviour, links, token)
        self.token = token
        self.permissions = Permissions(store)
        self.tokens = Tokens(token, behaviour)

    def app(self) -> Starlette:
        """Return the ASGI application."""
        files, one_file = "/drive/v3/files", "/drive/v3/files/{file_id}"
        routes = [
            Route("/view/{file_id}", self.show_file),
            Route("/drive/v3/about", self.guard("about", self.about)),
            Route(files, self.guard("list", self.list_files), methods=["GET"]),
            Route(files, self.guard("create", self.create), methods=["POST"]),
            Route(one_file, self.guard("get", self.get), methods=["GET"]),
            Route(one_file, self.guard("move", self.update), methods=["PATCH"]),
            Route("/token", self.tokens.grant, methods=["POST"]),
            *self.make_common_routes(
                shares=lambda told: self.permissions.share(**told), accounts=self.tokens.register
            ),
        ]
        refusals = {
            FileMissing: self.answer_missing,
            InvalidQuery: answer_invalid,
            InvalidFields: answer_invalid,
        }
        return Starlette(routes=routes, exception_handlers=refusals)

    def answer_missing(self, _request: Request, missing: Exception) -> Response:
        """Return Google's response for a file that does not exist or is not shared."""
        return self.add_gossip(make_google_error(404, "notFound", f"File not found: {missing}."))

    def name_call(self, kind: str, request: Request) -> str:
        """Tell downloads from metadata, and moves from other changes."""
        if request.query_params.get("alt") == "media":
            return "download"
        return "update" if kind == "move" and "addParents" not in request.query_params else kind

    def refuse(self, request: Request, kind: str, *, over: bool) -> Response | None:
        """Return the response that refuses the call; None if the handler may answer it."""
        where = f"{kind} {request.path_params.get('file_id', '')}"
        if not self.tokens.accepts(request.headers.get("Authorization", "")):
            return make_google_error(401, "authError", "Invalid Credentials")
        if over:
            return make_google_error(403, "userRateLimitExceeded", "User Rate Limit Exceeded.")
        for name, (status, reason, headers) in REFUSALS.items():
            if self.behaviour.hits(name, where):
                return make_google_error(status, reason, reason, headers)
        if self.behaviour.hits("not_json_error", where):
            return HTMLResponse("<html>Sorry, something went wrong.</html>", 502)
        if self.behaviour.hits("bare_forbidden", where):
            return JSONResponse({"error": {"code": 403, "message": "Forbidden"}}, 403)
        if self.behaviour.hits("drop", where):
            return make_truncated_response()
        if (fault := self.behaviour.hits("trickle", where)) is not None:
            return make_trickling_response(float(fault.value or 20))
        return None

    async def about(self, request: Request) -> Response:
        """Handle ``about.get``: return the caller's address."""
        user = {"emailAddress": "mailroom@sandbox.example", "displayName": "Sandbox"}
        return JSONResponse(select_fields({"user": user}, request.query_params.get("fields", "user")))

    async def list_files(self, request: Request) -> Response:
        """Handle ``files.list``: each page is a new search, so results shift when files move."""
        asked = request.query_params
        query, order = asked.get("q", ""), asked.get("orderBy", "")
        size = int(asked["pageSize"]) if asked.get("pageSize", "").isdigit() else 100
        if not 1 <= size <= 1000:
            return make_google_error(
                400, "invalid", "Invalid value for pageSize. Values must be within 1 and 1000."
            )
        start = self._read_page_token(asked.get("pageToken"), query, order)
        if start is None or (start and self.behaviour.hits("reject_page_token", "list")):
            return make_google_error(400, "invalid", "Invalid Value: pageToken")
        found = self._search(query, order)
        page: dict[str, Any] = {
            "kind": "drive#fileList",
            "incompleteSearch": bool(self.behaviour.hits("incomplete_search", "list")),
            "files": [self.permissions.describe(item) for item in found[start : start + size]],
        }
        if start + size < len(found):
            page["nextPageToken"] = self._make_page_token(start + size, query, order)
        fields = asked.get("fields", f"kind,incompleteSearch,nextPageToken,files({DEFAULT_FIELDS})")
        return JSONResponse(select_fields(page, fields))

    def _search(self, query: str, order: str) -> list[dict[str, Any]]:
        test = parse(query) if query.strip() else lambda _item: True
        parent = find_parent(query)
        if parent and not self.permissions.can_see(self.store.find_file(parent)):
            raise FileMissing(parent)
        found = [
            item for item in self.store.list_files(parent) if test(item) and self.permissions.can_see(item)
        ]
        for part in reversed([part.strip() for part in order.split(",") if part.strip()]):
            name, _, direction = part.partition(" ")
            if name not in ORDERS:
                raise InvalidQuery(order)
            found.sort(key=lambda item: str(item.get(ORDERS[name])), reverse=direction == "desc")
        return found

    def _make_page_token(self, offset: int, query: str, order: str) -> str:
        signed = hmac.new(
            self.token.encode(), f"{offset}|{query}|{order}".encode(), hashlib.sha256
        ).hexdigest()
        return "~!!~" + base64.urlsafe_b64encode(json.dumps([offset, signed]).encode()).decode()

    def _read_page_token(self, token: str | None, query: str, order: str) -> int | None:
        if not token:
            return 0
        try:
            offset = int(json.loads(base64.urlsafe_b64decode(token.removeprefix("~!!~")))[0])
        except (ValueError, LookupError, TypeError):
            return None
        return offset if hmac.compare_digest(token, self._make_page_token(offset, query, order)) else None

    async def get(self, request: Request) -> Response:
        """Handle ``files.get``: return metadata, or the bytes with ``alt=media``."""
        item = self._find(request.path_params["file_id"])
        if request.query_params.get("alt") == "media":
            return self._download(request, item)
        return self._respond(request, item)

    def _respond(self, request: Request, item: dict[str, Any]) -> Response:
        fields = request.query_params.get("fields", DEFAULT_FIELDS)
        return JSONResponse(select_fields(self._describe(item), fields))

    def _describe(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return the resource; what is in a trashed folder is in the trash too, but not explicitly."""
        folder = self.store.find_file(item["parents"][0]) if item["parents"] else {}
        shown = {**self.permissions.describe(item), "explicitlyTrashed": item["trashed"]}
        return {**shown, "trashed": item["trashed"] or bool(folder.get("trashed"))}

    def _find(self, file_id: str) -> dict[str, Any]:
        item = self.store.find_file(file_id)
        if not self.permissions.can_see(item):
            raise FileMissing(file_id)
        return item

    def _download(self, request: Request, item: dict[str, Any]) -> Response:
        content = self.store.read_content(item["id"])
        if content is None:
            message = "Only files with binary content can be downloaded."
            return make_google_error(403, "fileNotDownloadable", message)
        headers = {"Content-Type": item["mimeType"]}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        if self.behaviour.hits("short_body_without_length", f"download {item['id']}"):
            # Without Content-Length a client cannot see that the body is too short.
            return StreamingResponse(iter([content[: len(content) // 2]]), headers=headers)
        if wanted is None or self.behaviour.hits("ignore_range", f"download {item['id']}"):
            return Response(content, headers=headers)
        first = int(wanted[1])
        last = min(int(wanted[2] or len(content) - 1), len(content) - 1)
        if first >= len(content):
            return Response(status_code=416, headers={"Content-Range": f"bytes */{len(content)}"})
        part = content[first : last + 1]
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        if self.behaviour.hits("cut_body", f"download {item['id']}"):
            return make_truncated_response(part[: len(part) // 2], len(part), 206)
        if self.behaviour.hits("corrupt_body", f"download {item['id']}"):
            part = bytes([part[0] ^ 1]) + part[1:]
        return Response(part, 206, headers=headers)

    async def create(self, request: Request) -> Response:
        """Handle ``files.create`` for a folder."""
        body = await request.json()
        parent = (body.get("parents") or [None])[0]
        if parent and not self.permissions.can_add(self._find(parent)):
            return make_google_error(403, "insufficientParentPermissions", INSUFFICIENT_PERMISSIONS)
        if body.get("mimeType") != FOLDER:
            return make_google_error(400, "invalid", "The sandbox creates folders only.")
        made = self.store.find_file(self.store.add_folder(str(body.get("name", "Untitled")), parent))
        return self._respond(request, made)

    async def update(self, request: Request) -> Response:
        """Handle ``files.update``: move by addParents and removeParents; change what the body has."""
        item = self._find(request.path_params["file_id"])
        raw = await request.body()
        told = json.loads(raw or b"{}")
        changes = {name: value for name, value in told.items() if name in ("name", "trashed")}
        if "appProperties" in told:
            changes["appProperties"] = {**item.get("appProperties", {}), **told["appProperties"]}
        removed = set(filter(None, request.query_params.get("removeParents", "").split(",")))
        added = [one for one in request.query_params.get("addParents", "").split(",") if one]
        parents = [one for one in item["parents"] if one not in removed]
        parents += [one for one in added if one not in parents]
        if not self.permissions.can_move(item):
            return make_google_error(403, "insufficientFilePermissions", INSUFFICIENT_PERMISSIONS)
        if not all(self.permissions.can_add(self._find(one)) for one in added):
            return make_google_error(403, "insufficientParentPermissions", INSUFFICIENT_PERMISSIONS)
        if len(parents) > 1:
            return make_google_error(
                403, "cannotAddParent", "Increasing the number of parents is not allowed"
            )
        changed = self.store.change_file(item["id"], **changes, parents=parents, modifiedTime=format_time())
        if self.behaviour.hits("drop_after_write", f"move {item['id']}"):
            return make_truncated_response()
        return self._respond(request, changed)

    def render_page(self) -> str:
        """Return the page with each folder and its files."""
        return render_drive_page(self.store, self.links)

    async def show_file(self, request: Request) -> Response:
        """Return a file's bytes, for the web page's links."""
        item = self.store.find_file(request.path_params["file_id"])
        return self.respond_with_blob(item.get("sha256Checksum"), item.get("mimeType"))


def answer_invalid(_request: Request, _error: Exception) -> Response:
    """Return Google's response for an invalid query, order or selection of fields."""
    return make_google_error(400, "invalid", "Invalid Value")
