"""The whole ledger: what is known of every file, and of every document that was delivered."""

from __future__ import annotations

from mailroom.ledger.deliveries import DeliveryStore
from mailroom.ledger.files import FileStore
from mailroom.ledger.key_rotation import KeyRotation
from mailroom.ledger.purge import PurgeStore
from mailroom.ledger.scans import ScanStore
from mailroom.ledger.unfinished import UnfinishedWork


class Ledger(ScanStore, FileStore, DeliveryStore, KeyRotation, PurgeStore, UnfinishedWork):
    """Scans, files, deliveries and facts; its keys, and what it removes."""
