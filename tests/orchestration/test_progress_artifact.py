"""The progress that people watch, and what it says."""

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from mailroom.orchestration.progress_artifact import KEY, in_words, percent, show_progress
from mailroom.run.progress import Phase, Progress


def test_before_the_inbox_is_listed_nothing_is_done() -> None:
    """The number of files is not known yet: only what was listed so far."""
    progress = Progress(phase=Phase.LISTING)
    progress.count_stage("listed", 7)
    moment = progress.snapshot()
    assert percent(moment) == 0
    assert in_words(moment) == "Listing the inbox · 7 files listed"


def test_files_done_of_how_many() -> None:
    """Counts by outcome, the most frequent first, and the rate; an empty inbox is wholly done."""
    progress = Progress()
    progress.begin_batches(1, 4)
    for outcome in ("review", "matched", "matched"):
        progress.count_outcome(outcome)
    moment = progress.snapshot()
    assert percent(moment) == 75
    assert in_words(moment).startswith("Filing · 3 of 4 files done · 2 matched · 1 review · ")
    empty = Progress()
    empty.begin_batches(0, 0)
    assert percent(empty.snapshot()) == 100


@pytest.mark.usefixtures("prefect_server")
def test_it_is_renewed_while_the_run_lives_and_right_at_its_end() -> None:
    """The artifact's time of renewal is the run's sign of life; its last words are those of the end."""
    progress = Progress()

    @flow
    def some_day() -> None:
        with show_progress(progress, every=0.01):
            progress.begin_batches(1, 1)
            progress.count_outcome("matched")

    some_day()
    with get_client(sync_client=True) as client:
        [shown] = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[KEY])))
    assert shown.data == 100
    assert shown.description is not None
    assert "1 of 1 file done" in shown.description
    assert shown.created is not None
    assert shown.updated is not None
    assert shown.updated > shown.created
