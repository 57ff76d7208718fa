"""What is known of every file, and of every document that was delivered."""

from mailroom.ledger.deliveries import DeliveryRecord, Step
from mailroom.ledger.files import FileDecision, FileResult
from mailroom.ledger.holders import LEASE_SECONDS, holder_is_alive, make_holder
from mailroom.ledger.ledger import Ledger
from mailroom.ledger.models import FileRow
from mailroom.ledger.opening import free_claims_of_the_dead, open_existing_ledger, open_ledger
from mailroom.ledger.scans import FolderProgress
from mailroom.ledger.states import FileState, WriteState

__all__ = [
    "LEASE_SECONDS",
    "DeliveryRecord",
    "FileDecision",
    "FileResult",
    "FileRow",
    "FileState",
    "FolderProgress",
    "Ledger",
    "Step",
    "WriteState",
    "free_claims_of_the_dead",
    "holder_is_alive",
    "make_holder",
    "open_existing_ledger",
    "open_ledger",
]
