"""The mark by which a write is found again in the activities of its case."""

from __future__ import annotations

import re

from mailroom.ledger import Step

_TASK = re.compile(r"(MR-[A-Z2-7]{26})-[TU]\b")


def mark_step(marker: str, step: Step, *, document_in_doubt: bool = False) -> str:
    """Return the delivery's marker with the letter of the step.

    A document's mark ends in D, a task's in T, and an activity's in A. That of a task that was created while
    its document was in doubt ends in U: it does not prove that the document is in the case.
    """
    return f"{marker}-{'U' if document_in_doubt else step[0].upper()}"


def find_task_markers(text: str) -> set[str]:
    """Return the markers of the deliveries whose tasks a text names."""
    return set(_TASK.findall(text))
