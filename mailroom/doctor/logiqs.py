"""Logiqs and the match service: their keys, and the scopes as far as reading calls tell of them.

Cases are asked for by a number that none has, and the match service for a made-up name. Scopes to write show
only when something is written, which is not done here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from mailroom.config.api_settings import LogiqsSettings
from mailroom.config.setting_types import is_in_clear
from mailroom.config.unknown_names import PREFIX
from mailroom.crm.logiqs import LogiqsClient
from mailroom.crm.logiqs.client import explain_check_fault
from mailroom.crm.logiqs.responses import not_the_match_service
from mailroom.doctor.answers import Answers
from mailroom.doctor.lines import Line, not_checked, note, of_error, ok, wrong
from mailroom.errors import MailroomError, Transient
from mailroom.rate_limit import CallMeter, RetryPolicy, TokenBucket

CREDENTIAL = "Logiqs credential"
CASE_SCOPE = "scope case.read"
ACTIVITY_SCOPE = "scope activity.read"
WRITE_SCOPES = "scopes to write"
MATCH = "match service"
SYSTEM, SETTING = "Logiqs", "MAILROOM_LOGIQS__BASE_URL"
TIMEOUT_SECONDS = 10.0
NEEDED = ("base_url", "api_key", "secret_token")


def check_logiqs(settings: LogiqsSettings, answers: Answers) -> Iterator[Line]:
    """Three calls that only read."""
    with answers.client(min(settings.timeout_seconds, TIMEOUT_SECONDS)) as http:
        checks = _Checks(settings, answers, _client(settings, http))
        yield from checks.crm()
        yield checks.match()


def _client(settings: LogiqsSettings, http: httpx.Client) -> LogiqsClient:
    bucket = TokenBucket(settings.calls_per_second, CallMeter())
    return LogiqsClient(settings, http, bucket, RetryPolicy(delays=()))


@dataclass(frozen=True)
class _Checks:
    settings: LogiqsSettings
    answers: Answers
    logiqs: LogiqsClient

    def crm(self) -> Iterator[Line]:
        """The key and its scopes."""
        missing = [f"{PREFIX}LOGIQS__{name.upper()}" for name in NEEDED if not getattr(self.settings, name)]
        credential, scope = self._credential(missing)
        yield credential
        if scope is None:
            for topic in (CASE_SCOPE, ACTIVITY_SCOPE, WRITE_SCOPES):
                yield not_checked(topic, "the Logiqs credential comes first")
            return
        yield scope
        yield self._activities()
        yield note(
            WRITE_SCOPES,
            "case.write and task.write cannot be told without writing; a run without them stops at its first file.",
            "Look at the key in Logiqs: it needs case.read, case.write, task.write and activity.read.",
        )

    def _credential(self, missing: list[str]) -> tuple[Line, Line | None]:
        """The credential's line, and that of case.read, which the same call tells of."""
        if missing:
            mend = "Set it there or in the block logiqs-credentials/mailroom (README, 'The real systems')."
            return wrong(CREDENTIAL, f"Not set: {', '.join(missing)}.", mend), None
        accepted = ok(CREDENTIAL, f"{self.settings.base_url} accepts the API key")
        try:
            self.logiqs.check_crm()
        except MailroomError as error:
            if error.code == "logiqs_scope_missing":
                return accepted, of_error(CASE_SCOPE, error, SYSTEM, SETTING)
            return _line(CREDENTIAL, error, SYSTEM, SETTING), None
        return accepted, ok(CASE_SCOPE, "cases can be read")

    def _activities(self) -> Line:
        try:
            told = self.logiqs.check_activities()
        except MailroomError as error:
            return _line(ACTIVITY_SCOPE, error, SYSTEM, SETTING)
        if not told and self.answers.status == 404 and "success" not in self.answers.keys:
            return note(
                ACTIVITY_SCOPE,
                "this tenant does not tell a case's activities (404): after a crash in the middle of a "
                "delivery a person is asked whether it arrived",
            )
        return ok(ACTIVITY_SCOPE, "activities can be read")

    def match(self) -> Line:
        """The match service, asked for a name that nobody has."""
        if not self.settings.match_url:
            return wrong(
                MATCH,
                "Not set: MAILROOM_LOGIQS__MATCH_URL.",
                "Set it, and MAILROOM_LOGIQS__MATCH_API_KEY, there or in the block logiqs-credentials/mailroom.",
            )
        system, setting = "The match service", "MAILROOM_LOGIQS__MATCH_URL"
        try:
            self.logiqs.check_match()
        except MailroomError as error:
            return _line(MATCH, error, system, setting)
        if not self.answers.keys & {"matchfound", "status", "casedata"}:
            return _line(MATCH, not_the_match_service("another program answers there"), system, setting)
        if is_in_clear(self.settings.match_url):
            return note(
                MATCH,
                "it answers, and accepts its key; names and the last digits of SSNs go to it unencrypted (http)",
                "Give it an https address, unless the network between is the firm's own.",
            )
        return ok(MATCH, "it answers, and accepts its key")


def _line(topic: str, error: MailroomError, system: str, setting: str) -> Line:
    return of_error(
        topic, explain_check_fault(error) if isinstance(error, Transient) else error, system, setting
    )
