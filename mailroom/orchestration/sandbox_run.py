"""The sandbox of one run: a state of its own, a ledger of its own, and the settings that lead to it.

Its settings are stronger than the environment, and blank whatever of the real systems is there: a sandbox
run never touches them, their ledger included.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailroom.config.settings import CREDENTIALS, Settings
from mailroom.privacy.scratch import Scratch
from mailroom.sandbox.launcher import Sandbox
from mailroom.sandbox.store import is_in_use

NOTICES = 60
KEPT = 3
REAL_ONLY = (*CREDENTIALS, "subject", "matched_id", "unmatched_id", "review_id")


@contextmanager
def running_sandbox(
    settings: Settings,
    *,
    notices: int = NOTICES,
    state: Path | None = None,
    files: Path | None = None,
    cases: Path | None = None,
) -> Iterator[tuple[Sandbox, Path]]:
    """Start a sandbox; it ends with the block. A person's own PDFs are in scratch, and go with it.

    Yields:
        The sandbox, and the directory that keeps its state.

    Raises:
        ConfigError: the folder or the CSV cannot be read.
    """
    directory = state or _new_state(settings.state_dir / "sandbox")
    seeded = files is not None or cases is not None
    with (
        Scratch(settings.scratch_dir) as scratch,
        Sandbox.start(
            directory,
            notices=None if seeded else notices,
            files=files,
            cases=cases,
            blobs=scratch.directory() if files else None,
        ) as sandbox,
    ):
        yield sandbox, directory


def sandbox_overrides(sandbox: Sandbox, directory: Path) -> dict[str, Any]:
    """Settings for a run on this sandbox, as `load_settings` takes them."""
    given = sandbox.settings()
    return {
        **given,
        "drive": {**dict.fromkeys(REAL_ONLY), **given["drive"]},
        "state_dir": directory,
        "ledger_url": None,
        "ledger_key": None,
    }


def _new_state(parent: Path) -> Path:
    """A directory for this run; of earlier runs' the last few are kept, and those that are in use."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in sorted(parent.iterdir())[: -KEPT + 1 or None]:
        if not is_in_use(old):
            shutil.rmtree(old, ignore_errors=True)
    made = parent / datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S.%f")
    made.mkdir(mode=0o700)
    return made
