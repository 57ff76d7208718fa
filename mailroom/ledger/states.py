"""The states of a file and of a write to the CRM, and every change of state that is allowed.

`FILE_TRANSITIONS` and `WRITE_TRANSITIONS` are the only tables. `mailroom.ledger.store.change_state` refuses
what they do not list, and the diagrams in docs/architecture.md are generated from them. Nothing here opens a
database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileState(StrEnum):
    """Where a file stands; the values are stored."""

    PENDING = "pending"  # listed; no run works on it
    CLAIMED = "claimed"  # a run reads, matches and delivers it
    DECIDED = "decided"  # its outcome is stored; the run that decided it, or a later one, moves it
    SETTLED = "settled"  # its outcome is stored; no run works on it, and only the move is left
    DONE = "done"  # moved to its folder
    FAILED = "failed"  # a permanent fault left it in the inbox


class FileEvent(StrEnum):
    """What changes a file's state."""

    CLAIM = "claim"
    RELEASE = "release"
    DECIDE = "decide"
    FINISH = "finish"
    FAIL = "fail"
    LIST_AGAIN = "list again"
    READ_AGAIN = "read again"
    FIND = "find"
    REOPEN = "reopen"


class WriteState(StrEnum):
    """Where one of a delivery's two writes (document, task) stands; the values are stored."""

    NONE = "none"  # not sent, or certainly not carried out
    INTENDED = "intended"  # about to be sent, or sent and not answered
    REFUSED = "refused"  # the CRM said no
    DENIED = "denied"  # the CRM said that permissions are missing
    CONFIRMED = "confirmed"  # carried out


class WriteEvent(StrEnum):
    """What changes a write's state."""

    INTEND = "intend"
    REFUSE = "refuse"
    DENY = "deny"
    WITHDRAW = "withdraw"
    CONFIRM = "confirm"


State = FileState | WriteState
Event = FileEvent | WriteEvent


@dataclass(frozen=True)
class Transition:
    """One allowed change of state: the event that makes it, and when that happens."""

    source: State
    event: Event
    target: State
    when: str


FILE_TRANSITIONS = (
    Transition(FileState.PENDING, FileEvent.CLAIM, FileState.CLAIMED, "a run starts on it"),
    Transition(
        FileState.PENDING, FileEvent.FIND, FileState.DONE, "a reconciliation found it in an outcome folder"
    ),
    Transition(FileState.CLAIMED, FileEvent.CLAIM, FileState.CLAIMED, "the lease of the run before ran out"),
    Transition(FileState.CLAIMED, FileEvent.RELEASE, FileState.PENDING, "temporary fault, stop or dead run"),
    Transition(FileState.CLAIMED, FileEvent.DECIDE, FileState.DECIDED, "outcome stored, before the move"),
    Transition(FileState.CLAIMED, FileEvent.FAIL, FileState.FAILED, "permanent fault"),
    Transition(
        FileState.CLAIMED, FileEvent.READ_AGAIN, FileState.PENDING, "it held other bytes than were listed"
    ),
    Transition(FileState.DECIDED, FileEvent.CLAIM, FileState.DECIDED, "the lease of the run before ran out"),
    Transition(FileState.DECIDED, FileEvent.RELEASE, FileState.SETTLED, "temporary fault, stop or dead run"),
    Transition(FileState.DECIDED, FileEvent.FINISH, FileState.DONE, "moved"),
    Transition(FileState.DECIDED, FileEvent.FAIL, FileState.FAILED, "permanent fault"),
    Transition(
        FileState.DECIDED, FileEvent.READ_AGAIN, FileState.PENDING, "it held other bytes when it was moved"
    ),
    Transition(FileState.SETTLED, FileEvent.CLAIM, FileState.DECIDED, "a run starts on it"),
    Transition(FileState.SETTLED, FileEvent.LIST_AGAIN, FileState.PENDING, "it holds other bytes now"),
    Transition(
        FileState.DONE, FileEvent.LIST_AGAIN, FileState.PENDING, "a person put it back into the inbox"
    ),
    Transition(FileState.FAILED, FileEvent.LIST_AGAIN, FileState.PENDING, "it is still in the inbox"),
    Transition(FileState.DONE, FileEvent.REOPEN, FileState.PENDING, "a person decided what becomes of it"),
    Transition(FileState.FAILED, FileEvent.REOPEN, FileState.PENDING, "a person decided what becomes of it"),
    Transition(
        FileState.SETTLED, FileEvent.REOPEN, FileState.PENDING, "likewise, though Drive does not let it move"
    ),
)

WRITE_TRANSITIONS = (
    Transition(WriteState.NONE, WriteEvent.INTEND, WriteState.INTENDED, "right before the request"),
    Transition(WriteState.NONE, WriteEvent.CONFIRM, WriteState.CONFIRMED, "a late answer, or a dry run"),
    Transition(WriteState.INTENDED, WriteEvent.INTEND, WriteState.INTENDED, "sent again, or no answer"),
    Transition(WriteState.INTENDED, WriteEvent.REFUSE, WriteState.REFUSED, "the CRM said no"),
    Transition(WriteState.INTENDED, WriteEvent.DENY, WriteState.DENIED, "permissions are missing"),
    Transition(WriteState.INTENDED, WriteEvent.WITHDRAW, WriteState.NONE, "certainly not carried out"),
    Transition(
        WriteState.INTENDED, WriteEvent.CONFIRM, WriteState.CONFIRMED, "answered, or found in the case"
    ),
    Transition(
        WriteState.REFUSED, WriteEvent.INTEND, WriteState.INTENDED, "not found in the case: sent again"
    ),
    Transition(WriteState.REFUSED, WriteEvent.CONFIRM, WriteState.CONFIRMED, "found in the case"),
    Transition(
        WriteState.DENIED, WriteEvent.INTEND, WriteState.INTENDED, "not found in the case: sent again"
    ),
    Transition(WriteState.DENIED, WriteEvent.CONFIRM, WriteState.CONFIRMED, "found in the case"),
    Transition(
        WriteState.CONFIRMED, WriteEvent.CONFIRM, WriteState.CONFIRMED, "a late answer of another run"
    ),
)

HELD_STATES = (FileState.CLAIMED, FileState.DECIDED)
FINAL_STATES = (FileState.DONE, FileState.FAILED)


def list_targets(event: Event) -> dict[State, State]:
    """The state that each state changes to by this event; states that do not allow it are left out."""
    table = FILE_TRANSITIONS if isinstance(event, FileEvent) else WRITE_TRANSITIONS
    return {transition.source: transition.target for transition in table if transition.event == event}
