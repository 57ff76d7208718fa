"""What people decide about files: stored first, then carried out by a run, as everything else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailroom.drive.move import CurrentFile
from mailroom.errors import FileFault
from mailroom.ledger.models import DecisionRow, FileRow
from mailroom.ledger.notices import FILED_NOT_MOVED, UNREAD_TYPE, ClosedBy, close_rows
from mailroom.ledger.read_fields import KEPT, ReadFieldStore
from mailroom.ledger.states import FileEvent, FileState
from mailroom.ledger.store import NO_DECISION, NO_FAULTS, change_state
from mailroom.privacy.client_data import ClientData, KnownValue

# The reason of a file whose document is in its case, while nobody knows of its task.
TASK_UNCLEAR = "task_unclear"


class Action(StrEnum):
    """What a person may decide; the values are stored."""

    FILE = "file"  # into this case
    FILE_ANYWAY = "file_anyway"  # into this case, also if the notice looks like another client's
    RETRY = "retry"  # read and match it again
    RETRACT = "retract"  # it was filed in the wrong case
    NOT_OURS = "not_ours"  # nothing is to be done about it
    LATER = "later"  # it goes on waiting


# With these, a person names the case.
NAMES_CASE = (Action.FILE, Action.FILE_ANYWAY)


@dataclass(frozen=True, repr=False)
class PersonDecision(ClientData):
    """A person's decision about a file.

    ``case_id``: the case to file it in. ``fields``: corrected fields by their names, as JSON has them.
    ``notes`` are the person's own.
    """

    action: Action
    decided_by: str
    case_id: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    notes: str = ""

    def known_values(self) -> Iterator[KnownValue]:
        """Return the number of the case and the corrected values."""
        yield KnownValue("case", str(self.case_id or ""))
        for value in self.fields.values():
            if isinstance(value, str):
                yield KnownValue("name", value)


@dataclass(frozen=True)
class PastDecision:
    """A decision as history shows it, without the data of a client."""

    action: str
    decided: datetime
    decided_by: str
    outcome_before: str | None
    reason_before: str | None


class DecisionStore(ReadFieldStore):
    """Decisions of people. A row is only added."""

    def record_person_decision(
        self, file_id: str, decision: PersonDecision, current: CurrentFile, *, seen: datetime | None = None
    ) -> None:
        """Store a decision; the next run, or the command that stored it, carries it out.

        Args:
            file_id: the file.
            decision: what the person decided.
            current: the file as Drive shows it now.
            seen: when the file had been changed last when the person looked at it; None: just now.

        Raises:
            FileFault: ``not_known``, ``in_progress``, ``retraction_waits``, ``changed_since``;
                ``already_filed``, ``not_filed``: the decision does not fit what became of the file.
        """
        with self._transaction() as session:
            row = session.get(FileRow, file_id, with_for_update=True)
            waiting = None
            if row is not None and row.decision_id is not None and not row.has_ended:
                waiting = session.get(DecisionRow, row.decision_id)
            if waiting is not None and self._is_same(waiting, decision):
                return
            if waiting is not None and waiting.action == Action.RETRACT:
                # The document is still in the wrong case; filed elsewhere now, it would be in both.
                raise FileFault("retraction_waits", file=file_id)
            row = _check(row, decision, file_id, seen, is_waiting=waiting is not None)
            stored = self._add(session, row, decision)
            self._reopen(session, row, current, stored.id)

    def check_person_decision(self, file_id: str, decision: PersonDecision, *, seen: datetime) -> None:
        """Raise what `record_person_decision` would raise; nothing is stored."""
        with self._reading() as session:
            row = session.get(FileRow, file_id)
            _check(row, decision, file_id, seen, is_waiting=row is not None and row.decision_id is not None)

    def note_person_decision(
        self, file_id: str, decision: PersonDecision, *, seen: datetime | None = None
    ) -> None:
        """Store a decision about which no run has anything to do; ``NOT_OURS`` closes the item.

        Raises:
            FileFault: as `record_person_decision`.
        """
        with self._transaction() as session:
            row = session.get(FileRow, file_id, with_for_update=True)
            row = _check(row, decision, file_id, seen, is_waiting=False)
            self._add(session, row, decision)
            if decision.action is Action.NOT_OURS:
                close_rows(session, [file_id], ClosedBy.PERSON, self._now(session))
                # Who looked at it before is told so.
                row.updated = self._now(session)

    def was_decided(self, file_id: str, decision: PersonDecision, since: datetime) -> bool:
        """Whether the same was decided about the file at that time or later."""
        same = (DecisionRow.file_id == file_id, DecisionRow.decided >= since)
        with self._reading() as session:
            found = list(session.scalars(select(DecisionRow).where(*same)))
        return any(self._is_same(row, decision) for row in found)

    def find_person_decision(self, decision_id: int) -> PersonDecision:
        """Return the decision that a file waits for."""
        with self._reading() as session:
            row = session.get_one(DecisionRow, decision_id)
            return PersonDecision(Action(row.action), row.decided_by, **self._open_values(row))

    def list_past_decisions(self, file_id: str) -> list[PastDecision]:
        """Return what people decided about the file, the oldest first."""
        found = select(DecisionRow).where(DecisionRow.file_id == file_id).order_by(DecisionRow.id)
        with self._reading() as session:
            return [
                PastDecision(row.action, row.decided, row.decided_by, row.outcome_before, row.reason_before)
                for row in session.scalars(found)
            ]

    def _is_same(self, stored: DecisionRow, decision: PersonDecision) -> bool:
        return (stored.action, self._open_values(stored)) == (decision.action, _values_of(decision))

    def _open_values(self, stored: DecisionRow) -> dict[str, Any]:
        values: dict[str, Any] = (
            json.loads(self._key.decrypt(stored.values_sealed)) if stored.values_sealed else {}
        )
        values.pop("before", None)
        return values

    def _add(self, session: Session, row: FileRow, decision: PersonDecision) -> DecisionRow:
        values = _values_of(decision)
        if decision.fields and row.fields_sealed:
            read = self._open_fields(row.fields_sealed).as_json()
            values["before"] = {name: read[name] for name in KEPT if name in decision.fields}
        stored = DecisionRow(
            file_id=row.id,
            decided=self._now(session),
            decided_by=decision.decided_by,
            action=decision.action,
            outcome_before=row.outcome,
            reason_before=row.reason,
            values_sealed=self._encrypt(session, json.dumps(values)) if values else None,
        )
        session.add(stored)
        session.flush()
        return stored

    def _reopen(self, session: Session, row: FileRow, current: CurrentFile, decision_id: int) -> None:
        values = {
            **NO_DECISION,
            **NO_FAULTS,
            "decision_id": decision_id,
            "fault": None,
            "taken_run_id": None,
            "updated": self._now(session),
            "parent_id": current.parents[0] if current.parents else row.parent_id,
            "size": row.size if current.size is None else current.size,
            "md5": current.md5 or row.md5,
        }
        if row.state == FileState.PENDING:
            for name, value in values.items():
                setattr(row, name, value)
            return
        change_state(session, FileRow.state, FileEvent.REOPEN, FileRow.id == row.id, **values)


def _values_of(decision: PersonDecision) -> dict[str, Any]:
    given = {"case_id": decision.case_id, "fields": decision.fields, "notes": decision.notes}
    return {name: value for name, value in given.items() if value}


def _check(
    row: FileRow | None,
    decision: PersonDecision,
    file_id: str,
    seen: datetime | None,
    *,
    is_waiting: bool,
) -> FileRow:
    """Return the row, if the decision fits what became of the file."""
    if row is None:
        raise FileFault("not_known", file=file_id)
    if not (row.has_ended or (is_waiting and row.state == FileState.PENDING)):
        raise FileFault("in_progress", file=file_id)
    if seen is not None and row.updated != seen:
        raise FileFault("changed_since", file=file_id)
    is_filed = row.outcome in ("matched", "duplicate") or row.reason == FILED_NOT_MOVED
    if row.reason == UNREAD_TYPE and decision.action in (*NAMES_CASE, Action.RETRY):
        raise FileFault(UNREAD_TYPE, file=file_id)
    if decision.action is Action.RETRACT:
        if not (is_filed or row.reason == TASK_UNCLEAR):
            raise FileFault("not_filed", file=file_id)
    elif is_filed:
        raise FileFault("already_filed", file=file_id)
    return row
