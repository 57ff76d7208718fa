"""A delivery that is under way, and how one ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mailroom.crm.base import Case
from mailroom.ledger import DeliveryRow, Step
from mailroom.notices import NoticeFields
from mailroom.privacy.client_data import ClientData


@dataclass(frozen=True)
class Delivered:
    """How a delivery ended, with the CRM's ids.

    Attributes:
        status: ``in_another_case``: another file with the same bytes was delivered to another case than this
            one's. ``retracted``: it was taken back from this case.
        destination: where a duplicate's original went.
        doubt: where it is ``unclear``, the write that may or may not have been carried out; None: both.
    """

    status: Literal["delivered", "duplicate", "unclear", "in_another_case", "retracted"]
    document_id: int | None = None
    task_id: int | None = None
    destination: str = "matched"
    doubt: Step | None = None


@dataclass(frozen=True, repr=False)
class Sending(ClientData):
    """A delivery that is under way: which file's it is, who holds it, and what is to be sent.

    ``last``: the write with whose confirmation the delivery ends as ``matched``. ``has_gap``: whether the
    ledger may not know of everything that was filed.
    """

    marker: str
    file_id: str
    holder: str
    path: Path
    fields: NoticeFields
    case: Case
    has_gap: bool
    document_in_doubt: bool = False
    last: Step | None = None


def describe_earlier(state: DeliveryRow, marker: str, file_id: str) -> Delivered:
    """Return how it ended earlier: for this file, put back by a person, or for another one."""
    status: Literal["delivered", "duplicate", "unclear", "in_another_case"] = "duplicate"
    if state.marker != marker:
        status = "in_another_case"
    if state.file_id == file_id:
        status = "delivered" if state.destination == "matched" else "unclear"
    return Delivered(status, state.document_id, state.task_id, state.destination or "matched")
