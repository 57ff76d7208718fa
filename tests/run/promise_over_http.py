"""The promise with the sandbox's servers on the loopback address and the clients that real runs have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import cycle
from pathlib import Path
from unittest import mock

import httpx
from pydantic import SecretStr

from mailroom.call_retries import RetryPolicy
from mailroom.config.api_settings import DriveSettings, LogiqsSettings
from mailroom.crm.base import CaseId, Crm
from mailroom.crm.logiqs import LogiqsClient
from mailroom.drive import DriveClient, DriveConnection
from mailroom.drive.outcome_folders import Folders
from mailroom.http_client import TimedClient
from mailroom.rate_limit import CallMeter, TokenBucket
from mailroom.sandbox.drive.server import DriveServer
from mailroom.sandbox.faults import Behaviour, Fault
from mailroom.sandbox.logiqs.server import LogiqsServer
from mailroom.sandbox.seeding import add_case, ensure_inbox
from mailroom.sandbox.store import FOLDER, Store, format_time
from tests.run.promise import CASES, Fate, Mailroom, SeenFile
from tests.sandbox.clients import PUBLIC, serve

OUTCOMES = ("matched", "unmatched", "review")
# The kind of a call by the end of its address; others are calls to the match service, or for a case.
KINDS = {"CaseActivity/Activity": "activities", "Documents/CaseDocument": "document", "Task/Task": "task"}
# With this timeout a write settles after five minutes, as in memory.
SECONDS = 60.0


class SlowLogiqs(LogiqsServer):
    """A Logiqs that shows activities late if it is told to."""

    delays = False
    delayed: list[tuple[int, str, str]]

    def _add_activity(self, case_id: int, subject: str, comment: str) -> None:
        if self.delays:
            self.delayed.append((case_id, subject, comment))
        else:
            super()._add_activity(case_id, subject, comment)

    def show_delayed(self) -> None:
        """Show what was not shown yet."""
        while self.delayed:
            super()._add_activity(*self.delayed.pop(0))


class HttpWorld:
    """Both servers in threads of this process. Each fault of a kind is another one of those that have it."""

    def __init__(self, closing: ExitStack, place: Path, fate: Fate, now: Callable[[], datetime]) -> None:
        self.fate, self.now = fate, now
        self.store = Store(place / "sandbox")
        closing.callback(self.store.close)
        self.inbox = ensure_inbox(self.store)
        outcomes = {name: self.store.add_folder(name, None) for name in OUTCOMES}
        self.folders = Folders((self.inbox,), outcomes)
        self.places = {self.inbox: "inbox", **{folder: name for name, folder in outcomes.items()}}
        for case in CASES.values():
            names = {"FirstName": case.first_name, "LastName": case.last_name, "SSN": case.ssn}
            add_case(self.store, {"CaseID": case.case_id, **names})
        # The servers have the clock of the runs: what a server calls new must be so for the run too.
        clock = mock.patch("mailroom.sandbox.drive.server.format_time")
        closing.enter_context(clock).side_effect = lambda: format_time(now())
        self.drive_behaviour, self.logiqs_behaviour = Behaviour(), Behaviour()
        drive = DriveServer(self.store, "token", self.drive_behaviour, {})
        self.logiqs = SlowLogiqs(self.store, "key", "secret", "match-key", self.logiqs_behaviour, {})
        self.logiqs.delayed = []
        drive_root = closing.enter_context(serve(drive.app()))
        logiqs_root = closing.enter_context(serve(self.logiqs.app()))
        self._connect(closing, drive_root, logiqs_root)
        self.faults: dict[str, list[str]] = {}
        self.late: list[httpx.Request] = []
        self.refusals = cycle(("unavailable", "server_error", "rate_limited", "not_json_error"))
        self.losses = cycle(("drop_after_write", "server_error_after", "invalid_json_after_write"))
        self.vain = cycle(("drop", "server_error", "html"))

    def _connect(self, closing: ExitStack, drive_root: str, logiqs_root: str) -> None:
        self.drive_settings = DriveSettings(
            root_url=drive_root + "/", access_token=SecretStr("token"), timeout_seconds=SECONDS
        )
        self.logiqs_settings = LogiqsSettings(
            base_url=f"{logiqs_root}{PUBLIC}/",
            api_key=SecretStr("key"),
            secret_token=SecretStr("secret"),
            match_url=f"{logiqs_root}/match",
            match_api_key=SecretStr("match-key"),
            timeout_seconds=SECONDS,
        )
        self.connection = DriveConnection(self.drive_settings)
        self.http = closing.enter_context(TimedClient(SECONDS))
        # It sends what the CRM carries out after the caller gave up.
        self.later = closing.enter_context(TimedClient(SECONDS))
        for client, before in (
            (self.connection._http._client, self._call_drive),
            (self.http, self._call_logiqs),
        ):
            client.event_hooks["request"].append(before)
            client.event_hooks["response"].append(lambda _: self.fate.step())

    def _call_drive(self, request: httpx.Request) -> None:
        self.fate.step()
        fault, is_move = self._next_fault("drive"), request.method == "PATCH"
        if fault == "refused":
            self.drive_behaviour.faults = [Fault(next(self.refusals), times=1)]
        elif fault == "lost":
            self.drive_behaviour.faults = [Fault("drop_after_write" if is_move else "drop", times=1)]

    def _call_logiqs(self, request: httpx.Request) -> None:
        self.fate.step()
        kind = next((kind for end, kind in KINDS.items() if request.url.path.endswith(end)), "")
        fault = self._next_fault(kind)
        if fault == "refused":
            raise httpx.ConnectError("made up", request=request)
        if fault == "late":
            request.read()
            self.late.append(request)
            raise httpx.ReadTimeout("made up", request=request)
        names = {"lost": self.losses, "not done": self.vain, "no": cycle(("success_false",))}
        if fault in names:
            self.logiqs_behaviour.faults = [Fault(next(names[fault]), times=1)]

    def _next_fault(self, kind: str) -> str:
        left = self.faults.get(kind)
        return left.pop(0) if left else "none"

    def make_drive(self) -> DriveClient:
        """A client of the one connection; faults are left to the next run, so calls are not repeated."""
        return DriveClient(self.drive_settings, self.connection, _make_bucket(), RetryPolicy(()))

    def make_crm(self) -> Crm:
        """A client of the one connection."""
        return LogiqsClient(self.logiqs_settings, self.http, _make_bucket(), RetryPolicy(()))

    def see_files(self) -> dict[str, SeenFile]:
        """What the Drive's store holds, without its folders."""
        return {
            one["id"]: SeenFile(
                (self.store.read_content(one["id"]) or b"").decode(),
                self.places[one["parents"][0]],
                one["trashed"],
            )
            for one in self.store.list_files()
            if one["mimeType"] != FOLDER
        }

    def see_documents(self) -> list[tuple[CaseId, str]]:
        """Case and content of each document in the CRM's store."""
        rows = self.store.list_rows("documents")
        return [(one["CaseID"], (self.store.read_blob(one["sha256"]) or b"").decode()) for one in rows]

    def see_tasks(self) -> list[CaseId]:
        """The case of each task in the CRM's store."""
        return [one["CaseID"] for one in self.store.list_rows("tasks")]

    def add(self, content: str) -> None:
        """A new file in the inbox."""
        name = f"{len(self.see_files())}.pdf"
        self.store.add_file(name, self.inbox, content.encode(), created=format_time(self.now()))

    def replace(self, file_id: str, content: str) -> None:
        """Another content under the same id."""
        other = self.store.find_file(
            self.store.add_file("replaced.txt", self.inbox, content.encode(), mime=FOLDER)
        )
        same = {name: other[name] for name in ("size", "md5Checksum", "sha256Checksum")}
        self.store.change_file(other["id"], trashed=True)
        self.store.change_file(file_id, **same, modifiedTime=format_time(self.now()))

    def move_by_hand(self, file_id: str, *, to_trash: bool) -> None:
        """To the trash, or to the inbox."""
        self.store.change_file(
            file_id, **({"trashed": True} if to_trash else {"trashed": False, "parents": [self.inbox]})
        )

    def plan_faults(self, faults: Mapping[str, Sequence[str]]) -> None:
        """They are set at the servers one by one, right before the call."""
        self.faults = {kind: list(names) for kind, names in faults.items()}
        self.drive_behaviour.faults, self.logiqs_behaviour.faults = [], []

    def delay_activities(self, *, delays: bool) -> None:
        """At once, or when it has settled."""
        self.logiqs.delays = delays

    def settle(self) -> None:
        """Late requests reach the server, and all activities are shown."""
        while self.late:
            late = self.late.pop()
            self.later.request(late.method, late.url, headers=late.headers, content=late.content)
        self.logiqs.show_delayed()


def _make_bucket() -> TokenBucket:
    return TokenBucket(1e6, CallMeter())


class OverHttp(Mailroom):
    """Runs on the sandbox's servers."""

    world_type = HttpWorld
