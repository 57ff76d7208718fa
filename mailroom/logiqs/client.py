"""Calls to one Logiqs tenant and to the firm's match service, over httpx.

Calls that read are repeated in place after transient faults; calls that write only when they were certainly
not carried out. What a case's evidence means is decided in `mailroom.matching`, what is sent in
`mailroom.delivery`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from mailroom.errors import ConfigError, FileFault, MailroomError, Transient, Unclear
from mailroom.logiqs.answers import (
    LOGIQS_UNREADABLE,
    MATCH_UNREADABLE,
    READ_ACTIVITY,
    READ_CASE,
    WRITE_CASE,
    WRITE_TASK,
    check_is_logiqs,
    match_answer,
    not_logiqs,
    not_the_match_service,
    read_envelope,
    unreachable,
    written,
)
from mailroom.logiqs.models import Activity, Case, MatchAnswer, NewTask
from mailroom.notices.file_kind import MEDIA_TYPES
from mailroom.privacy.client_data import Private
from mailroom.privacy.redaction.client_values import register
from mailroom.quota import Repeats, TokenBucket
from mailroom.settings import LogiqsSettings

# Logiqs takes files up to 6 MB; whether it counts 10**6 or 2**20 is not documented, so the smaller.
LARGEST_DOCUMENT = 6_000_000
# No such case: an authorised call is told so, another one is rejected.
NO_CASE = 0
# Nobody's name: a match service that knows us says that there is no match.
NOBODY = ("MAILROOM CHECK", "0000", None)
# Broken before the request was sent: certainly not carried out.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def judged(fault: Transient) -> MailroomError:
    """What is no JSON at every repeat comes from another server; any other fault of a check is itself."""
    page = "it answers with a web page, or something else that is no JSON"
    if fault.code == LOGIQS_UNREADABLE:
        return not_logiqs(page)
    return not_the_match_service(page) if fault.code == MATCH_UNREADABLE else fault


class LogiqsClient:
    """The calls that the mail room needs. One `httpx.Client` may serve many of these, in many threads."""

    def __init__(
        self, settings: LogiqsSettings, http: httpx.Client, bucket: TokenBucket, repeats: Repeats
    ) -> None:
        self._settings = settings
        self._http = http
        self._bucket = bucket
        self._repeats = repeats

    def check(self) -> None:
        """Find out with one call each whether the CRM and the match service know our keys, and may be read.

        Rights to write show at the first write: asking for them would leave something in a case.

        Raises:
            ConfigError: rejected, or not the service.
            Transient: no answer, after repeats.
        """
        try:
            self.check_crm()
            self.check_activities()
            self.check_match()
        except Transient as fault:
            raise judged(fault) from None

    def check_crm(self) -> None:
        """Find out whether the base URL is a Logiqs tenant's, knows our key, and lets cases be read; one call."""

        def ask() -> None:
            params = {"CaseID": str(NO_CASE)}
            answer = self._read("logiqs", "GET", self._url("Case/CaseInfo"), params=params, auth=self._auth())
            read_envelope(answer, READ_CASE)
            check_is_logiqs(answer)

        self._repeats.call(ask, self._bucket)

    def check_activities(self) -> bool:
        """Find out whether the key lets activities be read, and whether the tenant tells them; one call."""
        return self.activities(NO_CASE) is not None

    def check_match(self) -> None:
        """Find out whether the match service knows our key, with a made-up name; one call."""
        try:
            self._ask_match(*NOBODY)
        except FileFault as fault:
            raise not_the_match_service(f"it answers {fault.ids['status']}") from None

    def match(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        """Ask the match service; its answer is evidence, not a verdict.

        Raises:
            FileFault: ``match_refused``, the service does not take this question.
            ConfigError: it takes none at all.
        """
        try:
            return self._ask_match(last_name, ssn_last4, first_name)
        except ConfigError:
            # Of this name only (a firewall's rule)? If the service takes no question, this one raises too.
            self._ask_match(*NOBODY)
        raise FileFault("match_refused")

    def _ask_match(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        url = self._settings.match_url or ""
        key = self._settings.match_api_key
        body = {"lastName": last_name, "last4SSN": ssn_last4, "firstName": first_name or ""}
        headers = {"X-API-Key": key.get_secret_value()} if key else {}

        def ask() -> Mapping[str, Any]:
            return match_answer(self._read("match", "POST", url, json=body, headers=headers))

        return register(MatchAnswer.of(self._repeats.call(ask, self._bucket)))

    def case_info(self, case_id: int) -> Case | None:
        """The case, with its officer where the tenant tells; None when there is none."""
        params = {"CaseID": str(case_id), "details": "setofficerid"}
        data = self._read_data("Case/CaseInfo", params, READ_CASE)
        case = Case.of({"CaseID": case_id, **data}) if isinstance(data, Mapping) else None
        return register(case) if case else None

    def activities(self, case_id: int) -> list[Activity] | None:
        """The case's activities; None when the tenant does not tell them."""
        data = self._read_data("CaseActivity/Activity", {"CaseID": str(case_id)}, READ_ACTIVITY)
        if not isinstance(data, list):
            return None
        texts = [f"{one.get('Subject')}\n{one.get('Comment')}" for one in data if isinstance(one, Mapping)]
        return [Activity(Private(text)) for text in texts]

    def upload_document(
        self,
        case_id: int,
        path: Path,
        filename: str,
        comment: str,
        about_to_send: Callable[[], None] = lambda: None,
    ) -> int:
        """Upload a document to the case; ``about_to_send`` is called right before each request leaves.

        Returns:
            Its CaseDocumentID.

        Raises:
            FileFault: over 6 MB; nothing is sent.
            Transient, RunStop: certainly not carried out, after repeats.
            Refused, ConfigError: refused.
            Unclear: it may have been carried out.
        """
        if path.stat().st_size > LARGEST_DOCUMENT:
            raise FileFault("too_large_to_file")
        comment = comment.encode("ascii", "replace").decode().replace("\r", " ").replace("\n", " ")

        def send() -> int:
            with path.open("rb") as file:
                answer = self._write(
                    "document",
                    "Documents/CaseDocument",
                    about_to_send,
                    # 404 unless CaseID stands in the query string (seen on live tenants).
                    params={"CaseID": str(case_id)},
                    headers={"Comment": comment},
                    data={"CaseID": str(case_id), "Comment": comment},
                    files={"File": (filename, file, MEDIA_TYPES[Path(filename).suffix])},
                )
            return written(answer, "document", "CaseDocumentID", WRITE_CASE)

        return self._repeats.call(send, self._bucket)

    def create_task(self, task: NewTask, about_to_send: Callable[[], None] = lambda: None) -> int:
        """Create the task and answer its TaskID; as `upload_document` otherwise."""

        def send() -> int:
            params = {"CaseID": str(task.case_id)}
            answer = self._write("task", "Task/Task", about_to_send, params=params, json=task.as_json())
            return written(answer, "task", "TaskID", WRITE_TASK)

        return self._repeats.call(send, self._bucket)

    def _read_data(self, path: str, params: Mapping[str, str], scope: str) -> Any:
        def ask() -> Any:
            answer = self._read("logiqs", "GET", self._url(path), params=params, auth=self._auth())
            return read_envelope(answer, scope)

        return self._repeats.call(ask, self._bucket)

    def _read(self, system: str, method: str, url: str, **parts: Any) -> httpx.Response:
        return self._send(lambda: unreachable(system), lambda: unreachable(system), method, url, **parts)

    def _write(self, what: str, path: str, about_to_send: Callable[[], None], **parts: Any) -> httpx.Response:
        def not_sent() -> Transient:
            return unreachable("logiqs")

        def unclear() -> Unclear:
            return Unclear(f"{what}_answer_lost")

        url = self._url(path)
        return self._send(not_sent, unclear, "POST", url, about_to_send, auth=self._auth(), **parts)

    def _send(
        self,
        not_sent: Callable[[], Exception],
        broken: Callable[[], Exception],
        method: str,
        url: str,
        about_to_send: Callable[[], None] = lambda: None,
        **parts: Any,
    ) -> httpx.Response:
        self._bucket.take()
        about_to_send()
        try:
            return self._http.request(method, url, follow_redirects=False, **parts)
        except NOT_SENT:
            raise not_sent() from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise ConfigError(
                "logiqs_url",
                what="A Logiqs or match URL is no web address.",
                mend="Correct MAILROOM_LOGIQS__BASE_URL and MAILROOM_LOGIQS__MATCH_URL.",
            ) from None
        except httpx.HTTPError:
            raise broken() from None

    def _url(self, path: str) -> str:
        return urljoin(self._settings.base_url or "", path)

    def _auth(self) -> tuple[str, str]:
        key, token = self._settings.api_key, self._settings.secret_token
        return (key.get_secret_value() if key else "", token.get_secret_value() if token else "")
