"""Messages to people: from what happens on a Prefect server, by its automations, to the received text.

Everything is caused at once, since an absence of events is only noticed after ten seconds at the earliest.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import Mock
from uuid import uuid4

import pytest
from prefect import flow
from prefect.blocks.core import Block, UnknownBlockType
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State, StateType
from prefect.events.worker import EventsWorker
from prefect.states import Crashed, Failed

from mailroom.config.block_names import NOTIFICATIONS
from mailroom.config.settings import load_settings
from mailroom.doctor.lines import Line
from mailroom.ledger import DueKind, FileDecision, Ledger, NoticeRecord, open_ledger
from mailroom.notices import NoticeFields
from mailroom.orchestration.alert_events import emit_alerts
from mailroom.orchestration.automations import find_automation
from mailroom.orchestration.declared_deployments import TAG
from mailroom.orchestration.deploy import make_automations, tells_somebody
from mailroom.orchestration.launch import Launch
from mailroom.orchestration.notification_checks import check_notifications, send_test_message
from mailroom.orchestration.notifications import NotificationBlock, Waits, list_notifications
from mailroom.run.options import RunKind
from mailroom.run.report import write_report
from tests.in_process import environment
from tests.ledger.conftest import listed
from tests.prefect_server import clear
from tests.run.test_report import report
from tests.waiting import until

TODAY = date(2026, 12, 3)
# A surname and a number that no other test has.
CLIENT = NoticeFields(name_line="ORLA WRENFIELD", ssn="748-55-0191")
# The shortest that Prefect allows.
SHORT = Waits(timedelta(seconds=10), timedelta(seconds=10))


class Mailbox(ThreadingHTTPServer):
    """A service on loopback that takes messages; ``status`` is what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.messages: list[str] = []
        self.status = 200

    def save_block(self) -> None:
        """Save the notification block that posts here."""
        block = CustomWebhookNotificationBlock(
            name="tests",
            url=f"http://127.0.0.1:{self.server_port}/secret",
            form_data="{{subject}}\n{{body}}",
        )
        block.save(NOTIFICATIONS, overwrite=True)

    def find(self, *parts: str) -> str:
        """The message that has all these parts; waits for it."""

        def found() -> list[str]:
            return [one for one in self.messages if all(part in one for part in parts)]

        until(lambda: bool(found()))
        return found()[0]


class Post(BaseHTTPRequestHandler):
    """Takes a message."""

    server: Mailbox

    def do_POST(self) -> None:
        """Keep the message, and answer."""
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.messages.append(text)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing to the screen."""


@contextmanager
def receiving() -> Iterator[Mailbox]:
    """A mailbox that is open."""
    with Mailbox() as mailbox:
        thread = threading.Thread(target=mailbox.serve_forever, args=(0.05,))
        thread.start()
        yield mailbox
        mailbox.shutdown()
        thread.join()


def cause(client: SyncPrefectClient, deployment: str, state: State[object]) -> None:
    """A run of a deployment comes into this state."""

    @flow(name="of-notifications")
    def some_flow() -> None:
        """Takes the flow's place; it is never called."""

    made = client.create_deployment(client.create_flow(some_flow), deployment, tags=[TAG])
    client.create_flow_run_from_deployment(made, state=state)


def fill_ledger(ledger: Ledger) -> None:
    """Files that are pending for three days, and a notice of a client that is due in four."""
    listed(ledger, 3)
    ledger._clock = lambda: datetime.now(UTC) + timedelta(days=3)
    assert ledger.claim("f00000", "me", 600)
    notice = NoticeRecord("LT11", TODAY + timedelta(days=4), DueKind.FIXED)
    ledger.record_decision(
        "f00000", "me", FileDecision("review", "no_case", "review", notice=notice, fields=CLIENT)
    )
    ledger.finish("f00000", "me")


def fill_reports(folder: Path) -> None:
    """The last real run left most files to people; the one before filed most."""
    folder.mkdir()
    write_report(report(matched=90, review=10), folder / "before.json")
    later = {"started": datetime(2026, 12, 3, tzinfo=UTC)}
    write_report(report(matched=5, review=30).model_copy(update=later), folder / "last.json")


def run_daily(place: Path) -> None:
    """A daily run that ends twice on one day, and once on the next."""

    @flow(name="daily")
    def some_day() -> None:
        with open_ledger(load_settings(state_dir=place)) as ledger:
            fill_ledger(ledger)
            told = report(matched=1).model_copy(update={"kind": RunKind.DAILY})
            for day in (TODAY, TODAY, TODAY + timedelta(days=1)):
                emit_alerts(ledger, told, Launch(), place / "reports", day)

    fill_reports(place / "reports")
    some_day()


@pytest.fixture(scope="module")
def server(prefect_api: str) -> Iterator[SyncPrefectClient]:
    """The session's server with a notification block; events of this process go there, and to no other."""
    EventsWorker.drain_all()
    clear(prefect_api)
    with environment({**os.environ, "PREFECT_API_URL": prefect_api}), get_client(sync_client=True) as client:
        yield client
        EventsWorker.drain_all()
        for deployment in client.read_deployments():
            client.delete_deployment(deployment.id)
        for automation in client.read_automations():
            client.delete_automation(automation.id)
    clear(prefect_api)


@pytest.fixture(scope="module")
def mailbox(server: SyncPrefectClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    """What people receive after everything has happened."""
    with receiving() as opened:
        opened.save_block()
        list(make_automations(server, SHORT))
        late = State[object](type=StateType.SCHEDULED, name="Late")
        cause(server, "daily", late)
        cause(server, "purge", late)
        for deployment in ("by-hand", "dry-run", "sandbox", "doctor"):
            cause(server, deployment, Failed(message=f"{deployment} is wrong.\nCorrect it."))
        cause(server, "reconcile", Crashed(message="No heartbeats."))
        run_daily(tmp_path_factory.mktemp("run"))
        yield opened


@pytest.mark.parametrize(
    ("subject", "parts"),
    [
        ("Mail room: by-hand run failed", ["by-hand is wrong.\nCorrect it."]),
        (
            "Mail room: reconcile run crashed",
            ["its process was killed", "No heartbeats.", "The next run does the rest"],
        ),
        ("Mail room: the daily check found a problem", ["\ndoctor is wrong.\nCorrect it."]),
        ("Mail room: purge run is late", ["was due 10 seconds ago", "worker is running"]),
        ("Mail room: daily run is late", ["has not started"]),
        ("Mail room: the daily run did not start", ["none of today's mail has been read"]),
        ("Mail room: 2 files pending for 2 days or more", ["2 × not done when the run ended", "for"]),
        (
            "Mail room: 1 deadline within 7 days",
            [
                "4 days left: LT11, 2026-12-07 (cannot be extended) https://drive.google.com/file/d/f00000/view"
            ],
        ),
        ("Mail room: 14 % without a person, usually 90 %", ["30 × no case with this surname and SSN"]),
    ],
)
def test_what_happens_is_told(mailbox: Mailbox, subject: str, parts: list[str]) -> None:
    """Subject and text of each message, as they were received."""
    assert mailbox.find(f"{subject}\n", *parts).startswith(subject)


def test_what_a_run_notices_is_told_once_a_day(mailbox: Mailbox) -> None:
    """Also when the run is repeated; on the next day it is told again, however early that one begins."""
    mailbox.find("Mail room: 1 deadline within 7 days", "3 days left")
    assert len([one for one in mailbox.messages if "- 4 days left" in one]) == 1


def test_no_message_names_a_client_or_tells_of_a_trial(mailbox: Mailbox) -> None:
    """After the last message has come; dry runs and the sandbox are not told of."""
    mailbox.find("Mail room: the daily run did not start")
    everything = "\n".join(mailbox.messages)
    assert "review" in everything.lower()
    assert not [word for word in ("WRENFIELD", "Wrenfield", "748", "0191") if word in everything]
    assert not [name for name in ("dry-run", "sandbox") if name in everything]


def test_the_automations_follow_the_block_and_respect_a_switch(
    server: SyncPrefectClient, mailbox: Mailbox
) -> None:
    """With the usual waits; what a person switched off stays off; without a block nothing is left."""
    mailbox.find("Mail room: the daily run did not start")
    changed = [one for one in make_automations(server) if one.result == "changed"]
    assert {one.name.removeprefix("mailroom: tell that ") for one in changed} == {
        "a run is late",
        "the daily run did not start",
    }
    assert check_notifications(server).level == "ok"
    off = find_automation(server, list_notifications([NotificationBlock(uuid4(), "any")])[0])
    assert off is not None
    server.pause_automation(off.id)
    again = list(make_automations(server))
    assert ({one.result for one in again}, tells_somebody(again)) == ({"unchanged"}, True)
    assert (
        "switched off, so nobody is told: mailroom: tell that a run failed"
        in check_notifications(server).words
    )
    server.delete_automation(off.id)
    assert check_notifications(server).words.startswith("1 of 8 automations")
    (block,) = server.read_block_documents()
    server.delete_block_document(block.id)
    gone = [one for one in make_automations(server) if one.result == "removed"]
    assert (len(gone), tells_somebody(gone)) == (7, False)
    told = check_notifications(server)
    assert (told.level, told.words.startswith("Nobody is told when a run fails")) == ("note", True)


def test_a_test_message_is_sent_or_the_line_says_why_not(
    server: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the block's name: its address is a secret."""

    def send() -> Line:
        (line,) = send_test_message()
        return line

    for block in server.read_block_documents():
        server.delete_block_document(block.id)
    assert (send().level, send().words.startswith("not sent. Nobody is told")) == ("wrong", True)
    with receiving() as mailbox:
        mailbox.save_block()
        assert (send().level, send().words) == ("ok", "sent through custom-webhook/mailroom-notifications")
        assert mailbox.messages[0].startswith("Mail room: test message\nThis is the test message")
        mailbox.status = 404
        refused = send()
        assert refused.words == "custom-webhook/mailroom-notifications could not send it (HTTP status 404)."
        assert "secret" not in refused.fix
    assert "(ConnectError)" in send().words
    # Of a type that is not installed on this machine, though it may be on the server's.
    monkeypatch.setattr(Block, "get_block_class_from_schema", Mock(side_effect=UnknownBlockType))
    assert "(UnknownBlockType)" in send().words
