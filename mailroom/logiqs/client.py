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

from mailroom.errors import ConfigError, FileFault, Transient, Unclear
from mailroom.logiqs.answers import (
    LOGIQS_UNREADABLE,
    MATCH_UNREADABLE,
    match_answer,
    not_logiqs,
    not_the_match_service,
    read_envelope,
    unreachable,
    written,
)
from mailroom.logiqs.models import Activity, Case, MatchAnswer, NewTask
from mailroom.privacy.known import noted
from mailroom.privacy.private import Private
from mailroom.quota import Repeats, TokenBucket
from mailroom.settings import LogiqsSettings

# Logiqs takes files up to 6 MB; whether it counts 10**6 or 2**20 is not documented, so the smaller.
LARGEST_DOCUMENT = 6_000_000
# No such case: an authorised call is told so, another one is rejected.
NO_CASE = 0
# Broken before the request was sent: certainly not carried out.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


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
        """Find out with one call each whether the CRM and the match service know our keys.

        Raises:
            ConfigError: rejected, or not the service.
            Transient: no answer, after repeats.
        """
        try:
            self.case_info(NO_CASE)
            self.match("MAILROOM CHECK", "0000", None)
        except Transient as fault:
            # What is no JSON at every repeat comes from another server.
            if fault.code == LOGIQS_UNREADABLE:
                raise not_logiqs() from None
            if fault.code == MATCH_UNREADABLE:
                raise not_the_match_service() from None
            raise

    def match(self, last_name: str, ssn_last4: str, first_name: str | None) -> MatchAnswer:
        """Ask the match service; its answer is evidence, not a verdict."""
        url = self._settings.match_url or ""
        key = self._settings.match_api_key
        body = {"lastName": last_name, "last4SSN": ssn_last4, "firstName": first_name or ""}
        headers = {"X-API-Key": key.get_secret_value()} if key else {}

        def ask() -> Mapping[str, Any]:
            return match_answer(self._read("match", "POST", url, json=body, headers=headers))

        return noted(MatchAnswer.of(self._repeats.call(ask, self._bucket)))

    def case_info(self, case_id: int) -> Case | None:
        """The case, with its officer where the tenant tells; None when there is none."""
        params = {"CaseID": str(case_id), "details": "setofficerid"}
        data = self._read_data("Case/CaseInfo", params)
        case = Case.of({"CaseID": case_id, **data}) if isinstance(data, Mapping) else None
        return noted(case) if case else None

    def activities(self, case_id: int) -> list[Activity] | None:
        """The case's activities; None when the tenant does not tell them."""
        data = self._read_data("CaseActivity/Activity", {"CaseID": str(case_id)})
        if not isinstance(data, list):
            return None
        texts = [f"{one.get('Subject')}\n{one.get('Comment')}" for one in data if isinstance(one, Mapping)]
        return [Activity(Private(text)) for text in texts]

    def upload_document(self, case_id: int, path: Path, filename: str, comment: str) -> int:
        """Upload a PDF to the case.

        Returns:
            Its CaseDocumentID.

        Raises:
            FileFault: over 6 MB, or refused.
            Transient: certainly not carried out, after repeats.
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
                    # 404 unless CaseID stands in the query string (seen on live tenants).
                    params={"CaseID": str(case_id)},
                    headers={"Comment": comment},
                    data={"CaseID": str(case_id), "Comment": comment},
                    files={"File": (filename, file, "application/pdf")},
                )
            return written(answer, "document", "CaseDocumentID")

        return self._repeats.call(send, self._bucket)

    def create_task(self, task: NewTask) -> int:
        """Create the task and answer its TaskID; raises as `upload_document` does."""

        def send() -> int:
            params = {"CaseID": str(task.case_id)}
            return written(
                self._write("task", "Task/Task", params=params, json=task.as_json()), "task", "TaskID"
            )

        return self._repeats.call(send, self._bucket)

    def _read_data(self, path: str, params: Mapping[str, str]) -> Any:
        def ask() -> Any:
            return read_envelope(
                self._read("logiqs", "GET", self._url(path), params=params, auth=self._auth())
            )

        return self._repeats.call(ask, self._bucket)

    def _read(self, system: str, method: str, url: str, **parts: Any) -> httpx.Response:
        return self._send(lambda: unreachable(system), lambda: unreachable(system), method, url, **parts)

    def _write(self, what: str, path: str, **parts: Any) -> httpx.Response:
        def not_sent() -> Transient:
            return unreachable("logiqs")

        def unclear() -> Unclear:
            return Unclear(f"{what}_answer_lost")

        return self._send(not_sent, unclear, "POST", self._url(path), auth=self._auth(), **parts)

    def _send(
        self,
        not_sent: Callable[[], Exception],
        broken: Callable[[], Exception],
        method: str,
        url: str,
        **parts: Any,
    ) -> httpx.Response:
        self._bucket.take()
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
