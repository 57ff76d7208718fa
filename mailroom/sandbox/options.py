"""The options of a sandbox, as a person, a run or a test gives them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class SandboxOptions(BaseModel):
    """Where a sandbox keeps its state, what it is seeded with, where it listens and how it behaves.

    Attributes:
        state: its directory; an existing state is used again.
        notices: seed a new one with so many synthetic notices and their cases; None leaves it empty.
        files: seed its inbox with the PDFs of this folder.
        cases: seed its CRM with the cases of this CSV.
        blobs: where the files' bytes are kept, if not in ``state``.
        port: Drive's port, Logiqs has the next one; 0 means any.
        drive_rate: calls a second above which its Drive answers with quota errors; None means no limit.
        logiqs_rate: the same for its Logiqs.
        latency: seconds that each call takes at least.
        longest_latency: seconds up to which the latency is drawn for each call; None: always ``latency``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Path
    notices: int | None = None
    files: Path | None = None
    cases: Path | None = None
    blobs: Path | None = None
    port: int = 0
    drive_rate: float | None = None
    logiqs_rate: float | None = None
    latency: float = 0.0
    longest_latency: float | None = None
