"""Calls to one Logiqs tenant and to the firm's match service, over httpx; implements `mailroom.crm.base.Crm`.

Calls that read are repeated in place after transient faults; calls that write only when they were certainly
not carried out. What a case's evidence means is decided in `mailroom.matching`, what is sent in
`mailroom.delivery`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from mimetypes import guess_type
from typing import Any
from urllib.parse import urljoin

import httpx

from mailroom.call_retries import RetryPolicy
from mailroom.circuit_breaker import Call, CircuitBreaker, never_open
from mailroom.config.api_settings import LogiqsSettings
from mailroom.crm.base import Activity, Case, CaseId, MatchAnswer, NewActivity, NewDocument, NewTask
from mailroom.crm.logiqs import responses
from mailroom.crm.logiqs.parsing import (
    build_activity_body,
    build_task_body,
    parse_case,
    parse_completed_tasks,
    parse_match_answer,
    parse_whole_number,
)
from mailroom.deadline import read_clock
from mailroom.errors import ConfigError, FileFault, MailroomError, Transient, Unclear
from mailroom.http_client import explain_connection
from mailroom.privacy.client_data import Private
from mailroom.rate_limit import TokenBucket

# Logiqs accepts files up to 6 MB. Whether it counts 10**6 or 2**20 is not documented, so the smaller one is
# used.
LARGEST_DOCUMENT = 6_000_000
# A write may show up so many of the call's timeouts after it was sent (5 minutes, where a call may take 60
# s): sending and waiting take one each, and a server that still works on what the caller gave up (seen after
# 504s) has the rest.
SETTLE_TIMEOUTS = 5.0
# No case has this number: an authorised call is answered "not found", any other call is rejected.
NO_CASE = 0
# No case has this number either, the largest one of 32 bits; some tenants treat 0 as a missing CaseID.
UNKNOWN_CASE = 2**31 - 1
# A made-up name: a match service that accepts the key answers that there is no match.
NOBODY = ("MAILROOM CHECK", "0000", None)
# Broken before the request was sent: certainly not carried out.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# The systems in words for a person.
NAMES = {"logiqs": "Logiqs", "match": "the match service"}


def explain_check_fault(fault: Transient) -> MailroomError:
    """Return what a transient fault of a check means.

    An answer that is not JSON at any repeat comes from another server; any other fault is returned as it is.
    """
    page = "it answers with a web page, or something else that is not JSON"
    if fault.code == responses.LOGIQS_UNREADABLE:
        return responses.not_logiqs(page)
    return responses.not_the_match_service(page) if fault.code == responses.MATCH_UNREADABLE else fault


@dataclass(frozen=True)
class LogiqsClient:
    """The calls that the mail room makes. One `httpx.Client` may serve many of these, in many threads."""

    settings: LogiqsSettings
    http: httpx.Client
    bucket: TokenBucket
    retries: RetryPolicy
    circuit: CircuitBreaker = field(default_factory=never_open)
    match_circuit: CircuitBreaker = field(default_factory=never_open)
    clock: Callable[[], float] = read_clock
    largest_document = LARGEST_DOCUMENT

    @property
    def settle_time(self) -> timedelta:
        """How long a write may still show up in the case, from when it was sent or its answer was lost."""
        return timedelta(seconds=SETTLE_TIMEOUTS * self.settings.timeout_seconds)

    def check(self) -> None:
        """Find out whether the CRM and the match service accept the keys and may be read; one call each.

        A missing right to write shows at the first write: a test of it would leave something in a case.

        Raises:
            ConfigError: rejected, or something else answers at the address.
            Transient: no answer, after repeats.
        """
        try:
            self.check_crm()
            self.check_activities()
            if self.settings.match_url:
                self.check_match()
        except Transient as fault:
            raise explain_check_fault(fault) from None

    def check_crm(self) -> None:
        """Find out whether a Logiqs tenant is at the base URL, accepts the key and lets cases be read.

        It costs one call.
        """

        def ask() -> None:
            answer = self._read(
                "logiqs", "GET", self._url("Case/CaseInfo"), **_name_case(NO_CASE), auth=self._auth()
            )
            responses.read_envelope(answer, responses.READ_CASE)
            responses.check_is_logiqs(answer)

        self.retries.call(ask, self.bucket)

    def find_case_id_places(self) -> frozenset[str] | None:
        """Return where the tenant reads CaseID, "query" and "header" or one of them; three calls.

        A call without a case and a call for a case that does not exist get different answers. None if the
        tenant answers all calls alike.
        """
        unknown = {"CaseID": str(UNKNOWN_CASE)}
        nowhere = self._ask_for_case()
        answers = {"query": self._ask_for_case(params=unknown), "header": self._ask_for_case(headers=unknown)}
        return frozenset(place for place, answer in answers.items() if answer != nowhere) or None

    def _ask_for_case(self, **arguments: Any) -> tuple[int, str]:
        def ask() -> tuple[int, str]:
            url = self._url("Case/CaseInfo")
            answer = self._read("logiqs", "GET", url, **arguments, auth=self._auth())
            return answer.status_code, responses.read_message(answer)

        return self.retries.call(ask, self.bucket)

    def check_activities(self) -> bool:
        """Return whether the tenant lists a case's activities; one call.

        Raises:
            RightMissing: the key may not read them.
        """
        return self.list_activities(NO_CASE) is not None

    def check_match(self) -> None:
        """Find out whether the match service accepts its key, by asking for a made-up name; one call."""
        try:
            self._ask_match(*NOBODY)
        except FileFault as fault:
            raise responses.not_the_match_service(f"it answers {fault.ids['status']}") from None

    def match(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        """Ask the match service and return the cases that it names: evidence, not a verdict.

        Where no match service is set, it names none: the case index searches alone.

        Raises:
            FileFault: ``match_refused``, the service does not accept this question.
            ConfigError: it accepts no question at all.
        """
        if not self.settings.match_url:
            return MatchAnswer()
        try:
            return self._ask_match(last_name, ssn_last4, first_name)
        except ConfigError:
            # It may be about this name only (a firewall's rule). If the service accepts no question at all,
            # this call raises too.
            self._ask_match(*NOBODY)
        raise FileFault("match_refused")

    def _ask_match(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        url = self.settings.match_url or ""
        key = self.settings.match_api_key
        body = {"lastName": last_name, "last4SSN": ssn_last4, "firstName": first_name or ""}
        headers = {"X-API-Key": key.get_secret_value()} if key else {}

        def ask() -> Mapping[str, Any]:
            return responses.read_match_answer(self._read("match", "POST", url, json=body, headers=headers))

        return parse_match_answer(self.retries.call(ask, self.bucket))

    def get_case(self, case_id: CaseId) -> Case | None:
        """Return the case, with its officer where the tenant tells who that is.

        It is None when there is no such case.
        """
        data = self._read_data(
            "Case/CaseInfo", _name_case(case_id)["params"], responses.READ_CASE, details="setofficerid"
        )
        return parse_case({"CaseID": case_id, **data}) if isinstance(data, Mapping) else None

    def list_case_ids(self, status_id: int) -> list[CaseId] | None:
        """Return the numbers of the cases with this status; None where the tenant does not list them."""
        named = {"StatusID": str(status_id)}
        data = self._read_data("Case/GetCasesByStatus", named, responses.READ_CASE)
        if not isinstance(data, list):
            return None
        numbers = (parse_whole_number(one.get("CaseID")) for one in data if isinstance(one, Mapping))
        return [number for number in numbers if number is not None]

    def list_activities(self, case_id: CaseId) -> list[Activity] | None:
        """Return the case's activities; None when the tenant does not list them."""
        data = self._read_data(
            "CaseActivity/Activity", _name_case(case_id)["params"], responses.READ_ACTIVITY
        )
        if not isinstance(data, list):
            return None
        texts = [f"{one.get('Subject')}\n{one.get('Comment')}" for one in data if isinstance(one, Mapping)]
        return [Activity(Private(text)) for text in texts]

    def upload_document(self, document: NewDocument, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Upload a document to the case and return its CaseDocumentID; see `mailroom.crm.base.Crm`."""
        if document.path.stat().st_size > LARGEST_DOCUMENT:
            raise FileFault("too_large_to_file")
        comment = document.comment.encode("ascii", "replace").decode().replace("\r", " ").replace("\n", " ")

        def send() -> int:
            case = _name_case(document.case_id)
            with document.path.open("rb") as file:
                answer = self._write(
                    "document",
                    "Documents/CaseDocument",
                    about_to_send,
                    params=case["params"],
                    headers={**case["headers"], "Comment": comment},
                    data={**case["params"], "Comment": comment},
                    files={"File": (document.filename, file, guess_type(document.filename)[0])},
                )
            return responses.read_written_id(answer, "document", "CaseDocumentID", responses.WRITE_CASE)

        return self.retries.call(send, self.bucket)

    def create_task(self, task: NewTask, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Create the task and return its TaskID; see `mailroom.crm.base.Crm`."""

        def send() -> int:
            case = _name_case(task.case_id)
            answer = self._write("task", "Task/Task", about_to_send, **case, json=build_task_body(task))
            return responses.read_written_id(answer, "task", "TaskID", responses.WRITE_TASK)

        return self.retries.call(send, self.bucket)

    def add_activity(self, activity: NewActivity, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Add the note and return its ActivityID; see `mailroom.crm.base.Crm`."""

        def send() -> int:
            case, body = _name_case(activity.case_id), build_activity_body(activity)
            answer = self._write("activity", "CaseActivity/Activity", about_to_send, **case, json=body)
            responses.check_offered(answer, "activity")
            return responses.read_written_id(answer, "activity", "ActivityID", responses.WRITE_ACTIVITY)

        return self.retries.call(send, self.bucket)

    def list_completed_tasks(self, first: date, last: date) -> list[Activity] | None:
        """Return the tasks of the activity report that are completed; see `mailroom.crm.base.TaskSource`.

        The call is a POST, and only reads. Its rows are those that were changed last on these days (Pacific).
        """
        email = self.settings.report_email
        body = {
            # Without the leading zeros Logiqs answers 400.
            "StartDate": f"{first:%m/%d/%Y}",
            "EndDate": f"{last:%m/%d/%Y}",
            "ReportName": "ActivityReport",
            "Email": email.get_secret_value() if email else "",
        }

        def ask() -> Any:
            url = self._url("Report/ActivityReport")
            answer = self._read("logiqs", "POST", url, json=body, auth=self._auth())
            responses.check_offered(answer, "report")
            return responses.read_envelope(answer, responses.READ_REPORT)

        return parse_completed_tasks(self.retries.call(ask, self.bucket))

    def _read_data(self, path: str, named: dict[str, str], scope: str, **details: str) -> Any:
        """Return the data of a call about what ``named`` names, in the query and in the header."""

        def ask() -> Any:
            answer = self._read(
                "logiqs", "GET", self._url(path), params=named | details, headers=named, auth=self._auth()
            )
            return responses.read_envelope(answer, scope)

        return self.retries.call(ask, self.bucket)

    def _read(self, system: str, method: str, url: str, **arguments: Any) -> httpx.Response:
        return self._send(system, Transient(f"{system}_unreachable"), method, url, **arguments)

    def _write(
        self, what: str, path: str, about_to_send: Callable[[], None], **arguments: Any
    ) -> httpx.Response:
        lost, url = Unclear(f"{what}_answer_lost"), self._url(path)
        return self._send("logiqs", lost, "POST", url, about_to_send, auth=self._auth(), **arguments)

    def _send(
        self,
        system: str,
        lost: MailroomError,
        method: str,
        url: str,
        about_to_send: Callable[[], None] = lambda: None,
        **arguments: Any,
    ) -> httpx.Response:
        """Send one request and return its answer.

        A process that was suspended since its intent (SIGSTOP, a machine that sleeps) does not send: another
        worker may have taken its file over, and have sent. The next try commits its intent again, which
        another worker's claim prevents. Only a stop between this check and the first byte is not noticed;
        one of less than about `settle_time` does no harm, since nobody else sends before.
        """
        circuit = self.match_circuit if system == "match" else self.circuit
        with circuit.call() as call:
            self.bucket.take()
            circuit.begin(call)
            began = self.clock()
            about_to_send()
            if self.clock() - began > self.settings.timeout_seconds:
                raise Transient(f"{system}_unreachable")
            answer = self._request(call, system, lost, method, url, **arguments)
            if answer.status_code >= 500:
                call.fail(f"HTTP status {answer.status_code}")
            return answer

    def _request(
        self, call: Call, system: str, lost: MailroomError, method: str, url: str, **arguments: Any
    ) -> httpx.Response:
        try:
            return self.http.request(method, url, follow_redirects=False, **arguments)
        except NOT_SENT as error:
            if (found := explain_connection(error, NAMES[system])) is not None:
                raise found from None
            call.fail("no connection")
            raise Transient(f"{system}_unreachable") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise ConfigError(
                "logiqs_url",
                what="A Logiqs or match URL is not a web address.",
                fix="Correct MAILROOM_LOGIQS__BASE_URL and MAILROOM_LOGIQS__MATCH_URL.",
            ) from None
        except httpx.HTTPError:
            call.fail("no answer")
            raise lost from None

    def _url(self, path: str) -> str:
        return urljoin(self.settings.base_url or "", path)

    def _auth(self) -> tuple[str, str]:
        key, token = self.settings.api_key, self.settings.secret_token
        return (key.get_secret_value() if key else "", token.get_secret_value() if token else "")


def _name_case(case_id: CaseId) -> dict[str, dict[str, str]]:
    """Return the arguments of a request that name its case.

    Some tenants read CaseID only from the query string (and answer 404 without it), others only from the
    header, so it is sent in both.
    """
    named = {"CaseID": str(case_id)}
    return {"params": named, "headers": named}
