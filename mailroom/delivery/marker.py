"""The mark by which a write is found again in the activities of its case."""

from __future__ import annotations

from mailroom.ledger import Step


def mark_step(marker: str, step: Step, *, document_in_doubt: bool = False) -> str:
    """Return the delivery's marker with the letter of the step.

    A document's mark ends in D, and a task's in T. That of a task that was created while its document was in
    doubt ends in U: it does not prove that the document is in the case.
    """
    return f"{marker}-{'U' if document_in_doubt else step[0].upper()}"
