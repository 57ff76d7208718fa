"""Two notices of clients in an inbox, and what works on them; Drive and the CRM are in memory."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mailroom.drive import ListedFile
from mailroom.drive.listing import Page
from mailroom.drive.move import CurrentFile
from mailroom.errors import FileFault
from mailroom.ledger import Ledger
from mailroom.run.differences import Code, Place, Repair
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.reconcile import Reconciler, reconcile
from tests.crm.in_memory import InMemoryCrm
from tests.crm.test_daily_pipeline import RUN

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


class Killed(KeyboardInterrupt):
    """The process ended here: the error boundary, too, lets it pass."""


def md5_of(content: bytes) -> str:
    """The MD5 that Drive gives for these bytes."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@dataclass
class Drive:
    """Files by their id, with the folder that each of them is in; ``fails`` is raised by the next move."""

    files: dict[str, bytes]
    parents: dict[str, str]
    trashed: set[str] = field(default_factory=set)
    fails: list[BaseException] = field(default_factory=list)
    fails_when_moved: bool = False

    def download(self, file_id: str, size: int, md5: str | None, path: Path) -> str:
        """Write the file, and return its SHA-256."""
        content = self.files[file_id]
        assert (len(content), md5_of(content)) == (size, md5)
        path.write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def move(self, file_id: str, source_id: str, folder_id: str) -> CurrentFile:
        """Move the file, unless a person took it out of the folder."""
        if self.fails and not self.fails_when_moved:
            raise self.fails.pop()
        if self.parents[file_id] not in (source_id, folder_id):
            raise FileFault("moved_elsewhere", file=file_id)
        self.parents[file_id] = folder_id
        if self.fails:
            raise self.fails.pop()
        return self.get_state(file_id)

    def get_state(self, file_id: str) -> CurrentFile:
        """What Drive says of the file now."""
        if file_id not in self.files:
            raise FileFault("vanished", file=file_id)
        content = self.files[file_id]
        return CurrentFile(
            size=len(content),
            md5=md5_of(content),
            is_trashed=file_id in self.trashed,
            parents=(self.parents[file_id],),
        )

    def list_children(self, folder_id: str, *, page_token: str | None = None) -> Page:
        """One file a page."""
        inside = sorted(one for one, parent in self.parents.items() if parent == folder_id)
        at = int(page_token or 0)
        files = [
            ListedFile(one, folder_id, len(self.files[one]), md5_of(self.files[one]), NOW - timedelta(days=1))
            for one in inside[at : at + 1]
        ]
        return Page(files, [], str(at + 1) if at + 1 < len(inside) else None)


@dataclass
class Office:
    """Two matching notices in the inbox, and what works on them."""

    drive: Drive
    crm: InMemoryCrm
    ledger: Ledger
    pipeline: FilePipeline
    reconciler: Reconciler
    now: datetime = NOW

    def run(self, *file_ids: str) -> None:
        """A run processes these files, and may be killed; what it had claimed is free again."""
        self.list_inbox()
        for file_id in file_ids:
            try:
                self.pipeline.process(file_id)
            except Killed:
                self.ledger.free_dead_claims(lambda _holder: False)

    def list_inbox(self) -> None:
        """As a scan does."""
        token: str | None = None
        while True:
            page = self.drive.list_children("inbox", page_token=token)
            self.ledger.record_page(RUN, "inbox", page.files, page.next_token)
            token = page.next_token
            if token is None:
                break

    def reconcile(self, *, repair: bool = False) -> tuple[list[str], int]:
        """The lines of single differences, and how many differences are left."""
        told: list[str] = []
        done = reconcile(self.reconciler, told.append, repair=repair)
        lines = [line.strip() for line in told if line.startswith("    ")]
        assert sum(done.found.values()) == len(lines)
        assert str(len(lines)) in done.describe() or not lines
        return lines, done.left

    def find(self) -> list[tuple[Code, Repair, str, Place]]:
        """Each difference: its code, its repair, the file, and where that is."""
        found = self.reconciler.find_differences()
        return [(one.code, one.repair, one.file_id, one.place) for one in found]

    def snapshot(self) -> Any:
        """Everything that a comparison must leave as it is."""
        files = {
            name: (row.state, row.outcome, row.parent_id, row.updated)
            for name, row in self.ledger.find_files(list(self.drive.files)).items()
        }
        open_ones = [(one.marker, one.document, one.task) for one in self.ledger.list_unfinished_deliveries()]
        return dict(self.drive.parents), files, open_ones, len(self.crm.documents), len(self.crm.tasks)

    def repair_everything(self) -> None:
        """A comparison changes nothing; the repair leaves no difference, and a second one has none to do."""
        before = self.snapshot()
        listed, left = self.reconcile()
        assert left == len(listed) > 0
        assert self.snapshot() == before
        repaired, left = self.reconcile(repair=True)
        assert repaired == [f"{line}  done" for line in listed]
        assert left == 0
        assert self.reconcile(repair=True) == ([], 0)
