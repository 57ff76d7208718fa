"""What becomes of a file, by what was found out: its row in the ledger, its reading, its delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mailroom.delivery import Delivered
from mailroom.drive.faults import CORRUPT
from mailroom.ledger import FileDecision, FileRow, Step
from mailroom.ledger.decisions import TASK_UNCLEAR
from mailroom.matching.decision import KEY_FIELDS, may_settle
from mailroom.notices import NoticeFields, Reading

# The reason with which a file goes to a person, by the fault that did not go away.
GIVE_UP_REASONS = {CORRUPT: CORRUPT, "document_in_doubt": "delivery_unclear", "task_in_doubt": TASK_UNCLEAR}
# After this many counted faults of the file itself (at most one an hour) a person decides.
MOST_FAULT_HOURS = 3
# Drive will not serve the file tomorrow either, so a person has to look at it there.
NEVER_SERVED = ("cannot_download_abusive_file", "cannot_download_file", "file_not_downloadable")
# What a person is told of a delivery, by the write that is in doubt.
UNCLEAR: dict[Step, str] = {"document": "document_unclear", "task": TASK_UNCLEAR}
SAY_WHAT_IS_UNCLEAR = (*UNCLEAR.values(), *GIVE_UP_REASONS.values(), "retraction_unclear")

# What became of a file that a person decided about.
FILED, DUPLICATE, NOT_FILED, IN_DOUBT = RESULT_WORDS = ("filed", "duplicate", "not filed", "in doubt")


def restore_decision(row: FileRow) -> FileDecision | None:
    """The decision of an earlier run that was stopped before the move, which is all that is left to do."""
    return FileDecision(row.outcome, row.reason or "", row.destination) if row.outcome else None


def send_to_review(reason: str) -> FileDecision:
    """The decision that a person has to look, with the code of why."""
    return FileDecision("review", reason, "review")


def find_reason_not_to_file(reading: Reading, filed_types: frozenset[str]) -> str | None:
    """The reason code why a person must look at this document, or None when it may be matched and filed."""
    kind = reading.fields.notice_type
    if reading.outcome in ("unreadable", "rejected"):
        return reading.error or reading.outcome
    if reading.outcome == "review" and not may_settle(reading):
        return reading.error or "doubtful_reading"
    if kind is None:
        return "other_document"
    if kind not in filed_types:
        return f"letter_{kind.lower().replace(' ', '_')}"
    return None if may_settle(reading) else reading.error


def correct(reading: Reading, fields: Mapping[str, Any]) -> Reading:
    """Return the reading with the fields that a person corrected, which are certain.

    ``fields``: values by the names of fields, as `NoticeFields.as_json` gives them.
    """
    if not fields:
        return reading
    read = NoticeFields.from_json({**reading.fields.as_json(), **fields})
    doubts = {name: causes for name, causes in reading.doubts.items() if name not in fields}
    is_certain = read.last_name and read.ssn_last4 and not KEY_FIELDS.intersection(doubts)
    if reading.outcome == "review" and is_certain and KEY_FIELDS.intersection(fields):
        reading = replace(reading, outcome="extract", error=None)
    return replace(reading, fields=read, doubts=doubts)


def name_result(row: FileRow) -> str:
    """Return one of `RESULT_WORDS` for a file that has ended; in doubt: a part may be in a case."""
    if row.reason in SAY_WHAT_IS_UNCLEAR and row.reason != CORRUPT:
        return IN_DOUBT
    return {"matched": FILED, "duplicate": DUPLICATE}.get(row.outcome or "", NOT_FILED)


def decide_delivered(sent: Delivered) -> FileDecision:
    """The decision about a file by how its delivery ended, with the CRM's ids."""
    if sent.status == "unclear":
        decision = send_to_review(UNCLEAR[sent.doubt] if sent.doubt else "delivery_unclear")
    elif sent.status == "retracted":
        decision = send_to_review("retracted")
    elif sent.status == "in_another_case":
        decision = send_to_review("filed_in_another_case")
    elif sent.status == "duplicate":
        decision = FileDecision("duplicate", "same_document", sent.destination)
    else:
        decision = FileDecision("matched", "matched", "matched")
    return replace(decision, document_id=sent.document_id, task_id=sent.task_id)
