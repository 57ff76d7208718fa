"""What is known of every file, and of every document that was delivered."""

from mailroom.ledger.files import FileDecision, FileResult
from mailroom.ledger.history import LedgerState
from mailroom.ledger.holders import LEASE_SECONDS, holder_is_alive, make_holder
from mailroom.ledger.ledger import Ledger
from mailroom.ledger.models import DeliveryRow, FileRow, Step
from mailroom.ledger.notices import (
    AnsweredBy,
    ClosedBy,
    DueKind,
    NearDeadlines,
    NoticeRecord,
    OpenDeadline,
    OpenItem,
)
from mailroom.ledger.opening import open_existing_ledger, open_ledger
from mailroom.ledger.runs import EndedRun, Lease, LeaseRequest, RunRole
from mailroom.ledger.states import FileState, WriteState
from mailroom.ledger.unfinished import PendingFiles

__all__ = [
    "LEASE_SECONDS",
    "AnsweredBy",
    "ClosedBy",
    "DeliveryRow",
    "DueKind",
    "EndedRun",
    "FileDecision",
    "FileResult",
    "FileRow",
    "FileState",
    "Lease",
    "LeaseRequest",
    "Ledger",
    "LedgerState",
    "NearDeadlines",
    "NoticeRecord",
    "OpenDeadline",
    "OpenItem",
    "PendingFiles",
    "RunRole",
    "Step",
    "WriteState",
    "holder_is_alive",
    "make_holder",
    "open_existing_ledger",
    "open_ledger",
]
