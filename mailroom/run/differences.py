"""How Drive, the ledger and the CRM differ, and what repairs each difference.

Only compares values: it calls no system and changes nothing; `mailroom.run.reconcile` does both.
reasons.toml has the words of every code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailroom.drive import ListedFile
from mailroom.ledger import DeliveryRow, FileRow, FileState
from mailroom.run.reasons import DIFFERENCES, REPAIRS


class Code(StrEnum):
    """What can differ between Drive, the ledger and the CRM."""

    UNKNOWN_FILE = "unknown_file"
    UNVERIFIED_FILE = "unverified_file"
    UNMOVED_FILE = "unmoved_file"
    UNFINISHED_DELIVERY = "unfinished_delivery"
    DOCUMENT_WITHOUT_TASK = "document_without_task"
    UNCERTAIN_WRITE = "uncertain_write"


class Repair(StrEnum):
    """What is done about a difference."""

    RECORD = "record"
    MOVE = "move"
    FINISH = "finish"
    PUT_BACK = "put_back"
    CLOSE = "close"
    HAND_OVER = "hand_over"
    WAIT = "wait"


class Place(StrEnum):
    """Where a file is in Drive; ``elsewhere`` includes the trash, and files that Drive does not show."""

    INBOX = "inbox"
    MATCHED = "matched"
    UNMATCHED = "unmatched"
    REVIEW = "review"
    ELSEWHERE = "elsewhere"


class Answer(StrEnum):
    """Whether a write to the CRM was carried out."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    TOO_EARLY = "too early"


@dataclass(frozen=True)
class Difference:
    """One difference, with ids and codes only; ``marker`` is "" if it is not about a delivery."""

    code: Code
    repair: Repair
    file_id: str
    place: Place
    marker: str = ""

    def describe(self) -> str:
        """Return its ids and the place of its file, for a line below those of `Group.describe`."""
        return "  ".join(filter(None, (self.file_id, self.place, self.marker)))


@dataclass(frozen=True)
class Group:
    """Differences of one kind, which the same repair ends."""

    code: Code
    repair: Repair
    differences: Sequence[Difference]

    def describe(self) -> tuple[str, str]:
        """Return the lines for a person: how many and what they are, and what a repair does."""
        return (
            f"{len(self.differences)} × {self.code}: {DIFFERENCES[self.code]}",
            f"  Repair: {REPAIRS[self.repair]}",
        )


def group(differences: Iterable[Difference]) -> list[Group]:
    """Return the differences by code and repair, in the order in which the first of each was found."""
    groups: dict[tuple[Code, Repair], list[Difference]] = {}
    for one in differences:
        groups.setdefault((one.code, one.repair), []).append(one)
    return [Group(code, repair, found) for (code, repair), found in groups.items()]


def compare_folder(
    files: Iterable[ListedFile], rows: Mapping[str, FileRow], place: Place, *, has_gap: bool
) -> list[Difference]:
    """Return the files in an outcome folder that the ledger does not know, or has as pending.

    Args:
        files: what Drive lists in the folder.
        rows: what the ledger knows of these files, by their ids.
        place: which folder it is.
        has_gap: whether files may have been filed that the ledger does not know. Then a matched file may have
            been filed completely or in part: only its bytes and its case would tell.
    """
    is_doubtful = has_gap and place is Place.MATCHED
    code = Code.UNVERIFIED_FILE if is_doubtful else Code.UNKNOWN_FILE
    return [
        Difference(code, Repair.RECORD, file.id, place)
        for file in files
        if file.id not in rows or rows[file.id].state == FileState.PENDING
    ]


def compare_unmoved(row: FileRow, place: Place) -> Difference:
    """Return the difference of a file whose outcome is decided and whose move is not recorded."""
    return Difference(Code.UNMOVED_FILE, Repair.MOVE, row.id, place)


def compare_delivery(
    delivery: DeliveryRow, row: FileRow | None, place: Place, document: Answer, task: Answer
) -> Difference:
    """Return the difference of a delivery that has not ended.

    Args:
        delivery: what the ledger knows of it.
        row: what the ledger knows of its file.
        place: where the file is.
        document: whether the CRM has the document.
        task: whether it has the task.
    """
    answers = (document, task)
    if Answer.UNKNOWN in answers or Answer.TOO_EARLY in answers:
        code = Code.UNCERTAIN_WRITE
    elif answers == (Answer.YES, Answer.NO):
        code = Code.DOCUMENT_WITHOUT_TASK
    else:
        code = Code.UNFINISHED_DELIVERY
    repair = _choose_repair(row.state if row else None, place, answers)
    return Difference(code, repair, delivery.file_id, place, delivery.marker)


def _choose_repair(state: str | None, place: Place, answers: tuple[Answer, Answer]) -> Repair:
    is_decided = state in (FileState.DECIDED, FileState.SETTLED)
    is_in_inbox = place is Place.INBOX and not is_decided
    if answers == (Answer.YES, Answer.YES) and not is_in_inbox:
        return Repair.CLOSE
    if Answer.TOO_EARLY in answers:
        return Repair.WAIT
    if is_in_inbox:
        return Repair.FINISH
    # As after the restore of a backup: the ledger does not know the run that moved it.
    if place is Place.MATCHED and state == FileState.PENDING:
        return Repair.PUT_BACK
    return Repair.HAND_OVER
