"""The ledger's PostgreSQL server goes away while it is used: nothing is lost, and nothing is done twice."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from mailroom.config.settings import Settings, load_settings
from mailroom.errors import RunStop, Transient
from mailroom.ledger import FileDecision, LeaseRequest, Ledger, absence, make_holder, open_ledger, postgresql
from mailroom.run.limits import RunLimits
from tests.database_gate import DatabaseGate, open_gate
from tests.ledger.conftest import listed
from tests.postgresql_server import KEY, PostgresqlServer
from tests.waiting import until

ME = make_holder("run")
MATCHED = FileDecision("matched", "matched", "matched", "ab" * 32, 5, 6)
BEGUN = ("f00000", ME, 41, "ab" * 32, 60.0)


@pytest.fixture
def gate(postgresql: PostgresqlServer) -> Iterator[DatabaseGate]:
    """A way to a new ledger on the server."""
    url = postgresql.create_ledger()
    with open_gate(url) as gate:
        yield gate
    postgresql.drop(url)


@pytest.fixture
def settings(gate: DatabaseGate, tmp_path: Any) -> Settings:
    """They lead through the gate."""
    url = gate.url.render_as_string(hide_password=False)
    return load_settings(state_dir=tmp_path, ledger_url=url, ledger_key=KEY)


@pytest.fixture
def ledger(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger with three files; it does not wait long between its tries."""
    monkeypatch.setattr(absence, "RETRY_SECONDS", 0.01)
    with open_ledger(settings) as opened:
        listed(opened, 3)
        opened.pick_up("run", None)
        yield opened


def begin(ledger: Ledger) -> str:
    """A delivery of the first file, which is claimed."""
    ledger.claim("f00000", ME, 60.0)
    marker = ledger.make_marker("ab" * 32, 41)
    ledger.begin_delivery(marker, *BEGUN)
    return marker


def claim(ledger: Ledger) -> object:
    """It is ours, and tells so."""
    row = ledger.claim("f00000", ME, 60.0)
    return (row is not None and row.state, ledger.claim("f00000", "elsewhere", 60.0))


def intend(ledger: Ledger) -> object:
    """It counts once."""
    marker = begin(ledger)
    before = ledger.get_state().intents
    return (ledger.intend(marker, "document", "f00000", ME, 60.0), ledger.get_state().intents - before)


def register(ledger: Ledger) -> object:
    """One row, and one run more."""
    lease = ledger.request_lease(LeaseRequest("run", ME))
    return (lease.role, lease.other)


def count_run(ledger: Ledger) -> object:
    """One more than before."""
    before = ledger.get_state()
    return ledger.begin_run_after(before).runs - before.runs


def decide(ledger: Ledger) -> object:
    """A second decision about the file would be refused."""
    ledger.claim("f00000", ME, 60.0)
    return ledger.record_decision("f00000", ME, MATCHED)


@pytest.mark.parametrize("loses", ["request", "answer"])
@pytest.mark.parametrize("write", [claim, intend, register, count_run, decide])
def test_a_commit_that_was_not_confirmed_is_carried_out_once(
    ledger: Ledger,
    gate: DatabaseGate,
    write: Any,
    loses: Literal["request", "answer"],
) -> None:
    """Whether it reached the server or not, the call's result is what it would have been."""
    lost: list[bool] = []

    def arm(_session: object) -> None:
        if not lost:
            lost.append(True)
            gate.loses = loses

    begin(ledger)
    ledger.release("f00000", ME, "again")
    ledger.pick_up("run", None)
    wanted = {
        claim: ("claimed", None),
        intend: (True, 1),
        register: ("filing", ""),
        count_run: 1,
        decide: MATCHED,
    }
    if write in (intend, decide):
        ledger.claim("f00000", ME, 60.0)
    event.listen(ledger._sessions, "before_commit", arm)
    assert write(ledger) == wanted[write]
    assert gate.loses is None


def test_nobody_guesses_what_became_of_a_commit_if_another_server_has_taken_over(
    settings: Settings, gate: DatabaseGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have given the transaction's number to another one; the caller looks at what is stored."""
    monkeypatch.setattr(postgresql, "_TIMELINE", "SELECT random()::text")
    with open_ledger(settings) as ledger:
        gate.loses = "answer"
        with pytest.raises(Transient, match="ledger_unreachable"):
            ledger.set_fact("a", "b")
        assert ledger.get_fact("a") == "b"


def test_a_standby_that_lacks_transactions_is_noticed_before_it_is_used(
    settings: Settings, gate: DatabaseGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes over in the middle of a run: from then on each delivery checks its case first."""
    with open_ledger(settings) as ledger:
        listed(ledger, 1)
        ledger.intend(begin(ledger), "document", "f00000", ME, 60.0)
        assert not ledger.has_gap()
        ledger.set_fact("intents", "0")
        assert not ledger.has_gap()
        monkeypatch.setattr(postgresql, "_TIMELINE", "SELECT '00000002'")
        gate.cut()
        gate.is_open = True
        commits: list[object] = []

        def lose_the_second(session: object) -> None:
            commits.append(session)
            gate.loses = "request" if len(commits) == 2 else None

        # The gap is committed first. That says nothing about what is committed behind it.
        event.listen(ledger._sessions, "before_commit", lose_the_second)
        ledger.set_fact("a", "b")
        assert (len(commits), ledger.get_fact("a")) == (3, "b")
        assert ledger.has_gap()
        assert ledger.get_state().intents == 1


def test_files_go_their_way_through_cuts(ledger: Ledger, gate: DatabaseGate) -> None:
    """Threads of a batch, while the server goes away eight times: each step of each file once."""
    listed(ledger, 24)
    ledger.pick_up("run", None)
    names = ledger.list_pending("run", None, 24)

    def disturb() -> None:
        for _ in range(8):
            gate.cut()
            time.sleep(0.02)
            gate.is_open = True
            time.sleep(0.1)

    def process(name: str) -> None:
        assert ledger.claim(name, ME, 60.0)
        sha256 = name * 10
        marker = ledger.make_marker(sha256, 41)
        mine = (name, ME)
        assert ledger.begin_delivery(marker, *mine, 41, sha256, 60.0).document == "none"
        assert ledger.intend(marker, "document", *mine, 60.0, needs_claim=True)
        ledger.confirm(marker, "document", 1)
        assert ledger.intend(marker, "task", *mine, 60.0)
        ledger.confirm_last(marker, "task", 2, "matched", *mine)
        assert ledger.record_decision(*mine, MATCHED)
        ledger.finish(*mine)

    disturbance = threading.Thread(target=disturb)
    disturbance.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(process, names))
    disturbance.join()
    assert ledger.count_outcomes("run") == {"matched": 24}
    assert ledger.get_state().intents == 48
    assert ledger.list_unfinished_deliveries() == []


def test_an_absence_that_lasts_ends_the_run_with_a_line(
    ledger: Ledger, gate: DatabaseGate, caplog: pytest.LogCaptureFixture
) -> None:
    """After that nothing waits any more: the end of the run must not take minutes."""
    ledger.absence.patience = 0.05
    gate.cut()
    with pytest.raises(
        RunStop, match=r"server has been unavailable for \d+ s \(it does not answer\)\. Nothing is lost"
    ):
        ledger.claim("f00000", ME, 60.0)
    gate.is_open = True
    with pytest.raises(RunStop, match="has been unavailable"):
        ledger.release("f00000", ME, "stopped")
    assert "the run waits for it" in caplog.text


def test_a_stop_ends_the_wait(ledger: Ledger, gate: DatabaseGate) -> None:
    """A person need not wait for the server; the run tells what ended it."""
    stop = threading.Event()
    ledger.absence.sleep = RunLimits(1.0, stop).sleep
    gate.cut()
    stop.set()
    with pytest.raises(RunStop, match="asked to stop"):
        ledger.claim("f00000", ME, 60.0)


def test_a_server_that_is_read_only_for_a_while_is_waited_for(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """An administrator switches writing off for all sessions. That it answers questions is not enough."""
    is_off = ["on"]

    def switch(connection: Any, *_: object) -> None:
        connection.execute(f"SET default_transaction_read_only = {is_off[0]}")
        connection.commit()

    event.listen(ledger._engine, "checkout", switch)
    with ThreadPoolExecutor(1) as pool:
        claimed = pool.submit(ledger.claim, "f00000", ME, 60.0)
        until(lambda: "it is read-only" in caplog.text, 20)
        found = ledger.list_pending("run", None, 3)
        said = caplog.text
        is_off[0] = "off"
        assert claimed.result() is not None
    assert found == ["f00000", "f00001", "f00002"]
    assert "answers again" not in said
    assert "answers again" in caplog.text


def test_a_standby_is_waited_for_until_it_takes_over(
    ledger: Ledger, gate: DatabaseGate, postgresql: PostgresqlServer, caplog: pytest.LogCaptureFixture
) -> None:
    """No connection to it is kept that would not notice when it does."""
    postgresql.execute(f"ALTER DATABASE {gate.url.database} SET default_transaction_read_only = on")
    gate.cut()
    gate.is_open = True
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(ledger.list_pending, "run", None, 3)
        until(lambda: "it is read-only" in caplog.text, 20)
        postgresql.execute(f"ALTER DATABASE {gate.url.database} RESET default_transaction_read_only")
        assert len(found.result()) == 3


def test_the_transaction_of_a_suspended_process_keeps_nobody_waiting(
    settings: Settings, ledger: Ledger
) -> None:
    """The server ends it after a minute, here sooner; when the process goes on, its call is made again."""
    first: list[bool] = []

    def suspend(session: Session) -> None:
        if first:
            return
        first.append(True)
        assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1min"
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 20"))
        assert ledger.claim("f00000", ME, 60.0) is not None

    with open_ledger(settings) as other:
        event.listen(other._sessions, "before_commit", suspend)
        assert other.claim("f00000", "elsewhere:1:1:other", 60.0) is None
    with ledger._reading() as session:
        assert session.scalar(text("SELECT holder FROM files WHERE id = 'f00000'")) == ME
