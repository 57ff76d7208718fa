"""Keys, gaps and people's decisions where the ledger's key is in a setting, as a server needs it.

What is about a SQLite file, or a key file beside it, is in `test_key_rotation.py` and `test_history.py`.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from mailroom.config.settings import Settings
from mailroom.drive.move import CurrentFile
from mailroom.errors import ConfigError, FileFault
from mailroom.ledger import FileDecision, Ledger, LedgerState, key_rotation, open_ledger
from mailroom.ledger.decisions import Action, PersonDecision
from mailroom.ledger.key_rotation import RotationResult
from mailroom.ledger.record import LedgerRecord
from tests.ledger.conftest import Clock, listed
from tests.postgresql_server import KEY

IN_BOTH_DATABASES = True

NEW = "another made-up key"
ME = "me"
CASES = range(777_100, 777_112)
REVIEW = FileDecision("review", "no_case", "review")
IN_FOLDER = CurrentFile(
    size=10, md5="md5", modified=None, is_in_trash=False, is_trashed=False, parents=("review",)
)
BY_HAND = PersonDecision(Action.FILE, "a person", case_id=777_100)


def keyed(settings: Settings, key: str) -> Settings:
    """The same ledger with this key."""
    return settings.model_copy(
        update={"ledger_key": type(settings).model_validate({"ledger_key": key}).ledger_key}
    )


def deliver(ledger: Ledger, numbers: range) -> list[str]:
    """Begin a delivery of each of these files; their markers."""
    markers = []
    for number, case in zip(numbers, CASES, strict=False):
        name = f"f{number:05}"
        ledger.claim(name, ME, 600)
        markers.append(ledger.make_marker(f"sha{number}", case))
        ledger.begin_delivery(markers[-1], name, ME, case, f"sha{number}", 600)
    return markers


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a key in both databases."""
    return keyed(settings, KEY)


def test_a_key_is_changed_while_others_write(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is written meanwhile opens with the new key alone, and the old one opens nothing any more."""
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 3)
    both = keyed(settings, f"{NEW},{KEY}")
    with open_ledger(settings) as ledger:
        listed(ledger, 2 * len(CASES))
        markers = deliver(ledger, range(len(CASES)))
    with open_ledger(both) as writing, open_ledger(both) as changing, ThreadPoolExecutor(1) as pool:
        later = pool.submit(deliver, writing, range(len(CASES), 2 * len(CASES)))
        changing.use_first_key()
        assert changing.reencrypt_all(sleep=lambda _seconds: None).undecryptable == 0
        markers += later.result()
        assert changing.reencrypt_all().values == 0
    with open_ledger(keyed(settings, NEW)) as ledger:
        found = [ledger.get_case_id(ledger.get_delivery(marker)) for marker in markers]
        assert found == [*CASES, *CASES]
        assert ledger.make_marker("sha0", CASES[0]) == markers[0]
    with pytest.raises(ConfigError, match="another key"):
        open_ledger(settings)


def test_a_change_of_keys_that_was_killed_continues(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first page; values of both keys can be read until it is complete."""
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 3)
    both = keyed(settings, f"{NEW},{KEY}")
    with open_ledger(settings) as ledger:
        listed(ledger, len(CASES))
        markers = deliver(ledger, range(len(CASES)))

    def kill(_seconds: float) -> None:
        raise KeyboardInterrupt

    with open_ledger(both) as ledger:
        ledger.use_first_key()
        with pytest.raises(KeyboardInterrupt):
            ledger.reencrypt_all(sleep=kill)
        assert ledger.get_case_id(ledger.get_delivery(markers[-1])) == CASES[-1]
    with open_ledger(both) as ledger:
        ledger.use_first_key()
        assert ledger.reencrypt_all(sleep=lambda _seconds: None) == RotationResult(len(CASES), 0)


def test_a_process_without_the_new_key_overwrites_nothing(settings: Settings) -> None:
    """It stops at its next delivery."""
    with open_ledger(settings) as old, open_ledger(keyed(settings, f"{NEW},{KEY}")) as ledger:
        listed(old, 1)
        ledger.use_first_key()
        with pytest.raises(ConfigError, match="another key"):
            deliver(old, range(1))


def test_a_ledger_behind_its_record_has_a_gap(settings: Settings, clock: Clock) -> None:
    """As a restored copy is; and one that Drive knows to have had more runs."""
    with open_ledger(settings) as ledger:
        ledger._clock = clock
        listed(ledger, 1)
        (marker,) = deliver(ledger, range(1))
        assert ledger.intend(marker, "document", "f00000", ME, 60)
        assert ledger.begin_run_after(LedgerState(0, 0)) == LedgerState(1, 1)
        assert not ledger.has_gap()
        record = ledger._record
        assert isinstance(record, LedgerRecord)
        record.advance(5)
    with open_ledger(settings) as ledger:
        assert ledger.has_gap()
        assert ledger.is_in_gap("f00000")
        assert ledger.begin_run_after(LedgerState(7, 9)) == LedgerState(8, 9)


def end_with_a_person(ledger: Ledger) -> None:
    """The first file is in REVIEW."""
    listed(ledger, 1)
    ledger.pick_up("run", None)
    ledger.claim("f00000", ME, 600)
    ledger.record_decision("f00000", ME, REVIEW)
    ledger.finish("f00000", ME)


def test_a_decision_is_stored_once_and_carried_out_by_the_next_run(ledger: Ledger) -> None:
    """Stored again it changes nothing; another one about what a run works on is refused."""
    end_with_a_person(ledger)
    seen = ledger.find_files(["f00000"])["f00000"].updated
    for _ in range(2):
        ledger.record_person_decision("f00000", BY_HAND, IN_FOLDER)
    assert [one.action for one in ledger.list_past_decisions("f00000")] == ["file"]
    assert ledger.was_decided("f00000", BY_HAND, seen - timedelta(days=1))
    assert ledger.pick_up("next", None) == 1
    row = ledger.claim("f00000", ME, 600)
    assert row is not None
    assert row.decision_id is not None
    assert ledger.find_person_decision(row.decision_id) == BY_HAND
    with pytest.raises(FileFault, match="in_progress"):
        ledger.note_person_decision("f00000", PersonDecision(Action.NOT_OURS, "a person"))


def test_of_two_decisions_at_once_one_is_stored(ledger: Ledger) -> None:
    """Who looked at the file before is told that it has changed."""
    end_with_a_person(ledger)
    seen = ledger.find_files(["f00000"])["f00000"].updated
    assert ledger._clock is not None
    ledger._clock.now += timedelta(hours=1)  # type: ignore[attr-defined]

    def decide(action: Action) -> str:
        try:
            ledger.record_person_decision("f00000", PersonDecision(action, "a person"), IN_FOLDER, seen=seen)
        except FileFault as refused:
            return refused.code
        return "stored"

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(decide, [Action.RETRY, Action.LATER]))
    assert results == ["changed_since", "stored"]
    assert len(ledger.list_past_decisions("f00000")) == 1
