"""A small Logiqs and match service behind httpx.MockTransport, with faults by name.

It behaves as independent integrations describe the API: both envelope spellings, HTTP 200 with
``Success: false``, CaseID in the query string or in a header, activities that show what was written.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from mailroom.call_retries import RetryPolicy
from mailroom.config.api_settings import LogiqsSettings
from mailroom.crm.logiqs import LogiqsClient
from mailroom.rate_limit import CallMeter, TokenBucket

BASE = "https://tenant.example/publicapi/V4/"
MATCH = "https://match.example/find"
BASIC = "Basic " + base64.b64encode(b"made-up-key:made-up-secret").decode()
NO_ROUTE = httpx.Response(404, json={"message": "No HTTP resource was found"})
Answer = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class _Later:
    """The caller gives up with ``lost``; the request is kept."""

    late: list[httpx.Request]
    lost: Any

    def give_up(self, request: httpx.Request) -> httpx.Response:
        """Keep the request, and answer as if the server were still working on it."""
        self.late.append(request)
        if isinstance(self.lost, Exception):
            raise self.lost
        return self.lost  # type: ignore[no-any-return]


@dataclass
class FakeCrm:
    """Holds what was written; ``faults`` maps a call's kind to answers given in turn before the real ones."""

    cases: dict[int, dict[str, Any]] = field(default_factory=dict)
    match_answer: dict[str, Any] = field(default_factory=lambda: {"status": "success", "matchFound": False})
    documents: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    reported: Any = None
    by_status: list[Any] | None = None
    requests: list[httpx.Request] = field(default_factory=list)
    faults: dict[str, list[Any]] = field(default_factory=dict)
    shows: Literal["all", "subjects", "nothing", "no route"] = "all"
    case_id_as_header: bool = False
    upper: bool = False

    def client(self) -> LogiqsClient:
        """A client of this CRM that waits for nothing."""
        settings = LogiqsSettings(
            base_url=BASE,
            api_key="made-up-key",
            secret_token="made-up-secret",
            match_url=MATCH,
            match_api_key="made-up-match-key",
            report_email="office@firm.example",
        )
        bucket = TokenBucket(1e6, CallMeter(), sleep=lambda _seconds: None)
        http = httpx.Client(transport=httpx.MockTransport(self.handle))
        return LogiqsClient(settings, http, bucket, RetryPolicy(sleep=lambda _seconds: None))

    def kinds(self) -> list[str]:
        """What was asked, in turn."""
        return [kind_of(request) for request in self.requests]

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to one request, and note the request."""
        request.read()
        self.requests.append(request)
        kind = kind_of(request)
        fault = self.faults[kind].pop(0) if self.faults.get(kind) else None
        if isinstance(fault, BaseException):
            raise fault
        if isinstance(fault, httpx.Response):
            return fault
        if isinstance(fault, _Later):
            return fault.give_up(request)
        answer: httpx.Response = getattr(self, kind)(request)
        if callable(fault):
            after = fault(request)
            return answer if after is None else after
        return answer

    def carry_out_later(self, late: list[httpx.Request], lost: Any) -> Any:
        """A fault: the caller gives up, and ``handle(late[0])`` carries the request out afterwards."""
        return _Later(late, lost)

    def ok(self, data: Any, status: int = 200) -> httpx.Response:
        """A success in either spelling."""
        keys = ("Data", "Message") if self.upper else ("data", "message")
        return httpx.Response(
            status, json={"Success": True, keys[0]: data, keys[1]: "", "StatusCode": status}
        )

    def match(self, request: httpx.Request) -> httpx.Response:
        """Return the match service's answer."""
        if request.headers.get("X-API-Key") != "made-up-match-key":
            return httpx.Response(403, json={"detail": "Invalid or expired API Key."})
        return httpx.Response(200, json=self.match_answer)

    def case(self, request: httpx.Request) -> httpx.Response:
        """Return the answer of ``Case/CaseInfo``."""
        if (case_id := self._read_case_id(request)) is None:
            return NO_ROUTE
        found = self.cases.get(case_id)
        return (
            self.ok(found) if found else httpx.Response(404, json={"Success": False, "message": "Not found"})
        )

    def status(self, _request: httpx.Request) -> httpx.Response:
        """Return the answer of ``Case/GetCasesByStatus``, which some tenants do not have."""
        return NO_ROUTE if self.by_status is None else self.ok(self.by_status)

    def document(self, request: httpx.Request) -> httpx.Response:
        """Return the answer of ``Documents/CaseDocument``."""
        if (case_id := self._read_case_id(request)) is None:
            return NO_ROUTE
        body = request.content
        assert b'name="File"' in body
        comment = request.headers["Comment"]
        assert comment.encode() in body
        self.documents.append({"CaseID": case_id, "Comment": comment, "body": body})
        self._show(case_id, "New File Uploaded", comment)
        return self.ok({"CaseDocumentID": 900 + len(self.documents)})

    def task(self, request: httpx.Request) -> httpx.Response:
        """Return the answer of ``Task/Task``."""
        body = json.loads(request.content)
        self.tasks.append(body)
        self._show(body["CaseID"], f"New task assigned to 'The Team' ({body['Subject']})", body["Comments"])
        return self.ok({"TaskID": 700 + len(self.tasks)}, 201)

    def activity(self, request: httpx.Request) -> httpx.Response:
        """Return the answer of ``CaseActivity/Activity``."""
        if (case_id := self._read_case_id(request)) is None or self.shows == "no route":
            return NO_ROUTE
        if request.method == "POST":
            body = json.loads(request.content)
            self._show(body["CaseID"], body["Subject"], body["Comment"])
            return self.ok({"ActivityID": 500 + len(self.activities)})
        return self.ok([row for row in self.activities if row["CaseID"] == case_id])

    def report(self, request: httpx.Request) -> httpx.Response:
        """Return the answer of ``Report/ActivityReport``, which some tenants do not have."""
        assert json.loads(request.content)["ReportName"] == "ActivityReport"
        return NO_ROUTE if self.reported is None else self.ok(self.reported)

    def _read_case_id(self, request: httpx.Request) -> int | None:
        given = (request.headers if self.case_id_as_header else request.url.params).get("CaseID")
        return int(given) if given else None

    def _show(self, case_id: int, subject: str, comment: str) -> None:
        if self.shows != "nothing":
            shown = comment if self.shows == "all" else ""
            self.activities.append({"CaseID": case_id, "Subject": subject, "Comment": shown})


def kind_of(request: httpx.Request) -> str:
    """Which call it is."""
    last = request.url.path.rpartition("/")[2]
    names = {"CaseInfo": "case", "CaseDocument": "document", "Task": "task", "Activity": "activity"}
    names |= {"GetCasesByStatus": "status", "ActivityReport": "report"}
    return names.get(last, "match")
