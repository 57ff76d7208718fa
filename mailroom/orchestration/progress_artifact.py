"""A run's progress as an artifact that people watch while it runs, and that tells other runs that it lives.

Renewed every few seconds by a thread of its own. A run whose artifact is not renewed any more is dead: by
that a later run knows which slots it may free (`mailroom.orchestration.slots`). Holds counts only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import cast
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.exceptions import PrefectException

from mailroom.run.progress import Phase, Progress, Snapshot
from mailroom.run.reasons import count_noun
from mailroom.run.side_thread import run_beside

log = logging.getLogger(__name__)

KEY = "mailroom-progress"
RENEWED_SECONDS = 10.0


@contextmanager
def show_progress(progress: Progress, every: float = RENEWED_SECONDS) -> Iterator[None]:
    """Make the artifact of the flow run in which this is opened; it is renewed until the block ends."""
    # Without a running event loop it answers at once; its annotation names the other case too.
    artifact = cast("UUID", create_progress_artifact(0.0, key=KEY, description=Phase.STARTING))

    def renew(ended: Event) -> None:
        with get_client(sync_client=True) as client:
            over = False
            while not over:
                over = ended.wait(every)
                snapshot = progress.snapshot()
                shown = ArtifactUpdate(data=percent(snapshot), description=in_words(snapshot))
                try:
                    client.update_artifact(artifact, shown)
                except (httpx.HTTPError, PrefectException) as error:
                    # The run does not depend on its progress display.
                    log.warning("The progress could not be shown: %s", type(error).__name__)

    with run_beside(renew, "progress"):
        yield


def percent(snapshot: Snapshot) -> float:
    """How much is done, 0 to 100, of the files that the run picked up."""
    if snapshot.files:
        return round(100 * snapshot.files_done / snapshot.files, 1)
    return 100.0 if snapshot.listed else 0.0


def in_words(snapshot: Snapshot) -> str:
    """One line for a manager: the phase, files done, their outcomes, and while files are filed the rate."""
    words: list[str] = [snapshot.phase]
    if snapshot.listed:
        words.append(f"{snapshot.files_done} of {count_noun(snapshot.files, 'file')} done")
        words += [f"{count} {outcome}" for outcome, count in snapshot.outcomes.most_common()]
    else:
        words.append(f"{count_noun(snapshot.stages['listed'], 'file')} listed")
    if snapshot.rate and snapshot.phase is Phase.FILING:
        words.append(f"{snapshot.rate:.1f} files a second")
    return " · ".join(words)
