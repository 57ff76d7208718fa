"""The whole ledger: what is known of every file, and of every document that was delivered."""

from __future__ import annotations

from mailroom.ledger.deliveries import DeliveryStore
from mailroom.ledger.files import FileStore
from mailroom.ledger.key_rotation import KeyRotation
from mailroom.ledger.purge import PurgeStore
from mailroom.ledger.scans import ScanStore


class Ledger(ScanStore, FileStore, DeliveryStore, KeyRotation, PurgeStore):
    """Scans, files, deliveries and facts; its keys, and what it removes."""
