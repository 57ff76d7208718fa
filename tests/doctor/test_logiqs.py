"""Logiqs and the match service: keys, scopes that reading can test, and other servers at their addresses."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from pydantic import SecretStr

from mailroom.config.settings import Settings
from mailroom.doctor.lines import Line
from mailroom.doctor.logiqs import check_logiqs
from mailroom.doctor.response_monitor import ResponseMonitor
from mailroom.sandbox.launcher import Sandbox


class Elsewhere(BaseHTTPRequestHandler):
    """Another server at the address: the same answer to all but some paths."""

    status, body = 404, b""
    others: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        """The same response to every request."""
        body = self.others.get(self.path.partition("?")[0], self.body)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the base class's name

    def log_message(self, *_: object) -> None:
        """Write nothing to standard error."""


@contextmanager
def elsewhere(status: int, body: bytes, others: dict[str, bytes] | None = None) -> Iterator[str]:
    """The address of such a server."""
    handler = type("Handler", (Elsewhere,), {"status": status, "body": body, "others": others or {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def checked(settings: Settings) -> dict[str, Line]:
    """The lines by their topics."""
    return {line.topic: line for line in check_logiqs(settings.logiqs, ResponseMonitor())}


def test_all_well_and_nothing_written(settings: Settings, sandbox: Sandbox) -> None:
    """Read scopes are checked; a note says that write scopes cannot be tested without writing."""
    before = len(sandbox.calls("logiqs"))
    lines = checked(settings)
    assert [line.level for line in lines.values()] == ["ok", "ok", "ok", "ok", "note", "ok"]
    assert "without writing" in lines["scopes to write"].words
    assert [kind for _, kind in sandbox.calls("logiqs")[before:]] == [
        "case",
        "activities",
        "case",
        "case",
        "case",
        "match",
    ]


def test_where_the_tenant_reads_the_case_id_is_said(settings: Settings, sandbox: Sandbox) -> None:
    """From the query string only or from the header only; the other checks pass on both tenants."""
    assert "read from the query string only" in checked(settings)["CaseID"].words
    sandbox.behave("logiqs", name="case_id_as_header")
    lines = checked(settings)
    assert "read from the header only" in lines["CaseID"].words
    assert [line.level for line in lines.values()] == ["ok", "ok", "ok", "ok", "note", "ok"]


def test_a_tenant_that_answers_all_alike_is_told(settings: Settings) -> None:
    """Nothing is claimed of it."""
    with elsewhere(200, b'{"Success": false, "message": "Case not found"}') as url:
        settings.logiqs.base_url = url
        assert "does not show whether" in checked(settings)["CaseID"].words


def test_the_responses_have_the_time(settings: Settings) -> None:
    """The clock is checked without a further call."""
    monitor = ResponseMonitor()
    list(check_logiqs(settings.logiqs, monitor))
    assert monitor.skew_seconds is not None
    assert abs(monitor.skew_seconds) < 60


def test_settings_that_are_not_set_are_named(settings: Settings) -> None:
    """Each setting, and that of the match service; nothing is asked."""
    settings.logiqs.api_key = settings.logiqs.match_url = None
    lines = checked(settings)
    assert lines["Logiqs credential"].words == "Not set: MAILROOM_LOGIQS__API_KEY."
    assert "not checked" in lines["scope case.read"].words
    assert "MAILROOM_LOGIQS__MATCH_URL" in lines["match service"].words


def test_a_case_index_takes_the_place_of_the_match_service(settings: Settings) -> None:
    """Nothing is wrong then."""
    settings.logiqs.match_url = None
    line = list(check_logiqs(settings.logiqs, ResponseMonitor(), has_index=True))[-1]
    assert (line.level, line.words) == ("ok", "not set; cases are searched in the case index alone")


def test_a_rejected_key_is_wrong(settings: Settings) -> None:
    """The match service has a separate key."""
    settings.logiqs.secret_token = settings.logiqs.match_api_key = SecretStr("made-up")
    lines = checked(settings)
    assert "rejects the API key" in lines["Logiqs credential"].words
    assert "rejects its API key" in lines["match service"].words


@pytest.mark.parametrize(
    ("kind", "topic", "scope"),
    [("case", "scope case.read", "case.read"), ("activities", "scope activity.read", "activity.read")],
)
def test_a_missing_scope_is_named(
    settings: Settings, sandbox: Sandbox, kind: str, topic: str, scope: str
) -> None:
    """The key itself is accepted."""
    sandbox.fault("logiqs", "missing_scope", match=kind)
    lines = checked(settings)
    assert (lines["Logiqs credential"].level, lines[topic].level) == ("ok", "wrong")
    assert f"lacks the scope {scope}" in lines[topic].words


@pytest.mark.parametrize(
    ("fault", "said"), [("html", "not that of a Logiqs tenant"), ("drop", "does not answer (")]
)
def test_no_answer_of_logiqs(settings: Settings, sandbox: Sandbox, fault: str, said: str) -> None:
    """A login page, or a broken connection."""
    sandbox.fault("logiqs", fault, match="case")
    assert said in checked(settings)["Logiqs credential"].words


@pytest.mark.parametrize(
    "body", [b"<html>Not Found</html>", b'{"message": "No HTTP resource was found that matches"}']
)
def test_a_404_of_another_server(settings: Settings, body: bytes) -> None:
    """A base URL without its path answers so: a missing case comes in an envelope."""
    with elsewhere(404, body) as address:
        settings.logiqs.base_url = address
        line = checked(settings)["Logiqs credential"]
    assert line.level == "wrong"
    assert "no Logiqs API at that address" in line.words
    assert "MAILROOM_LOGIQS__BASE_URL" in line.fix


def test_a_tenant_without_activities(settings: Settings) -> None:
    """Without the route a crash in a delivery needs a person. An answer without the case is not a fault."""
    envelope = json.dumps({"Success": False, "message": "Case not found"}).encode()
    missing = b'{"message": "No HTTP resource was found"}'
    with elsewhere(404, envelope, {"/CaseActivity/Activity": missing}) as address:
        settings.logiqs.base_url = address
        lines = checked(settings)
    assert (lines["scope case.read"].level, lines["scope activity.read"].level) == ("ok", "note")
    with elsewhere(404, envelope) as address:
        settings.logiqs.base_url = address
        assert checked(settings)["scope activity.read"].level == "ok"


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b'{"hello": "world"}'])
def test_another_server_at_the_match_url(settings: Settings, body: bytes) -> None:
    """HTML, or the JSON of something else."""
    with elsewhere(200, body) as address:
        settings.logiqs.match_url = address
        line = checked(settings)["match service"]
    assert (line.level, "is not the address of a match service" in line.words) == ("wrong", True)


def test_an_unencrypted_match_service_is_a_note(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A firm may run it in its own network; that it is asked without encryption is noted."""
    monkeypatch.setattr("mailroom.doctor.logiqs.is_unencrypted", lambda address: "match" in address)
    line = checked(settings)["match service"]
    assert (line.level, "unencrypted" in line.words) == ("note", True)
    assert "https" in line.fix
