"""Delivering a document: uploaded once and a task created once, whatever happens in between.

Each write is intent → call → confirmation, and each of the three is committed. After a crash or a lost answer
between call and confirmation the case's activities are asked for the marker. Where they cannot tell, a person
is asked, and nothing is sent twice: the CRM knows no idempotency key, and lists no documents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from mailroom.delivery.wording import comment, document_name, new_task
from mailroom.errors import ConfigError, FileFault, RunStop, Transient, Unclear
from mailroom.ledger import DeliveryState, Ledger, Step, holder_is_alive
from mailroom.logiqs import Case, LogiqsClient
from mailroom.notices import NoticeFields
from mailroom.settings import Settings

LEASE_SECONDS = 1800.0
# After so many cases in a row without an officer, this tenant does not tell them.
OFFICERLESS = 3
OFFICER_FACT = "cases_without_officer"


@dataclass(frozen=True)
class Delivered:
    """How it ended, and what was really sent. ``target`` is where a duplicate's original went."""

    status: Literal["delivered", "duplicate", "unclear"]
    uploaded: bool = False
    task_created: bool = False
    document_id: int | None = None
    task_id: int | None = None
    target: str = "matched"


class Delivery:
    """Delivers documents. In a dry run nothing is sent, and the throw-away ledger is told that it was."""

    def __init__(
        self,
        ledger: Ledger,
        logiqs: LogiqsClient,
        settings: Settings,
        *,
        dry_run: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._logiqs = logiqs
        self._settings = settings
        self._dry_run = dry_run
        self._clock = clock

    def deliver(
        self, file_id: str, holder: str, path: Path, sha256: str, fields: NoticeFields, case: Case
    ) -> Delivered:
        """Upload the document and create its task, each at most once.

        Raises:
            Transient: nothing is in doubt, and another try may do what is left.
            FileFault, ConfigError: refused; nothing is in doubt.
        """
        marker = self._ledger.marker(sha256, case.case_id)
        state = self._mine(marker, file_id, holder, case)
        if state.target is not None:
            return self._delivered_before(state, file_id)
        uploaded = self._document(state, file_id, holder, path, fields, case)
        created = uploaded is not None and self._task(state, file_id, holder, fields, case)
        if uploaded is None or created is None:
            self._ledger.end_delivery(marker, "review")
            return Delivered("unclear", uploaded=bool(uploaded))
        self._ledger.end_delivery(marker, "matched")
        ended = self._ledger.delivery(marker)
        return Delivered("delivered", uploaded, created, ended.document_id, ended.task_id)

    def _mine(self, marker: str, file_id: str, holder: str, case: Case) -> DeliveryState:
        """The delivery, with this file's claim on it; a twin that is under way elsewhere is waited for."""
        state = self._ledger.begin_delivery(marker, file_id, holder, case.case_id)
        if state.target is not None or (state.file_id, state.holder) == (file_id, holder):
            return state
        if state.file_id != file_id and state.holder is not None and holder_is_alive(state.holder):
            raise Transient("twin_in_flight", file=file_id)
        self._ledger.take_over_delivery(marker, file_id, holder)
        return self._ledger.delivery(marker)

    def _delivered_before(self, state: DeliveryState, file_id: str) -> Delivered:
        """It ended before: as this same file, put back into the inbox by a person, or as another one."""
        status: Literal["delivered", "duplicate", "unclear"] = "duplicate"
        if state.file_id == file_id:
            status = "delivered" if state.target == "matched" else "unclear"
        return Delivered(
            status, document_id=state.document_id, task_id=state.task_id, target=state.target or "matched"
        )

    def _document(
        self, state: DeliveryState, file_id: str, holder: str, path: Path, fields: NoticeFields, case: Case
    ) -> bool | None:
        def send() -> int:
            name, words = document_name(fields), comment(fields, state.marker)
            return self._logiqs.upload_document(case.case_id, path, name, words)

        return self._once(state, "document", file_id, holder, case, send)

    def _task(
        self, state: DeliveryState, file_id: str, holder: str, fields: NoticeFields, case: Case
    ) -> bool | None:
        def send() -> int:
            task = new_task(fields, case, state.marker, self._assignees(case), self._clock())
            return self._logiqs.create_task(task)

        return self._once(state, "task", file_id, holder, case, send)

    def _once(
        self,
        state: DeliveryState,
        step: Step,
        file_id: str,
        holder: str,
        case: Case,
        send: Callable[[], int],
    ) -> bool | None:
        """Carry out one write once: True sent, False it was done before, None nobody can tell."""
        if state.step(step) == "confirmed":
            return False
        if state.step(step) == "intended" and not self._dry_run:
            found = self._found(state.marker, step, case)
            if found is not False:
                return self._settled_by_look(state.marker, step, found=found)
        if not self._ledger.still_mine(file_id, holder, LEASE_SECONDS):
            raise Transient("claim_lost", file=file_id)
        self._ledger.intend(state.marker, step)
        try:
            remote_id = None if self._dry_run else send()
        except Unclear:
            found = self._found(state.marker, step, case)
            if found is False:
                self._ledger.withdraw(state.marker, step)
                raise Transient(f"{step}_not_carried_out", file=file_id) from None
            return self._settled_by_look(state.marker, step, found=found)
        except (Transient, FileFault, ConfigError, RunStop):
            self._ledger.withdraw(state.marker, step)
            raise
        self._ledger.confirm(state.marker, step, remote_id)
        return True

    def _settled_by_look(self, marker: str, step: Step, *, found: bool | None) -> bool | None:
        if found is None:
            return None
        self._ledger.confirm(marker, step, None)
        return False

    def _found(self, marker: str, step: Step, case: Case) -> bool | None:
        """Whether the case's activities show that the write was carried out; None when they cannot tell.

        A missing marker proves nothing until this tenant's activities have shown the marker of a confirmed
        write of this kind.
        """
        activities = self._logiqs.activities(case.case_id)
        if activities is None:
            return None
        if any(_shows(activity.text.reveal(), marker, step) for activity in activities):
            return True
        return False if self._tenant_shows(step) else None

    def _tenant_shows(self, step: Step) -> bool:
        """Whether this tenant's activities show confirmed writes of this kind; looked at once, remembered."""
        name = f"activities_show_{step}"
        known = self._ledger.fact(name)
        if known is None:
            confirmed = self._ledger.a_confirmed_delivery(step)
            if confirmed is None:
                return False
            marker, case_id = confirmed
            activities = self._logiqs.activities(case_id) or []
            known = "yes" if any(_shows(one.text.reveal(), marker, step) for one in activities) else "no"
            self._ledger.remember(name, known)
        return known == "yes"

    def _assignees(self, case: Case) -> tuple[int, ...]:
        """The users set; else the case's officer, where the match or the CRM tells who that is."""
        if self._settings.task_user_ids or not self._settings.task_to_officer:
            return tuple(self._settings.task_user_ids)
        officer = case.officer_id or self._officer_from_crm(case)
        return (officer,) if officer else ()

    def _officer_from_crm(self, case: Case) -> int | None:
        """Ask the CRM, until it has shown that it does not tell: each file's quota is three calls."""
        without = int(self._ledger.fact(OFFICER_FACT) or 0)
        if without >= OFFICERLESS:
            return None
        known = self._logiqs.case_info(case.case_id)
        officer = known.officer_id if known else None
        self._ledger.remember(OFFICER_FACT, "0" if officer else str(without + 1))
        return officer


def _shows(text: str, marker: str, step: Step) -> bool:
    """Whether an activity's text speaks of this write: a task's marker ends in T, a document's in D."""
    return f"{marker}-{step[0].upper()}" in text
