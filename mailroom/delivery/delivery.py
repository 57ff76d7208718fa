"""Delivering a document: uploaded once and a task created once, whatever happens in between.

Each write is intent → call → confirmation, and each of the three is committed, the intent right before the
request leaves. After a crash, a lost answer or a refusal the case's activities are asked for the marker before
anything is sent again (`mailroom.delivery.activity_check`). Where they cannot tell, a person is asked, and nothing is
sent twice: the CRM knows no idempotency key, and lists no documents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from mailroom.config.settings import Settings
from mailroom.crm.base import Case, Crm, Refused
from mailroom.delivery.activity_check import ActivityCheck
from mailroom.delivery.document_name import build_comment, build_document_name
from mailroom.delivery.officers import Officers
from mailroom.delivery.task import build_task
from mailroom.errors import ConfigError, RunStop, Transient, Unclear
from mailroom.ledger import LEASE_SECONDS, DeliveryState, Ledger, Step, holder_is_alive
from mailroom.notices import NoticeFields
from mailroom.notices.file_kind import kind_of
from mailroom.privacy.client_data import ClientData
from mailroom.run.progress import Progress

# The stage of the run's progress that a confirmed write counts for.
STAGES: dict[Step, str] = {"document": "uploaded", "task": "tasks_created"}


@dataclass(frozen=True)
class Delivered:
    """How it ended. ``target`` is where a duplicate's original went."""

    status: Literal["delivered", "duplicate", "unclear"]
    document_id: int | None = None
    task_id: int | None = None
    target: str = "matched"


@dataclass(frozen=True, repr=False)
class Sending(ClientData):
    """A delivery that is under way: whose it is, and what is to be sent."""

    marker: str
    file_id: str
    holder: str
    path: Path
    fields: NoticeFields
    case: Case


class Delivery:
    """Delivers documents. In a dry run nothing is sent, and the throw-away ledger is told that it was."""

    def __init__(
        self,
        ledger: Ledger,
        crm: Crm,
        settings: Settings,
        *,
        dry_run: bool,
        progress: Progress | None = None,
        officers: Officers | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._crm = crm
        self._settings = settings
        self._dry_run = dry_run
        self._progress = progress or Progress()
        self._officers = officers or Officers()
        self._clock = clock
        self._check = ActivityCheck(ledger, crm, clock)

    def deliver(
        self, file_id: str, holder: str, path: Path, sha256: str, fields: NoticeFields, case: Case
    ) -> Delivered:
        """Upload the document and create its task, each at most once.

        Raises:
            Transient, RunStop: another try may do what is left; what is in doubt is looked for first.
            FileFault, ConfigError: refused.
        """
        marker = self._ledger.marker(sha256, case.case_id)
        state = self._mine(marker, file_id, holder, case)
        if state.target is not None:
            return _delivered_before(state, file_id)
        try:
            return self._delivered(Sending(marker, file_id, holder, path, fields, case))
        except Exception:
            # Whatever it was: this file's next try, or a twin, need not wait for anybody.
            self._ledger.release_delivery(marker, file_id, holder)
            raise

    def _mine(self, marker: str, file_id: str, holder: str, case: Case) -> DeliveryState:
        """The delivery, with this file's claim on it; a twin that is under way elsewhere is waited for."""
        state = self._ledger.begin_delivery(marker, file_id, holder, case.case_id, LEASE_SECONDS)
        if state.target is not None or (state.file_id, state.holder) == (file_id, holder):
            return state
        is_twin = state.file_id != file_id
        if (is_twin and self._is_at_work(state)) or not self._ledger.take_over_delivery(
            state, file_id, holder, LEASE_SECONDS
        ):
            raise Transient("twin_in_flight", file=file_id)
        return self._ledger.delivery(marker)

    def _is_at_work(self, state: DeliveryState) -> bool:
        """Whether its holder may still be sending; of one on another machine only the lease tells."""
        if state.holder is None or state.lease_until is None:
            return False
        return state.lease_until > self._clock() and holder_is_alive(state.holder)

    def _delivered(self, sending: Sending) -> Delivered:
        clear = self._once(sending, "document", self._upload) and self._once(sending, "task", self._new_task)
        target = "matched" if clear else "review"
        self._ledger.end_delivery(sending.marker, target, sending.file_id, sending.holder)
        if not clear:
            return Delivered("unclear")
        ended = self._ledger.delivery(sending.marker)
        return Delivered("delivered", ended.document_id, ended.task_id)

    def _upload(self, sending: Sending, about_to_send: Callable[[], None]) -> int:
        name = build_document_name(sending.fields, kind_of(sending.path).suffix)
        words = build_comment(sending.fields, sending.marker)
        return self._crm.upload_document(sending.case.case_id, sending.path, name, words, about_to_send)

    def _new_task(self, sending: Sending, about_to_send: Callable[[], None]) -> int:
        users = self._assignees(sending.case)
        task = build_task(sending.fields, sending.case, sending.marker, users, self._clock())
        return self._crm.create_task(task, about_to_send)

    def _once(self, sending: Sending, step: Step, send: Callable[[Sending, Callable[[], None]], int]) -> bool:
        """Carry out one write once: True carried out, now or before; False nobody can tell."""
        before = self._ledger.delivery(sending.marker).step(step)
        if before == "confirmed":
            return True
        if before != "none":
            found = self._check.carried_out(sending.marker, step, sending.case.case_id)
            if found is not False:
                return self._settled(sending, step, found=found)
        if not self._ledger.still_mine(sending.file_id, sending.holder, LEASE_SECONDS):
            raise Transient("claim_lost", file=sending.file_id)
        if self._dry_run:
            self._ledger.confirm(sending.marker, step, None)
            return True
        return self._sent(sending, step, send)

    def _sent(self, sending: Sending, step: Step, send: Callable[[Sending, Callable[[], None]], int]) -> bool:
        mine = (sending.marker, step, sending.file_id, sending.holder)

        def about_to_send() -> None:
            if not self._ledger.intend(*mine, LEASE_SECONDS):
                raise Transient("twin_in_flight", file=sending.file_id)

        try:
            remote_id = send(sending, about_to_send)
        except Unclear:
            # The doubt begins now: the server may be at it for as long as if it had been sent this moment.
            about_to_send()
            return self._is_found(sending, step)
        except Refused:
            self._ledger.refused(*mine, for_rights=False)
            if not self._is_found(sending, step):
                raise
            return True
        except ConfigError:
            self._ledger.refused(*mine, for_rights=True)
            raise
        except (Transient, RunStop):
            self._ledger.withdraw(*mine)
            raise
        self._confirm(sending.marker, step, remote_id)
        return True

    def _is_found(self, sending: Sending, step: Step) -> bool:
        found = self._check.carried_out(sending.marker, step, sending.case.case_id)
        return self._settled(sending, step, found=found)

    def _settled(self, sending: Sending, step: Step, *, found: bool | None) -> bool:
        if found:
            self._confirm(sending.marker, step, None)
        return bool(found)

    def _confirm(self, marker: str, step: Step, remote_id: int | None) -> None:
        self._ledger.confirm(marker, step, remote_id)
        self._progress.passed(STAGES[step])

    def _assignees(self, case: Case) -> tuple[int, ...]:
        """The users set; else the case's officer, where the match or the CRM tells who that is."""
        if self._settings.task_user_ids or not self._settings.task_to_officer:
            return tuple(self._settings.task_user_ids)
        officer = self._officers.find(case, self._crm)
        return (officer,) if officer else ()


def _delivered_before(state: DeliveryState, file_id: str) -> Delivered:
    """It ended before: as this same file, put back into the inbox by a person, or as another one."""
    status: Literal["delivered", "duplicate", "unclear"] = "duplicate"
    if state.file_id == file_id:
        status = "delivered" if state.target == "matched" else "unclear"
    return Delivered(status, state.document_id, state.task_id, state.target or "matched")
