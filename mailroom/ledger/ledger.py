"""The whole ledger: what is known of every file, and of every document that was delivered."""

from __future__ import annotations

from pathlib import Path

from mailroom.ledger.decisions import DecisionStore
from mailroom.ledger.deliveries import DeliveryStore
from mailroom.ledger.files import FileStore
from mailroom.ledger.key_rotation import KeyRotation
from mailroom.ledger.purge import PurgeStore
from mailroom.ledger.read_only import name_filing_run
from mailroom.ledger.scans import ScanStore
from mailroom.ledger.unfinished import UnfinishedWork


class Ledger(ScanStore, FileStore, DeliveryStore, DecisionStore, KeyRotation, PurgeStore, UnfinishedWork):
    """Scans, files, deliveries, decisions and facts; its keys, and what it removes."""

    def name_filing_run(self) -> str:
        """The run that files documents on SQLite, in words, also while it is locked; "" if none is known."""
        file = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        return name_filing_run(Path(file)) if file else ""
