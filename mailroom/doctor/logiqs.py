"""Checks Logiqs and the match service: their keys, and the scopes of the Logiqs key that allow reading.

The calls ask for a case number that does not exist and for a made-up name. Scopes that allow writing can only
be tested by writing, which is not done here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from mailroom.call_retries import RetryPolicy
from mailroom.config.api_settings import LogiqsSettings
from mailroom.config.block_names import LOGIQS_BLOCK
from mailroom.config.setting_types import is_unencrypted
from mailroom.config.unknown_names import PREFIX
from mailroom.crm.logiqs import LogiqsClient
from mailroom.crm.logiqs.client import explain_check_fault
from mailroom.crm.logiqs.responses import not_the_match_service
from mailroom.doctor.lines import Line, describe_error, not_checked, note, ok, wrong
from mailroom.doctor.response_monitor import ResponseMonitor
from mailroom.errors import MailroomError, Transient
from mailroom.rate_limit import CallMeter, TokenBucket

CREDENTIAL = "Logiqs credential"
CASE_SCOPE = "scope case.read"
CASE_ID = "CaseID"
ACTIVITY_SCOPE = "scope activity.read"
WRITE_SCOPES = "scopes to write"
MATCH = "match service"
SYSTEM, SETTING = "Logiqs", "MAILROOM_LOGIQS__BASE_URL"
TIMEOUT_SECONDS = 10.0
NEEDED = ("base_url", "api_key", "secret_token")


def check_logiqs(
    settings: LogiqsSettings, monitor: ResponseMonitor, *, has_index: bool = False
) -> Iterator[Line]:
    """Yield lines for the credential, its scopes and the match service, after six read calls.

    ``has_index``: cases can be found without a match service.
    """
    with monitor.open_client(min(settings.timeout_seconds, TIMEOUT_SECONDS)) as http:
        checks = _Checks(settings, monitor, _make_client(settings, http), has_index)
        yield from checks.check_crm()
        yield checks.check_match()


def _make_client(settings: LogiqsSettings, http: httpx.Client) -> LogiqsClient:
    bucket = TokenBucket(settings.calls_per_second, CallMeter())
    return LogiqsClient(settings, http, bucket, RetryPolicy(delays=()))


@dataclass(frozen=True)
class _Checks:
    settings: LogiqsSettings
    monitor: ResponseMonitor
    logiqs: LogiqsClient
    has_index: bool

    def check_crm(self) -> Iterator[Line]:
        """Yield lines for the Logiqs key and its scopes."""
        missing = [f"{PREFIX}LOGIQS__{name.upper()}" for name in NEEDED if not getattr(self.settings, name)]
        credential, scope = self._check_credential(missing)
        yield credential
        if scope is None:
            for topic in (CASE_SCOPE, ACTIVITY_SCOPE, CASE_ID, WRITE_SCOPES):
                yield not_checked(topic, "the Logiqs credential must work first")
            return
        yield scope
        yield self._check_activities()
        yield self._check_case_id()
        yield note(
            WRITE_SCOPES,
            "The scopes case.write and task.write cannot be tested without writing. Without them a run stops at its "
            "first file.",
            "In Logiqs, check that the key has case.read, case.write, task.write and activity.read.",
        )

    def _check_credential(self, missing: list[str]) -> tuple[Line, Line | None]:
        """Return the line of the credential, and the line of case.read; None if it could not be checked."""
        if missing:
            fix = f"Set each in the environment, in .env, or in the block {LOGIQS_BLOCK} (see docs/setup.md)."
            return wrong(CREDENTIAL, f"Not set: {', '.join(missing)}.", fix), None
        accepted = ok(CREDENTIAL, f"{self.settings.base_url} accepts the API key")
        try:
            self.logiqs.check_crm()
        except MailroomError as error:
            if error.code == "logiqs_scope_missing":
                return accepted, describe_error(CASE_SCOPE, error, SYSTEM, SETTING)
            return _describe(CREDENTIAL, error, SYSTEM, SETTING), None
        return accepted, ok(CASE_SCOPE, "cases can be read")

    def _check_activities(self) -> Line:
        try:
            told = self.logiqs.check_activities()
        except MailroomError as error:
            return _describe(ACTIVITY_SCOPE, error, SYSTEM, SETTING)
        if not told and self.monitor.status == 404 and "success" not in self.monitor.keys:
            return note(
                ACTIVITY_SCOPE,
                "This Logiqs tenant does not list the activities of a case (404). If a run is interrupted while it files a "
                "document, a person must check whether the document arrived.",
            )
        return ok(ACTIVITY_SCOPE, "activities can be read")

    def _check_case_id(self) -> Line:
        try:
            places = self.logiqs.find_case_id_places()
        except MailroomError as error:
            return _describe(CASE_ID, error, SYSTEM, SETTING)
        if places is None:
            return note(
                CASE_ID,
                "This Logiqs tenant does not show whether it reads CaseID from the query string or from the header; the "
                "mail room sends it in both.",
            )
        words = {"query": "the query string", "header": "the header"}
        read_from = " and ".join(words[place] for place in sorted(places, reverse=True))
        only = " only" if len(places) == 1 else ""
        return ok(CASE_ID, f"read from {read_from}{only}; the mail room sends it in both")

    def check_match(self) -> Line:
        """Return a line for the match service, after asking it for a name that nobody has."""
        if not self.settings.match_url:
            if self.has_index:
                return ok(MATCH, "not set; cases are searched in the case index alone")
            return wrong(
                MATCH,
                "Not set: MAILROOM_LOGIQS__MATCH_URL.",
                "Set it (and MAILROOM_LOGIQS__MATCH_API_KEY if the service needs a key) in the environment, in .env, "
                f"or in the block {LOGIQS_BLOCK}; or fill the case index (mailroom cases import).",
            )
        system, setting = "The match service", "MAILROOM_LOGIQS__MATCH_URL"
        try:
            self.logiqs.check_match()
        except MailroomError as error:
            return _describe(MATCH, error, system, setting)
        if not self.monitor.keys & {"matchfound", "status", "casedata"}:
            return _describe(
                MATCH, not_the_match_service("another program answers at this address"), system, setting
            )
        if is_unencrypted(self.settings.match_url):
            return note(
                MATCH,
                "It answers and accepts its key, but names and the last digits of SSNs are sent unencrypted (http).",
                "Use an https address, unless the match service is in the firm's own network.",
            )
        return ok(MATCH, "it answers and accepts its key")


def _describe(topic: str, error: MailroomError, system: str, setting: str) -> Line:
    return describe_error(
        topic, explain_check_fault(error) if isinstance(error, Transient) else error, system, setting
    )
