"""A scan: how folders are shared out, and what is said where Drive does not list them all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.config.settings import load_settings
from mailroom.drive import DriveClient, ListedFile
from mailroom.drive.listing import Page
from mailroom.errors import ConfigError, FileFault, FilesLeftPending
from mailroom.ledger import Ledger, open_ledger
from mailroom.run.listing import FolderLister, partition
from mailroom.run.progress import Progress

TODAY = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class FoldersOnly:
    """A Drive with an inbox, two subfolders and a PDF in each; it does not list those in ``refused``."""

    refused: dict[str, str] = field(default_factory=dict)
    files: tuple[ListedFile, ...] = ()
    share_with: str = "mailroom@made-up-project.example"

    def list_children(self, folder_id: str, **_: object) -> Page:
        """Its one PDF, the inbox's subfolders, and a file that is not read."""
        if folder_id in self.refused:
            raise FileFault(self.refused[folder_id], folder=folder_id)
        subfolders = ["january", "february"] if folder_id == "inbox" else []
        files = [ListedFile(f"in-{folder_id}", folder_id, 10, None, TODAY), *self.files]
        return Page(files, subfolders, None, [f"text in {folder_id}"])


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger whose run is to list the inbox."""
    with open_ledger(load_settings(state_dir=tmp_path)) as opened:
        opened.add_folders("run", ["inbox"])
        yield opened


def scan_all(
    ledger: Ledger, drive: FoldersOnly, waiting: set[str] | None = None, skipped: set[str] | None = None
) -> tuple[int, set[str]]:
    """Scan level by level, as a run does: how many files were listed, and which folders were refused."""
    progress, refused = Progress(), set[str]()
    waiting = set() if waiting is None else waiting
    lister = FolderLister(
        ledger,
        progress,
        "run",
        frozenset({"inbox"}),
        frozenset(),
        refused,
        set(),
        waiting,
        set() if skipped is None else skipped,
        None,
        check_stop=lambda: None,
    )
    while folders := ledger.list_open_folders("run"):
        lister.list_folders(cast("DriveClient", drive), folders)
    return progress.snapshot().stages["listed"], refused


@pytest.mark.parametrize("code", ["folder_vanished", "drive_forbidden"])
def test_a_refused_subfolder_makes_the_scan_incomplete(ledger: Ledger, code: str) -> None:
    """The other folders are listed all the same, and the line at the end names the refused one."""
    assert scan_all(ledger, FoldersOnly({"january": code})) == (2, {"january"})
    assert "were left out: january." in str(FilesLeftPending("folders_refused", folders="january"))


def test_files_that_are_not_pdfs_are_counted_in_every_folder(ledger: Ledger) -> None:
    """They are not listed, so they get no outcome."""
    skipped: set[str] = set()
    assert scan_all(ledger, FoldersOnly({"january": "drive_forbidden"}), skipped=skipped)[0] == 2
    assert skipped == {"text in inbox", "text in february"}


def test_new_empty_files_wait(ledger: Ledger) -> None:
    """A sync client fills them later. One that is older than an hour, or of an unknown size, is listed."""
    now = datetime.now(UTC)
    old, new = now - timedelta(minutes=61), now - timedelta(minutes=59)
    files = (
        ListedFile("new", "inbox", 0, None, new),
        ListedFile("changed", "inbox", 0, None, old, new),
        ListedFile("copied into Drive", "inbox", 0, None, new, old),
        ListedFile("old", "inbox", 0, None, old, old),
        ListedFile("of unknown size", "inbox", None, None, new),
    )
    waiting: set[str] = set()
    assert scan_all(ledger, FoldersOnly({"january": "x", "february": "x"}, files), waiting)[0] == 3
    assert waiting == {"new", "changed", "copied into Drive"}
    assert ledger.find_files(list(waiting)) == {}
    assert [ledger.find_files([one])[one].size for one in ("old", "of unknown size")] == [0, None]


@pytest.mark.parametrize(
    ("code", "told"), [("folder_vanished", "folder_not_found"), ("drive_forbidden", "folder_not_readable")]
)
def test_a_refused_inbox_is_a_configuration_error(ledger: Ledger, code: str, told: str) -> None:
    """It never passes for an inbox without PDFs; folder and account are named."""
    with pytest.raises(ConfigError) as refused:
        scan_all(ledger, FoldersOnly({"inbox": code}))
    assert (refused.value.code, refused.value.ids) == (told, {"folder": "inbox"})
    assert "mailroom@made-up-project.example" in str(refused.value)


@given(items=st.lists(st.text(max_size=3), max_size=60), shares=st.integers(1, 12))
def test_shares_hold_every_item_once(items: list[str], shares: int) -> None:
    """No item is lost or doubled, no share is empty, and they differ by one item at most."""
    parts = partition(items, shares)
    assert sorted(item for part in parts for item in part) == sorted(items)
    assert len(parts) <= shares
    assert all(parts)
    assert not parts or max(map(len, parts)) - min(map(len, parts)) <= 1
