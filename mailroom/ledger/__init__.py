"""What is known of every file, and of every document that was delivered."""

from mailroom.ledger.deliveries import DeliveryState, Ledger, Step
from mailroom.ledger.holders import LEASE_SECONDS, holder_is_alive, make_holder
from mailroom.ledger.models import FileRow
from mailroom.ledger.opening import free_claims_of_the_dead, open_existing_ledger, open_ledger
from mailroom.ledger.store import FileResult, FolderProgress, Settled

__all__ = [
    "LEASE_SECONDS",
    "DeliveryState",
    "FileResult",
    "FileRow",
    "FolderProgress",
    "Ledger",
    "Settled",
    "Step",
    "free_claims_of_the_dead",
    "holder_is_alive",
    "make_holder",
    "open_existing_ledger",
    "open_ledger",
]
