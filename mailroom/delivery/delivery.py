"""Delivering a document: uploaded once and a task created once, whatever happens in between.

Each write is intent → call → confirmation. Each of the three is committed, the intent right before the
request leaves. After a crash, a lost answer or a refusal the case's activities are checked for the write's
mark before anything is sent again (`mailroom.delivery.activity_check`). If they prove nothing, a person
decides, and nothing is sent twice: the CRM has no idempotency key, and does not list documents.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from mailroom.config.settings import Settings
from mailroom.crm.base import Case, Crm, NewDocument, NotOffered, Refused, RightMissing
from mailroom.delivery.activity_check import ActivityCheck
from mailroom.delivery.certain_fields import select_certain_fields
from mailroom.delivery.delivered import Delivered, Sending, describe_earlier
from mailroom.delivery.document_name import build_comment, build_document_name
from mailroom.delivery.officers import Officers
from mailroom.delivery.task import build_retraction, build_retraction_note, build_task
from mailroom.document.file_type import find_file_type
from mailroom.errors import ConfigError, RunStop, Transient, Unclear
from mailroom.ledger import LEASE_SECONDS, DeliveryRow, Ledger, Step, WriteState
from mailroom.notices import NoticeFields, Reading

log = logging.getLogger(__name__)

# What a confirmed write counts for in the run's progress.
STAGES: dict[Step, str] = {"document": "uploaded", "task": "tasks_created"}


@dataclass(frozen=True)
class Delivery:
    """Delivers documents. In a dry run nothing is sent, and the temporary ledger records it as sent.

    Args:
        ledger: remembers what was sent.
        crm: where documents and tasks go.
        settings: who gets the tasks.
        dry_run: whether nothing is to be sent.
        count_stage: is called with "uploaded" or "tasks_created" for each confirmed write.
        officers: shared by all batches of a run.
        by_person: whether a person named the case: the bytes may be in another one already.
        clock: the current time in UTC, for a task's dates; claims and intents go by the ledger's clock.
    """

    ledger: Ledger
    crm: Crm
    settings: Settings
    dry_run: bool
    count_stage: Callable[[str], None] = lambda _stage: None
    officers: Officers = field(default_factory=Officers)
    by_person: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def deliver(
        self, file_id: str, holder: str, path: Path, sha256: str, reading: Reading, case: Case
    ) -> Delivered:
        """Upload the document and create its task, each at most once.

        An unfinished delivery of this file or of the same bytes to another case is finished in that case.

        Raises:
            Transient, RunStop: another try may do the rest; what is in doubt is looked for first.
            Postponed: nothing can be decided yet.
            FileFault, ConfigError: refused.
        """
        marker = self.ledger.make_marker(sha256, case.case_id)
        state = self._claim(marker, file_id, holder, sha256, case)
        if state.destination is not None:
            earlier = describe_earlier(state, marker, file_id)
            was_retracted = earlier.status == "unclear" and self._was_retracted(state)
            return replace(earlier, status="retracted") if was_retracted else earlier
        try:
            begun_for = case if state.marker == marker else self._find_earlier_case(state, sha256)
            if begun_for is None:
                self.ledger.release_delivery(state.marker, file_id, holder)
                return Delivered("unclear")
            fields = select_certain_fields(reading, begun_for)
            has_gap = self.ledger.has_gap()
            sending = Sending(state.marker, file_id, holder, path, fields, begun_for, has_gap)
            return self._send_both(sending, state)
        except Exception:
            # After any error the next try of this file, or of its duplicate, must not wait.
            self.ledger.release_delivery(state.marker, file_id, holder)
            raise

    def retract(self, file_id: str, holder: str) -> str:
        """Add an activity and an urgent task, each once, to the case that the file was filed in.

        They say what to remove from it. Where the CRM takes no activity, the task does alone.

        Returns:
            The reason code with which the file goes to a person.

        Raises:
            Transient, RunStop, Postponed, FileFault, ConfigError: as `deliver`.
        """
        filed = self.ledger.find_filed_delivery(file_id)
        case_id = self.ledger.get_case_id(filed) if filed else None
        case = self.crm.get_case(case_id) if case_id else None
        if filed is not None:
            # Whatever comes of the writes: duplicates of the document are not for that case.
            self.ledger.record_retraction(filed.marker)
        if filed is None or case is None:
            return "retracted_by_hand"
        # Its own delivery, of bytes that no file has.
        stands_for = _hash_retraction(filed)
        marker = self.ledger.make_marker(stands_for, case.case_id)
        state = self._claim(marker, file_id, holder, stands_for, case)
        if state.destination is None:
            try:
                has_gap = self.ledger.has_gap()
                sending = Sending(marker, file_id, holder, Path(), NoticeFields(), case, has_gap)
                is_noted = self._add_retraction_note(sending, state, filed)
                is_asked = self._send_once(sending, state, "task", partial(self._ask_to_remove, filed))
            except Refused:
                is_noted = is_asked = False
            except Exception:
                # As for a delivery: the next try must not wait.
                self.ledger.release_delivery(marker, file_id, holder)
                raise
            if not (is_noted and is_asked):
                # It ends with the decision about the file, as a delivery in doubt does.
                self.ledger.release_delivery(marker, file_id, holder)
                return "retraction_unclear"
            self.ledger.end_delivery(marker, "review", file_id, holder)
        return "retracted"

    def _was_retracted(self, state: DeliveryRow) -> bool:
        case_id = self.ledger.get_case_id(state)
        return case_id is not None and self.ledger.has_delivery(
            self.ledger.make_marker(_hash_retraction(state), case_id)
        )

    def _add_retraction_note(self, sending: Sending, state: DeliveryRow, filed: DeliveryRow) -> bool:
        """Return False if nobody knows whether it is there; what the CRM does not take is left out."""

        def add(sending: Sending, about_to_send: Callable[[], None]) -> int:
            note = build_retraction_note(filed.document_id, sending.case, sending.marker)
            return self.crm.add_activity(note, about_to_send)

        try:
            return self._send_once(sending, state, "activity", add)
        except (NotOffered, Refused, RightMissing) as refused:
            log.warning(
                "Logiqs takes no activity (%s), so the wrong case gets the urgent task alone.", refused.code
            )
            return True

    def _ask_to_remove(self, filed: DeliveryRow, sending: Sending, about_to_send: Callable[[], None]) -> int:
        users = self._choose_users(sending.case)
        task = build_retraction(filed.document_id, sending.case, sending.marker, users, self.clock())
        return self.crm.create_task(task, about_to_send)

    def _find_earlier_case(self, state: DeliveryRow, sha256: str) -> Case | None:
        """Return the case of an unfinished delivery.

        None if only a person can finish it: it has other bytes, or its case is gone.
        """
        case_id = self.ledger.get_case_id(state)
        if case_id is None or self.ledger.make_marker(sha256, case_id) != state.marker:
            return None
        return self.crm.get_case(case_id)

    def _claim(self, marker: str, file_id: str, holder: str, sha256: str, case: Case) -> DeliveryRow:
        """Return the delivery that comes first, claimed for this file.

        Raises:
            Transient: a duplicate of the file is being delivered.
        """
        begin = self.ledger.begin_delivery_beside if self.by_person else self.ledger.begin_delivery
        state = begin(marker, file_id, holder, case.case_id, sha256, LEASE_SECONDS)
        if state.destination is not None or (state.file_id, state.holder) == (file_id, holder):
            return state
        is_duplicate = state.file_id != file_id
        if (is_duplicate and self.ledger.is_in_progress(state)) or not self.ledger.take_over_delivery(
            state, file_id, holder, LEASE_SECONDS
        ):
            raise Transient("duplicate_in_flight", file=file_id)
        return self.ledger.get_delivery(state.marker)

    def _send_both(self, sending: Sending, state: DeliveryRow) -> Delivered:
        doubts: list[Step] = []
        if self._send_once(sending, state, "document", self._upload):
            sending = replace(sending, last="task")
        else:
            doubts.append("document")
            sending = replace(sending, document_in_doubt=True)
            state = self.ledger.get_delivery(sending.marker)
        may_create = not doubts or _may_create_task(state)
        if not may_create or not self._send_once(sending, state, "task", self._create_task):
            doubts.append("task")
        if doubts:
            # It ends in the transaction that sends its file to a person: after a kill in between, nobody
            # would be told.
            self.ledger.release_delivery(sending.marker, sending.file_id, sending.holder)
            return Delivered("unclear", doubt=doubts[0] if len(doubts) == 1 else None)
        state = self.ledger.get_delivery(sending.marker)
        if state.destination is None:
            self.ledger.end_delivery(sending.marker, "matched", sending.file_id, sending.holder)
        return Delivered("delivered", state.document_id, state.task_id)

    def _upload(self, sending: Sending, about_to_send: Callable[[], None]) -> int:
        name = build_document_name(sending.fields, find_file_type(sending.path).suffix)
        words = build_comment(sending.fields, sending.marker)
        document = NewDocument(sending.case.case_id, sending.path, name, words)
        return self.crm.upload_document(document, about_to_send)

    def _create_task(self, sending: Sending, about_to_send: Callable[[], None]) -> int:
        users = self._choose_users(sending.case)
        doubt = sending.document_in_doubt
        task = build_task(
            sending.fields, sending.case, sending.marker, users, self.clock(), document_in_doubt=doubt
        )
        return self.crm.create_task(task, about_to_send)

    def _send_once(
        self,
        sending: Sending,
        state: DeliveryRow,
        step: Step,
        send: Callable[[Sending, Callable[[], None]], int],
    ) -> bool:
        """Carry out one write once; return True when it is carried out, False when that cannot be decided.

        ``state``: the delivery as it is stored.
        """
        before = state.step(step)
        if before == WriteState.CONFIRMED:
            return True
        found = self._look_first(sending, step) if before == WriteState.NONE else self._find(sending, step)
        if found is not False:
            return bool(found)
        if self.dry_run:
            self.ledger.confirm(sending.marker, step, None)
            return True
        return self._send(sending, step, send)

    def _send(self, sending: Sending, step: Step, send: Callable[[Sending, Callable[[], None]], int]) -> bool:
        mine = (sending.marker, step, sending.file_id, sending.holder)

        def intend(*, needs_claim: bool) -> None:
            if not self.ledger.intend(*mine, LEASE_SECONDS, needs_claim=needs_claim):
                raise Transient("duplicate_in_flight", file=sending.file_id)

        try:
            remote_id = send(sending, partial(intend, needs_claim=True))
        except Unclear:
            # The doubt begins now: the server may work on it for as long as if it had just been sent.
            intend(needs_claim=False)
            return bool(self._find(sending, step))
        except NotOffered:
            self.ledger.withdraw(*mine)
            raise
        except Refused:
            self.ledger.record_refusal(*mine, for_rights=False)
            if not self._find(sending, step):
                raise
            return True
        except ConfigError:
            self.ledger.record_refusal(*mine, for_rights=True)
            raise
        except (Transient, RunStop):
            self.ledger.withdraw(*mine)
            raise
        self._confirm(sending, step, remote_id)
        return True

    def _look_first(self, sending: Sending, step: Step) -> bool | None:
        """Return whether a write of which the ledger knows nothing was carried out before; None: undecidable.

        Only a ledger with a gap has to look, and for a task only when its document was found in the case.
        """
        if not sending.has_gap:
            return False
        if step == "task" and self.ledger.get_delivery(sending.marker).document_id is not None:
            return False
        check = ActivityCheck(self.ledger, self.crm)
        try:
            found = check.was_carried_out(sending.marker, step, sending.case.case_id)
        except Transient as fault:
            if fault.code != f"{step}_in_doubt" or self.ledger.is_in_gap(sending.file_id):
                raise
            found = None
        if found:
            self.ledger.confirm(sending.marker, step, None)
        # A file that is newer than the gap was not filed unknown to the ledger.
        return found if found is not None or self.ledger.is_in_gap(sending.file_id) else False

    def _find(self, sending: Sending, step: Step) -> bool | None:
        """Return whether the case shows this write, and record that it does; None: that cannot be decided."""
        check = ActivityCheck(self.ledger, self.crm)
        found = check.is_carried_out(sending.marker, step, sending.case.case_id)
        if found:
            self._confirm(sending, step, None)
        return found

    def _confirm(self, sending: Sending, step: Step, remote_id: int | None) -> None:
        written = (sending.marker, step, remote_id)
        if step == sending.last:
            self.ledger.confirm_last(*written, "matched", sending.file_id, sending.holder)
        else:
            self.ledger.confirm(*written)
        if step in STAGES:
            self.count_stage(STAGES[step])

    def _choose_users(self, case: Case) -> tuple[int, ...]:
        """Return the users that are set, else the case's officer if one is known."""
        if self.settings.task_user_ids or not self.settings.task_to_officer:
            return tuple(self.settings.task_user_ids)
        officer = self.officers.find(case, self.crm)
        return (officer,) if officer else ()


def _may_create_task(state: DeliveryRow) -> bool:
    """Whether this ledger sent the document, perhaps in vain: the deadline must not wait for a person.

    If an earlier ledger may have sent it, the case may have its task too.
    """
    return state.document != WriteState.NONE


def _hash_retraction(filed: DeliveryRow) -> str:
    return hashlib.sha256(f"retract {filed.marker}".encode()).hexdigest()
