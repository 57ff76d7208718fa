"""A scan of any tree of folders, whatever happens on the way: each file once, under its own parent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from mailroom.config.api_settings import DriveSettings
from mailroom.config.settings import load_settings
from mailroom.drive import DriveClient, PageTokenRejected
from mailroom.ledger import Ledger, open_ledger
from mailroom.run.listing import FolderLister, partition
from mailroom.run.progress import Progress
from tests.drive.conftest import bench_on
from tests.drive.fake_drive import TOKEN, FakeDrive, served

OUTPUT, GONE, OPEN = "output", "gone", "open"
OLD, NEW = "2026-10-31T23:59:59.000Z", "2026-11-01T00:00:00.000Z"
SINCE = date(2026, 11, 1)


class Killed(BaseException):
    """The process that lists ends here."""


@dataclass(frozen=True)
class Thing:
    """A file, or a folder with what is in it.

    ``kind`` of a folder: open, gone (Drive does not list it), output (it has the name of an outcome folder).
    """

    kind: str
    inside: tuple[Thing, ...] = ()
    is_old: bool = False
    hides_parents: bool = False


FILES = st.builds(
    Thing,
    st.sampled_from(["application/pdf", "application/PDF", "image/png", "text/plain", "trashed"]),
    is_old=st.booleans(),
    hides_parents=st.booleans(),
)
THINGS = st.recursive(
    FILES,
    lambda inside: st.builds(
        Thing,
        st.sampled_from([OPEN, OPEN, OPEN, OUTPUT, GONE]),
        st.lists(inside, max_size=6).map(tuple),
        st.booleans(),
        st.booleans(),
    ),
    max_leaves=25,
)


@dataclass
class Tree:
    """A tree in the fake Drive, and what a scan has to find of it."""

    drive: FakeDrive
    name: str
    since: date | None
    files: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    ids: Iterator[int] = field(default_factory=count)

    def add(self, thing: Thing, parent: str, *, found: bool = True) -> None:
        """Add one thing below ``parent``; ``found`` says whether a scan comes there."""
        new, more = f"{self.name}-{next(self.ids)}", {"createdTime": OLD if thing.is_old else NEW}
        if thing.hides_parents:
            self.drive.without_parents.add(new)
        if thing.kind not in (OPEN, GONE, OUTPUT):
            self._add_file(thing, new, parent, found=found and not (self.since and thing.is_old))
            return
        self.drive.add_folder(new, parent, name="CP2000_REVIEW" if thing.kind == OUTPUT else "scans", **more)
        if thing.kind == GONE:
            self.drive.hidden.add(new)
            self.refused.update([new] if found else [])
        for one in thing.inside:
            self.add(one, new, found=found and thing.kind == OPEN)

    def _add_file(self, thing: Thing, new: str, parent: str, *, found: bool) -> None:
        is_trashed = thing.kind == "trashed"
        mime_type = "application/pdf" if is_trashed else thing.kind
        created = OLD if thing.is_old else NEW
        self.drive._add(
            new, mime_type, parent, name="CP2000_REVIEW", createdTime=created, size="9", trashed=is_trashed
        )
        if found and not is_trashed:
            if mime_type.lower() == "application/pdf":
                self.files[new] = parent
            else:
                self.skipped.add(new)


@dataclass
class Dying:
    """The ledger of processes of which each ends right before a write that none has tried before."""

    ledger: Ledger
    tried: set[tuple[str, str]] = field(default_factory=set)

    def __getattr__(self, name: str) -> Callable[..., object]:
        def write(*words: Any, **more: Any) -> object:
            tried = name, f"{words[1]} {words[-1]}"
            if name != "get_folder_progress" and tried not in self.tried:
                self.tried.add(tried)
                raise Killed
            return getattr(self.ledger, name)(*words, **more)

        return write


def scan(ledger: Ledger, client: DriveClient, tree: Tree, *, dies: bool) -> FolderLister:
    """Scan level by level, with three tasks a level, each of which is repeated until it is done."""
    lister = FolderLister(
        cast("Ledger", Dying(ledger)) if dies else ledger,
        Progress(),
        tree.name,
        inboxes=frozenset({tree.name}),
        never=frozenset(),
        refused=set(),
        held=set(),
        waiting=set(),
        skipped=set(),
        since=tree.since,
        check_stop=lambda: None,
    )
    ledger.add_folders(tree.name, [tree.name])
    while folders := ledger.list_open_folders(tree.name):
        for part in partition(folders, 3):
            assert any(is_done(lister, client, part) for _ in range(500))
    return lister


def is_done(lister: FolderLister, client: DriveClient, folders: list[str]) -> bool:
    """A task, and whether it came to its end."""
    try:
        lister.list_folders(client, folders)
    except (Killed, PageTokenRejected):
        return False
    return True


def test_every_file_is_listed_once_under_its_parent(tmp_path: Path) -> None:
    """With pages of one to three, folders that vanish, hidden parents, rejected page tokens and kills."""
    names = count()
    with served(FakeDrive()) as drive, open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        api = DriveSettings(root_url=drive.root_url, access_token=SecretStr(TOKEN), page_size=3)
        client = bench_on(api).client

        @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
        @given(
            things=st.lists(THINGS, max_size=8),
            page=st.integers(1, 3),
            since=st.sampled_from([None, SINCE]),
            rejected=st.integers(0, 3),
            dies=st.booleans(),
        )
        def check(things: list[Thing], page: int, since: date | None, rejected: int, dies: bool) -> None:
            name = f"tree{next(names)}"
            drive.files.clear()
            drive.hidden.clear()
            drive.rejections, drive.largest_page = rejected, page
            drive.add_folder(name, None)
            tree = Tree(drive, name, since)
            for thing in things:
                tree.add(thing, name)
            lister = scan(ledger, client, tree, dies=dies)
            rows = ledger.find_files(list(drive.files))
            read = {one: row for one, row in rows.items() if one not in tree.skipped}
            assert {one: row.parent_id for one, row in read.items()} == tree.files
            assert all(row.scan_run_id == name for row in rows.values())
            assert (lister.skipped, lister.refused) == (tree.skipped, tree.refused)
            assert tree.skipped <= set(rows)
            counted = lister.progress.snapshot().stages["listed"]
            # What is listed again from the first page counts again.
            assert counted >= len(tree.files) if rejected else counted == len(tree.files)

        check()
    assert drive.violations == []
