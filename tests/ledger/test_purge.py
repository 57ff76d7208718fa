"""What goes after its time and what stays: open files, hashes, markers."""

import contextlib
import re
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from mailroom.cli.keys import rotate
from mailroom.config.settings import Settings
from mailroom.ledger import FileDecision, Ledger, open_ledger
from mailroom.ledger.purge import Purged
from mailroom.privacy.encryption import LedgerKey
from tests.ledger.conftest import BASE, Clock, confirmed, files, listed

IN_BOTH_DATABASES = True

ME = "me"
LATER = BASE + timedelta(days=100)
SEAL = re.compile(rb"gAAAAA[A-Za-z0-9_-]{90}")


def deliver(ledger: Ledger, number: int, outcome: str = "matched", case: int = 777_100) -> str:
    """Take a file to its delivery and its decision; its marker."""
    name, sha = f"f{number:05}", f"sha{number}"
    ledger.claim(name, ME, 600)
    marker = ledger.make_marker(sha, case + number)
    ledger.begin_delivery(marker, name, ME, case + number, name, 60)
    ledger.confirm(marker, "document", number + 1)
    ledger.end_delivery(marker, outcome, name, ME)
    ledger.record_decision(name, ME, FileDecision(outcome, outcome, outcome, sha))
    ledger.record_seconds(name, {"read": 0.5})
    return marker


def kept(ledger: Ledger, table: str = "files", name: str = "id") -> set[str]:
    """The files that still have their times, or the deliveries that still hold a case."""
    column = "stage_seconds" if table == "files" else "case_sealed"
    query = f"SELECT {name} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 - names of our own
    return {one for (one,) in read(ledger, query)}


def read(ledger: Ledger, query: str) -> list[tuple[Any, ...]]:
    """The rows that a query finds."""
    with ledger._engine.connect() as database:
        return [tuple(row) for row in database.execute(text(query))]


def content(place: Path) -> bytes:
    """Every byte of the ledger's files."""
    return b"".join(path.read_bytes() for path in sorted(place.glob("ledger.sqlite3*")))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the ledger lies."""
    return tmp_path / "state"


def test_the_closed_go_and_the_open_stay(ledger: Ledger, clock: Clock) -> None:
    """Done ones lose times and their delivery its case, whatever their outcome; settled, claimed, failed and
    pending ones nothing.
    """
    listed(ledger, 8)
    markers = [deliver(ledger, number) for number in range(3)]
    for number in range(3):
        ledger.finish(f"f{number:05}", ME)
    settled, claimed, failed = (deliver(ledger, number) for number in (3, 4, 5))
    ledger.release("f00003", ME, "drive_unreachable")
    ledger.fail("f00005", ME, "move_forbidden")
    clock.now = LATER - timedelta(days=5)
    fresh = deliver(ledger, 6)
    ledger.finish("f00006", ME)
    open_ones = {"f00003", "f00004", "f00005", "f00006"}
    before = LATER - timedelta(days=90)
    assert ledger.purge(before, dry_run=True) == Purged(3, 3, 1)
    assert len(kept(ledger)) == 7
    assert ledger.purge(before) == Purged(3, 3, 1)
    assert kept(ledger) == open_ones
    assert kept(ledger, "deliveries", "marker") == {settled, claimed, failed, fresh}
    assert ledger.purge(before) == Purged(0, 0, 0)
    rows = read(ledger, "SELECT id, sha256, stage_seconds FROM files WHERE state = 'done' ORDER BY id")
    assert rows[:3] == [(f"f{n:05}", f"sha{n}", None) for n in range(3)]
    assert all(ledger.get_delivery(marker).document == "confirmed" for marker in markers)


def test_a_duplicate_is_still_recognised(ledger: Ledger, clock: Clock) -> None:
    """After the purge, and after a change of keys besides, the same bytes for the same case have the same
    delivery.
    """
    listed(ledger, 2)
    marker = deliver(ledger, 0)
    ledger.finish("f00000", ME)
    clock.now = LATER
    assert ledger.purge(LATER).deliveries == 1
    ledger.claim("f00001", ME, 600)
    again = ledger.begin_delivery(ledger.make_marker("sha0", 777_100), "f00001", ME, 777_100, "sha0", 60)
    assert (again.marker, again.destination, again.file_id) == (marker, "matched", "f00000")


@pytest.mark.sqlite_file
def test_a_purged_ledger_can_still_have_its_key_changed(settings: Settings, clock: Clock) -> None:
    """Markers stand through both."""
    with open_ledger(settings) as ledger:
        ledger._clock = clock
        listed(ledger, 1)
        marker = deliver(ledger, 0)
        ledger.finish("f00000", ME)
        ledger.purge(LATER)
    result, _ = rotate(settings)
    assert result.values == 1
    with open_ledger(settings) as ledger:
        assert ledger.get_delivery(ledger.make_marker("sha0", 777_100)).marker == marker


def test_a_file_that_was_put_back_keeps_its_delivery(ledger: Ledger, clock: Clock) -> None:
    """It is open again, whatever became of it before."""
    listed(ledger, 1)
    marker = deliver(ledger, 0)
    ledger.finish("f00000", ME)
    clock.now = LATER
    listed(ledger, 1, "next")
    assert ledger.purge(LATER - timedelta(days=1)) == Purged(0, 0, 1)
    assert kept(ledger, "deliveries", "marker") == {marker}


def test_what_was_purged_proves_nothing_of_the_tenant(ledger: Ledger, clock: Clock) -> None:
    """Whether activities show markers is asked of a delivery whose case is still known."""
    listed(ledger, 2)
    deliver(ledger, 0)
    ledger.finish("f00000", ME)
    assert ledger.find_confirmed_delivery("document") is not None
    clock.now = LATER
    ledger.purge(LATER)
    assert ledger.find_confirmed_delivery("document") is None
    marker = deliver(ledger, 1)
    assert confirmed(ledger) == (marker, 777_101)


def test_only_past_scans_go(ledger: Ledger, clock: Clock) -> None:
    """One that is under way keeps its page token, and all its folders."""
    ledger.add_folders("past", ["inbox", "other"])
    ledger.record_page("past", "inbox", files(1), "a page token")
    ledger.add_folders("going on", ["inbox", "other"])
    clock.now = LATER
    ledger.record_page("going on", "inbox", files(1), "another page token")
    assert ledger.purge(LATER - timedelta(days=1)).folders == 2
    assert ledger.list_open_folders("past") == []
    assert ledger.list_open_folders("going on") == ["inbox", "other"]
    assert ledger.get_folder_progress("going on", "inbox").page_token == "another page token"


@pytest.mark.sqlite_file
def test_what_went_is_gone_from_the_files_bytes(settings: Settings, clock: Clock, place: Path) -> None:
    """No encrypted case, no page token: neither in free pages nor in SQLite's side file."""
    count = 450
    with open_ledger(settings) as ledger:
        ledger._clock = clock
        listed(ledger, count)
        ledger.add_folders("broken off", ["folder"])
        ledger.record_page("broken off", "folder", [], "page-token-of-a-killed-run")
        # In no order of names, so that SQLite has pages to split and rows to move about.
        for number in [(7 * n) % count for n in range(count)]:
            deliver(ledger, number)
            ledger.finish(f"f{number:05}", ME)
        before = set(SEAL.findall(content(place)))
        assert len(before) >= count
        assert b"page-token-of-a-killed-run" in content(place)
        assert ledger.purge(LATER) == Purged(count, count, 2)
        assert ledger.wipe_traces()
        after = content(place)
        left = [seal for seal in before if seal in after]
        # The key of markers and the key check.
        assert len(left) == 2
        assert b"page-token-of-a-killed-run" not in after
        assert b"sha00" not in after
        assert b"sha7" in after
        assert b"7771" not in after


@pytest.mark.sqlite_file
def test_an_active_run_is_not_disturbed(ledger: Ledger, clock: Clock, settings: Settings) -> None:
    """It settles its files while others are purged, and both lose nothing."""
    listed(ledger, 90)
    for number in range(60):
        deliver(ledger, number)
        ledger.finish(f"f{number:05}", ME)
    clock.now = LATER
    purged: list[Purged] = []

    def purge() -> None:
        with open_ledger(settings) as other:
            purged.append(other.purge(LATER - timedelta(days=1)))
            other.wipe_traces()

    thread = threading.Thread(target=purge)
    thread.start()
    for number in range(60, 90):
        deliver(ledger, number)
        ledger.finish(f"f{number:05}", ME)
    thread.join()
    assert purged == [Purged(60, 60, 1)]
    assert kept(ledger) == {f"f{number:05}" for number in range(60, 90)}


@pytest.mark.sqlite_file
def test_traces_that_a_reader_holds_are_said_to_be_left(ledger: Ledger, place: Path) -> None:
    """As long as somebody reads the old state it cannot be wiped; afterwards it can."""
    listed(ledger, 1)
    with contextlib.closing(sqlite3.connect(place / "ledger.sqlite3")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM files").fetchone()
        deliver(ledger, 0)
        with contextlib.closing(ledger._engine.raw_connection()) as ours:
            ours.cursor().execute("PRAGMA busy_timeout=50")
        ledger.finish("f00000", ME)
        assert not ledger.wipe_traces()
        reader.execute("COMMIT")
    assert ledger.wipe_traces()
    assert (place / "ledger.sqlite3-wal").stat().st_size == 0


@pytest.mark.sqlite_file
def test_the_file_is_not_rewritten_during_an_active_run(ledger: Ledger, place: Path) -> None:
    """Its writes would have to wait; a file of some other process that locks it is given up on."""
    listed(ledger, 1)
    ledger.claim("f00000", ME, 600)
    assert not ledger.wipe_traces()
    ledger.release("f00000", ME, "x")
    with contextlib.closing(sqlite3.connect(place / "ledger.sqlite3", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with contextlib.closing(ledger._engine.raw_connection()) as ours:
            ours.cursor().execute("PRAGMA busy_timeout=50")
        assert not ledger.wipe_traces()
        writer.execute("COMMIT")
    assert ledger.wipe_traces()


@pytest.mark.sqlite_file
def test_a_case_is_in_the_ledger_only_encrypted(ledger: Ledger, place: Path) -> None:
    """Planted case numbers are in no byte of it, from the first write to after the purge."""
    listed(ledger, 3)
    for number in range(3):
        deliver(ledger, number, case=555_000_100)
        assert b"5550001" not in content(place)
        ledger.finish(f"f{number:05}", ME)
    ledger.purge(LATER)
    assert b"5550001" not in content(place)
    assert LedgerKey((place / "ledger.key").read_text()).decrypt(ledger.get_fact("marker_key") or "")
