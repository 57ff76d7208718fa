"""The mark by which a write is found again in the activities of its case."""

from __future__ import annotations

from mailroom.ledger import Step


def mark_step(marker: str, step: Step) -> str:
    """Return the delivery's marker with the letter of the step.

    A document's mark ends in D, a task's in T.
    """
    return f"{marker}-{step[0].upper()}"
