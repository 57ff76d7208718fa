"""The case index of the ledger: generations, hashes, and what keys, purges and broken imports leave."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from pydantic import SecretStr

from mailroom.config.settings import Settings
from mailroom.errors import RunStop
from mailroom.ledger import Ledger, open_ledger
from mailroom.ledger.case_index import ImportResult, IndexEntry, IndexState
from mailroom.ledger.inspection import has_case_index, read_index_state
from tests.ledger.conftest import BASE, Clock

IN_BOTH_DATABASES = True


def entry(number: int, *found_by: str, record: str = "") -> IndexEntry:
    """A case that is found by these texts."""
    return IndexEntry(str(number), record or f"record {number}", frozenset(found_by))


def imported(ledger: Ledger, *entries: IndexEntry) -> ImportResult:
    """An import of these cases."""
    generation = ledger.begin_import()
    ledger.add_to_index(entries, generation)
    return ledger.finish_import(generation, len(entries))


def test_an_import_replaces_the_one_before(ledger: Ledger) -> None:
    """Who is not in the file any more leaves; a synced case stays beside it."""
    ledger.add_to_index([entry(9, "last four 1234", record="synced")])
    assert imported(ledger, entry(1, "last four 1234"), entry(2, "last four 9999")) == ImportResult(2, 0)
    assert imported(ledger, entry(1, "last four 1234", record="newer")) == ImportResult(1, 1)
    assert sorted(ledger.find_in_index("last four 1234")) == ["newer", "synced"]
    assert ledger.find_in_index("last four 9999") == []
    assert ledger.describe_index().cases == 2


def test_an_import_counts_when_it_is_complete(ledger: Ledger) -> None:
    """One that was broken off changes nothing, and the next one removes what it left."""
    imported(ledger, entry(1, "last four 1234"))
    broken = ledger.begin_import()
    ledger.add_to_index([entry(2, "last four 1234")], broken)
    assert ledger.find_in_index("last four 1234") == ["record 1"]
    imported(ledger, entry(3, "last four 1234"))
    assert ledger.find_in_index("last four 1234") == ["record 3"]
    with pytest.raises(RunStop, match="Another import"):
        ledger.finish_import(broken, 1)
    assert ledger.find_in_index("last four 1234") == ["record 3"]


def test_a_case_is_found_by_each_of_its_texts_and_only_by_those(ledger: Ledger) -> None:
    """In a new ledger nothing is found, and nothing is made for the question."""
    assert ledger.find_in_index("last four 1234") == []
    assert ledger.get_fact("index_key") is None
    ledger.add_to_index([entry(1, "last four 1234", "last four 4321")])
    assert ledger.find_in_index("last four 1234") == ledger.find_in_index("last four 4321") == ["record 1"]
    assert ledger.find_in_index("1234") == []
    ledger.add_to_index([entry(1, "last four 1111", record="moved")])
    assert ledger.find_in_index("last four 1234") == []
    assert ledger.find_in_index("last four 1111") == ["moved"]


@pytest.mark.sqlite_file
def test_nothing_in_the_file_can_be_read(ledger: Ledger, settings: Settings) -> None:
    """Neither numbers nor records nor texts; the same case in another ledger has other hashes."""
    imported(ledger, entry(777_123, "last four 1234", record="Smith"))
    file = settings.state_dir / "ledger.sqlite3"
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT * FROM index_entries, index_hashes").fetchall()
    assert len(rows) == 1
    assert not any(value in str(rows) for value in ("777123", "Smith", "1234", "last"))


@pytest.mark.sqlite_file
def test_a_new_key_opens_records_and_keeps_hashes(settings: Settings) -> None:
    """`keys rotate` need not hash the index again."""
    old, new = "old-key-0123456789", "new-key-0123456789"
    settings.ledger_key = SecretStr(old)
    with open_ledger(settings) as ledger:
        imported(ledger, entry(1, "last four 1234"))
    settings.ledger_key = SecretStr(f"{new},{old}")
    with open_ledger(settings) as ledger:
        ledger.use_first_key()
        assert ledger.reencrypt_all().undecryptable == 0
    settings.ledger_key = SecretStr(new)
    with open_ledger(settings) as ledger:
        assert ledger.find_in_index("last four 1234") == ["record 1"]


def test_purge_drops_what_nobody_has_seen_since(ledger: Ledger, clock: Clock) -> None:
    """An import or a sync keeps a case; the dry run only counts."""
    imported(ledger, entry(1, "last four 1234"))
    clock.now += timedelta(days=50)
    ledger.add_to_index([entry(2, "last four 1234")])
    clock.now += timedelta(days=50)
    assert ledger.purge_older_than(90, dry_run=True).indexed == 1
    assert ledger.purge_older_than(90).indexed == 1
    assert ledger.find_in_index("last four 1234") == ["record 2"]
    assert "cases of the case index: 1)" in ledger.purge_older_than(30).describe(30)
    assert ledger.find_in_index("last four 1234") == []


def test_a_sync_reads_what_is_new_or_old_and_drops_who_left(ledger: Ledger, clock: Clock) -> None:
    """Its time counts when it is complete; an import is not its concern."""
    imported(ledger, entry(5, "last four 5555"))
    assert ledger.list_to_sync(["1", "2"], BASE) == ["1", "2"]
    ledger.add_to_index([entry(1, "last four 1234")])
    clock.now += timedelta(days=40)
    ledger.add_to_index([entry(2, "last four 1234")])
    assert ledger.list_to_sync(["1", "2", "3"], clock.now - timedelta(days=30)) == ["1", "3"]
    assert ledger.describe_index().synced is None
    assert ledger.finish_sync(["2", "3"]) == 1
    assert ledger.find_in_index("last four 1234") == ["record 2"]
    assert ledger.describe_index() == IndexState(2, BASE, clock.now)
    assert ledger.describe_index().newest == clock.now


def test_a_start_sees_whether_there_is_an_index(settings: Settings) -> None:
    """Without making, migrating or changing a ledger."""
    assert not has_case_index(settings)
    assert read_index_state(settings) == IndexState(0, None, None)
    assert not settings.state_dir.exists()
    with open_ledger(settings) as ledger:
        assert not has_case_index(settings)
        generation = ledger.begin_import()
        ledger.add_to_index([entry(1, "last four 1234")], generation)
        assert not has_case_index(settings)
        ledger.finish_import(generation, 1)
    assert has_case_index(settings)
    assert read_index_state(settings).cases == 1
