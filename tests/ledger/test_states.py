"""Every allowed change of state happens in a real ledger as its table says, and every other one is
refused.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mailroom.drive.move import CurrentFile
from mailroom.errors import FileFault
from mailroom.ledger import FileDecision, FileRow, Ledger, Step
from mailroom.ledger.decisions import Action, PersonDecision
from mailroom.ledger.deliveries import COLUMNS
from mailroom.ledger.models import DeliveryRow
from mailroom.ledger.states import (
    FILE_TRANSITIONS,
    WRITE_TRANSITIONS,
    Event,
    FileEvent,
    FileState,
    State,
    Transition,
    WriteEvent,
    WriteState,
)
from mailroom.ledger.store import change_state
from tests.ledger.conftest import Clock, files, listed

ME, YOU, FILE, MARKER = "me", "you", "f00000", "MR-A"
DECISION = FileDecision("matched", "matched", "matched", "ab" * 32, 5, 6)
STEPS: tuple[Step, ...] = ("document", "task", "activity")
FILE_PAIRS = [(state, event) for state in FileState for event in FileEvent]
WRITE_PAIRS = [(state, event) for state in WriteState for event in WriteEvent]


def title(value: object) -> str:
    """A transition as a test's name."""
    return f"{value.source}-{value.event}" if isinstance(value, Transition) else str(value)


def find_target(table: tuple[Transition, ...], state: State, event: Event) -> State | None:
    """The state that the table names; None where the pair is not in it."""
    return next((one.target for one in table if (one.source, one.event) == (state, event)), None)


def read_state(ledger: Ledger, step: Step | None = None) -> str:
    """The stored state of the file, or of one of the delivery's writes."""
    with Session(ledger._engine) as session:
        column = COLUMNS[step] if step else FileRow.state
        return session.execute(select(column)).scalar_one()


def list_with_other_bytes(ledger: Ledger) -> None:
    """A later scan finds the file in the inbox, with other bytes."""
    ledger.add_folders("next", ["inbox"])
    (file,) = files(1)
    ledger.record_page("next", "inbox", [type(file)(file.id, "inbox", 11, "other", file.created)], None)


def decide(ledger: Ledger) -> None:
    """A person decides what becomes of the file; Drive does not let one be moved that is settled."""
    with Session(ledger._engine) as session:
        session.execute(update(FileRow).values(fault="move_forbidden"))
        session.commit()
    action = Action.RETRACT if read_outcome(ledger) == "matched" else Action.RETRY
    ledger.record_person_decision(FILE, PersonDecision(action, "me"), CurrentFile(10, "md5"))


def read_outcome(ledger: Ledger) -> str | None:
    """The stored outcome of the file."""
    with Session(ledger._engine) as session:
        return session.execute(select(FileRow.outcome)).scalar_one()


FILE_CALLS: dict[FileEvent, Callable[[Ledger], object]] = {
    FileEvent.CLAIM: lambda ledger: ledger.claim(FILE, ME, 60),
    FileEvent.RELEASE: lambda ledger: ledger.release(FILE, ME, "drive_unreachable"),
    FileEvent.DECIDE: lambda ledger: ledger.record_decision(FILE, ME, DECISION),
    FileEvent.FINISH: lambda ledger: ledger.finish(FILE, ME),
    FileEvent.FAIL: lambda ledger: ledger.fail(FILE, ME, "vanished"),
    FileEvent.LIST_AGAIN: list_with_other_bytes,
    FileEvent.READ_AGAIN: lambda ledger: ledger.read_again(FILE, ME, 11, "other", None, ledger.read_clock()),
    FileEvent.REOPEN: decide,
    FileEvent.FIND: lambda ledger: ledger.record_found(files(1)[0], "matched", "next"),
}
WAY_TO: dict[FileState, list[FileEvent]] = {
    FileState.PENDING: [],
    FileState.CLAIMED: [FileEvent.CLAIM],
    FileState.DECIDED: [FileEvent.CLAIM, FileEvent.DECIDE],
    FileState.SETTLED: [FileEvent.CLAIM, FileEvent.DECIDE, FileEvent.RELEASE],
    FileState.DONE: [FileEvent.CLAIM, FileEvent.DECIDE, FileEvent.FINISH],
    FileState.FAILED: [FileEvent.CLAIM, FileEvent.FAIL],
}


def bring_to(ledger: Ledger, state: FileState) -> None:
    """List a file and take it to this state."""
    listed(ledger, 1)
    for event in WAY_TO[state]:
        FILE_CALLS[event](ledger)
    assert read_state(ledger) == state


@pytest.mark.parametrize("transition", FILE_TRANSITIONS, ids=title)
def test_a_file_changes_its_state_as_the_table_says(
    ledger: Ledger, clock: Clock, transition: Transition
) -> None:
    """Each row of the table, through the ledger's own calls; a claim of a held file needs a lease that ran
    out.
    """
    assert isinstance(transition.source, FileState)
    assert isinstance(transition.event, FileEvent)
    bring_to(ledger, transition.source)
    if transition.source is transition.target:
        clock.now += timedelta(seconds=61)
    FILE_CALLS[transition.event](ledger)
    assert read_state(ledger) == transition.target


@pytest.mark.parametrize("source", [FileState.CLAIMED, FileState.DECIDED])
def test_a_dead_holders_file_is_released_as_the_table_says(ledger: Ledger, source: FileState) -> None:
    """Pending where nothing was decided, else settled."""
    bring_to(ledger, source)
    assert ledger.free_dead_claims(lambda _holder: False) == 1
    assert read_state(ledger) == find_target(FILE_TRANSITIONS, source, FileEvent.RELEASE)


@pytest.mark.parametrize(("state", "event"), FILE_PAIRS, ids=title)
def test_a_change_that_the_table_of_files_does_not_have_is_refused(
    ledger: Ledger, state: FileState, event: FileEvent
) -> None:
    """With a code; the state stays. The ledger's own call leaves the state, too."""
    target = find_target(FILE_TRANSITIONS, state, event)
    bring_to(ledger, state)
    if target is not None:
        return
    with pytest.raises(FileFault, match="illegal_state_change"), Session(ledger._engine) as session:
        change_state(session, FileRow.state, event, FileRow.id == FILE, outcome="lost")
    with suppress(FileFault):
        FILE_CALLS[event](ledger)
    assert read_state(ledger) == state


@pytest.mark.parametrize(
    ("state", "act"),
    [(FileState.CLAIMED, FileEvent.FINISH), (FileState.DECIDED, FileEvent.DECIDE)],
)
def test_a_holder_is_told_of_a_change_that_is_not_allowed(
    ledger: Ledger, state: FileState, act: FileEvent
) -> None:
    """A file of which nothing was decided is not done, and nothing is decided twice."""
    bring_to(ledger, state)
    with pytest.raises(FileFault, match="illegal_state_change"):
        FILE_CALLS[act](ledger)


def write_call(step: Step, event: WriteEvent) -> Callable[[Ledger], object]:
    """The ledger's call that makes this event."""
    mine = (MARKER, step, FILE, ME)
    calls: dict[WriteEvent, Callable[[Ledger], object]] = {
        WriteEvent.INTEND: lambda ledger: ledger.intend(*mine, 60),
        WriteEvent.REFUSE: lambda ledger: ledger.record_refusal(*mine, for_rights=False),
        WriteEvent.DENY: lambda ledger: ledger.record_refusal(*mine, for_rights=True),
        WriteEvent.WITHDRAW: lambda ledger: ledger.withdraw(*mine),
        WriteEvent.CONFIRM: lambda ledger: ledger.confirm(MARKER, step, 7),
    }
    return calls[event]


WRITES_TO: dict[WriteState, list[WriteEvent]] = {
    WriteState.NONE: [],
    WriteState.INTENDED: [WriteEvent.INTEND],
    WriteState.REFUSED: [WriteEvent.INTEND, WriteEvent.REFUSE],
    WriteState.DENIED: [WriteEvent.INTEND, WriteEvent.DENY],
    WriteState.CONFIRMED: [WriteEvent.INTEND, WriteEvent.CONFIRM],
}


def bring_write_to(ledger: Ledger, step: Step, state: WriteState) -> None:
    """Begin a delivery and take one of its writes to this state."""
    ledger.begin_delivery(MARKER, FILE, ME, 777_123, "ab" * 32, 60)
    for event in WRITES_TO[state]:
        write_call(step, event)(ledger)
    assert read_state(ledger, step) == state


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("transition", WRITE_TRANSITIONS, ids=title)
def test_a_write_changes_its_state_as_the_table_says(
    ledger: Ledger, step: Step, transition: Transition
) -> None:
    """Each row of the table, for each kind of write; the others stay as they are."""
    assert isinstance(transition.source, WriteState)
    assert isinstance(transition.event, WriteEvent)
    bring_write_to(ledger, step, transition.source)
    write_call(step, transition.event)(ledger)
    assert read_state(ledger, step) == transition.target
    assert {read_state(ledger, other) for other in STEPS if other != step} == {WriteState.NONE}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("state", "event"), WRITE_PAIRS, ids=title)
def test_a_change_that_the_table_of_writes_does_not_have_is_refused(
    ledger: Ledger, step: Step, state: WriteState, event: WriteEvent
) -> None:
    """With a code; the state stays. A confirmed write is never intended again."""
    bring_write_to(ledger, step, state)
    if find_target(WRITE_TRANSITIONS, state, event) is not None:
        return
    with pytest.raises(FileFault, match="illegal_state_change"), Session(ledger._engine) as session:
        change_state(session, COLUMNS[step], event, DeliveryRow.marker == MARKER)
    if event is WriteEvent.INTEND:
        with pytest.raises(FileFault, match="illegal_state_change"):
            write_call(step, event)(ledger)
    else:
        write_call(step, event)(ledger)
    assert read_state(ledger, step) == state


@pytest.mark.parametrize("table", [FILE_TRANSITIONS, WRITE_TRANSITIONS], ids=["file", "write"])
def test_a_table_is_complete(table: tuple[Transition, ...]) -> None:
    """No pair of state and event is there twice, and every state can be reached and belongs to its event."""
    pairs = [(one.source, one.event) for one in table]
    assert len(set(pairs)) == len(pairs)
    initial = {FileState.PENDING, WriteState.NONE}
    states = {one.source for one in table} | {one.target for one in table}
    assert states - {one.target for one in table} <= initial
    assert states in (set(FileState), set(WriteState))
