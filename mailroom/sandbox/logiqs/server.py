"""A Logiqs tenant and a match service on loopback, as independent integrations describe them.

Basic auth, envelopes in both spellings, CaseID in the query string, 6 MB, scopes. An upload and a task leave
an activity with their comment, unless that is switched off: tenants differ. CaseID is read from the query
string, or from the header only where the fault ``case_id_as_header`` is set.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from mailroom.sandbox.base_server import BaseServer, make_trickling_response, make_truncated_response
from mailroom.sandbox.faults import Behaviour
from mailroom.sandbox.logiqs.activity_report import make_report_rows, parse_report_request
from mailroom.sandbox.logiqs.match_service import find_match
from mailroom.sandbox.logiqs.messages import find_task_error, make_failure, make_success, parse_multipart
from mailroom.sandbox.store import Store, format_time
from mailroom.sandbox.web_pages import render_logiqs_page

NO_ROUTE = "No HTTP resource was found that matches the request"
LARGEST = 6 * 1024 * 1024
# The StatusID of a task that is done.
COMPLETE = 1
SCOPES = {
    "document": "case.write",
    "task": "task.write",
    "case": "case.read",
    "activities": "activity.read",
    "activity": "activity.write",
}


class LogiqsServer(BaseServer):
    """The handlers of the application for one store."""

    def __init__(
        self, store: Store, key: str, secret: str, match_key: str, behaviour: Behaviour, links: dict[str, str]
    ) -> None:
        super().__init__(store, behaviour, links, secret)
        self.match_key = match_key
        self.basic = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()

    def app(self) -> Starlette:
        """Return the ASGI application."""
        calls = (
            ("GET", "Case/CaseInfo", "case", self.case),
            ("GET", "Case/GetCasesByStatus", "case", self.cases_by_status),
            ("GET", "Find/FindCaseByPhone", "case", self.by_phone),
            ("GET", "Find/FindCaseByEmail", "case", self.by_email),
            ("POST", "Documents/CaseDocument", "document", self.document),
            ("POST", "Task/Task", "task", self.task),
            ("GET", "CaseActivity/Activity", "activities", self.activities),
            ("POST", "CaseActivity/Activity", "activity", self.activity),
            ("POST", "Report/ActivityReport", "report", self.report),
        )
        return Starlette(
            routes=[
                Route("/document/{document_id:int}", self.show_document),
                Route("/task/{task_id:int}/complete", self.complete_task, methods=["POST"]),
                Route("/match", self.guard("match", self.match), methods=["POST"]),
                *(
                    Route(f"/publicapi/V4/{path}", self.guard(kind, handle), methods=[method])
                    for method, path, kind, handle in calls
                ),
                *self.make_common_routes(),
            ]
        )

    def refuse(self, request: Request, kind: str, *, over: bool) -> Response | None:
        """Return the response that refuses the call; None if the handler may answer it."""
        if self.behaviour.hits("elsewhere", kind):
            return Response(status_code=302, headers={"Location": "https://login.example/?return=here"})
        if self.behaviour.hits("no_route", kind):
            return HTMLResponse("<html><body>404 - File or directory not found.</body></html>", 404)
        if (rejected := self._check_credentials(request, kind)) is not None:
            return rejected
        if over or self.behaviour.hits("too_many", kind):
            return JSONResponse({"message": "Too many requests"}, 429, headers={"Retry-After": "1"})
        if (fault := self.behaviour.hits("missing_scope", kind)) is not None:
            message = f"Access denied. Missing required scope: {SCOPES.get(kind, kind)}"
            return make_failure(message, int(fault.value or 200))
        if (fault := self.behaviour.hits("trickle", kind)) is not None:
            return make_trickling_response(float(fault.value or 20))
        refusals = {
            "success_false": make_failure("The request could not be processed."),
            "server_error": JSONResponse({"message": "Internal error"}, 500),
            "html": HTMLResponse("<html><body>Please sign in</body></html>"),
            "drop": make_truncated_response(),
        }
        return next(
            (response for name, response in refusals.items() if self.behaviour.hits(name, kind)), None
        )

    def _check_credentials(self, request: Request, kind: str) -> Response | None:
        if kind == "match":
            given = request.headers.get("X-API-Key")
            if given is None:
                return JSONResponse({"detail": "X-API-Key header is missing."}, 403)
            known = hmac.compare_digest(given, self.match_key)
            return None if known else JSONResponse({"detail": "Invalid or expired API Key."}, 403)
        given = request.headers.get("Authorization", "")
        if hmac.compare_digest(given, self.basic) and not self.behaviour.hits("unauthorized", kind):
            return None
        return JSONResponse({"message": "Unauthorized. Missing or invalid Authorization header."}, 401)

    async def spoil_response(self, kind: str, done: Response) -> Response:
        """Return the response, or a broken one for a fault that hits after the call was carried out."""
        if self.behaviour.hits("server_error_after", kind):
            return JSONResponse({"message": "Internal error"}, 500)
        if self.behaviour.hits("drop_after_write", kind):
            return make_truncated_response()
        if self.behaviour.hits("invalid_json_after_write", kind):
            return Response('{"Success": true, "data": {', media_type="application/json")
        if (fault := self.behaviour.hits("hang_after_write", kind)) is not None:
            await asyncio.sleep(float(fault.value or 30))
        return done

    async def match(self, request: Request) -> Response:
        """Handle the firm's match service."""
        if self.behaviour.hits("match_incomplete", "match"):
            return JSONResponse({"status": "success", "matchFound": True, "caseData": {"status": "success"}})
        return JSONResponse(find_match(self._list_cases(), await request.json()))

    async def case(self, request: Request) -> Response:
        """Handle ``Case/CaseInfo``; the officer only if ``details`` asks for it."""
        case_id = self._read_case_id(request, "case")
        if case_id is None:
            return JSONResponse({"message": NO_ROUTE}, 404)
        cases = self._list_cases(case_id)
        if not cases:
            return make_failure("Case not found", 404)
        data = cases[0]
        if "setofficerid" not in request.query_params.get("details", "").lower():
            data.pop("SetOfficerID", None)
        return make_success(data)

    async def cases_by_status(self, request: Request) -> Response:
        """Handle ``Case/GetCasesByStatus``; some tenants have no such route."""
        if self.behaviour.hits("no_cases_by_status", "case"):
            return JSONResponse({"message": "No HTTP resource was found"}, 404)
        wanted = _parse_number(request.query_params.get("StatusID") or request.headers.get("StatusID"))
        return self._show_cases(lambda case: case.get("StatusID") == wanted)

    async def by_phone(self, request: Request) -> Response:
        """Handle ``Find/FindCaseByPhone``; only the digits count."""
        return self._find_cases(request, "phone", "CellPhone", lambda text: re.sub(r"\D", "", text))

    async def by_email(self, request: Request) -> Response:
        """Handle ``Find/FindCaseByEmail``; upper and lower case are the same."""
        return self._find_cases(request, "email", "Email", str.lower)

    def _find_cases(self, request: Request, parameter: str, field: str, plain: Any) -> Response:
        wanted = request.query_params.get(parameter)
        if not wanted:
            return make_failure(f"{parameter} is required", 400)
        return self._show_cases(lambda case: plain(str(case.get(field, ""))) == plain(wanted))

    def _show_cases(self, test: Callable[[dict[str, Any]], bool]) -> Response:
        return make_success([case for case in self._list_cases() if test(case)], upper=True)

    def _read_case_id(self, request: Request, kind: str) -> int | None:
        place = request.headers if self.behaviour.hits("case_id_as_header", kind) else request.query_params
        return _parse_number(place.get("CaseID"))

    def _list_cases(self, case_id: int | None = None) -> list[dict[str, Any]]:
        rows = self.store.list_rows("cases", case_id)
        return [{name: value for name, value in row.items() if name != "id"} for row in rows]

    async def document(self, request: Request) -> Response:
        """Handle ``Documents/CaseDocument``: a multipart with a part named ``File``."""
        case_id = self._read_case_id(request, "document")
        if case_id is None:
            return JSONResponse({"message": NO_ROUTE}, 404)
        if not self.store.list_rows("cases", case_id):
            return make_failure("Case not found", 404)
        parts = parse_multipart(request.headers.get("Content-Type", ""), await request.body())
        if "File" not in parts:
            return make_failure("File is required")
        name, content = parts["File"]
        comment = parts["Comment"][1].decode() if "Comment" in parts else request.headers.get("Comment", "")
        if len(content) > LARGEST:
            return make_failure("File size exceeds the limit of 6 MB")
        stored = {"size": len(content), "sha256": self.store.keep_content(content)}
        document_id = self._add(
            "documents", case_id, CaseID=case_id, FileName=name, Comment=comment, **stored
        )
        self._add_activity(case_id, "Document uploaded", comment)
        message = "File uploaded succefully by User: Public API"
        return make_success({"CaseDocumentID": document_id}, message=message)

    async def task(self, request: Request) -> Response:
        """Handle ``Task/Task``; types and UTC times are checked."""
        try:
            body = json.loads(await request.body())
        except ValueError:
            return make_failure("Invalid JSON", 400)
        wrong = find_task_error(body)
        if wrong:
            return make_failure(wrong, 400)
        if not self.store.list_rows("cases", body["CaseID"]):
            return make_failure("Case not found", 404)
        task_id = self._add("tasks", body["CaseID"], **body)
        self._add_activity(body["CaseID"], f"Task created: {body['Subject']}", str(body.get("Comments", "")))
        message = "Task/Event created successfully by User: Public API"
        return make_success({"TaskID": task_id}, message=message, status=201, upper=True)

    def _add(self, table: str, case_id: int, /, **body: Any) -> int:
        return self.store.add(table, case_id, {**body, "CreatedDate": format_time()})

    def _add_activity(self, case_id: int, subject: str, comment: str) -> None:
        if not self.behaviour.hits("no_activities", subject):
            comment = "" if self.behaviour.hits("no_comments", subject) else comment
            self._add("activities", case_id, CaseID=case_id, Subject=subject, Comment=comment)

    async def activities(self, request: Request) -> Response:
        """Handle ``CaseActivity/Activity``: return a case's activities."""
        case_id = self._read_case_id(request, "activities")
        rows = self.store.list_rows("activities", case_id) if case_id else []
        return make_success([{"ActivityID": row.pop("id"), **row} for row in rows])

    async def activity(self, request: Request) -> Response:
        """Handle ``CaseActivity/Activity``: add an activity."""
        body = await request.json()
        case_id = _parse_number(body.get("CaseID"))
        if not body.get("Subject"):
            return make_failure("Subject is required", 400)
        if case_id is None or not self.store.list_rows("cases", case_id):
            return make_failure("Case not found", 404)
        return make_success({"ActivityID": self._add("activities", case_id, **body)})

    async def report(self, request: Request) -> Response:
        """Handle ``Report/ActivityReport``: all activities of some days."""
        days = parse_report_request(await request.json())
        if days is None:
            return make_failure("StartDate, EndDate, ReportName and Email are required", 400)
        names = {
            case["CaseID"]: f"{case.get('FirstName', '')} {case['LastName']}" for case in self._list_cases()
        }
        return make_success(make_report_rows(self.store.list_rows("activities"), names, days), upper=True)

    async def complete_task(self, request: Request) -> Response:
        """Complete a task, for the button on the web page: the public API has no call for it."""
        for task in self.store.list_rows("tasks"):
            if task["id"] == request.path_params["task_id"] and task.get("StatusID") != COMPLETE:
                self.store.change_row("tasks", task["id"], StatusID=COMPLETE)
                self._add_activity(task["CaseID"], f"Task Completed ({task['Subject']})", "")
        return RedirectResponse("/", 303)

    def render_page(self) -> str:
        """Return the page with all tasks, documents, notes and cases."""
        return render_logiqs_page(self.store, self.links)

    async def show_document(self, request: Request) -> Response:
        """Return a document's bytes, for the web page's links."""
        digests = {row["id"]: row["sha256"] for row in self.store.list_rows("documents")}
        return self.respond_with_blob(digests.get(request.path_params["document_id"]))


def _parse_number(text: object) -> int | None:
    return int(str(text)) if str(text or "").isdigit() else None
