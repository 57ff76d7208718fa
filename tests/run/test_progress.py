"""Counting what a run has done."""

from mailroom.run.progress import Phase, Progress


def test_a_snapshot_counts_and_does_not_change() -> None:
    """Files, batches and stages are counted, and an old snapshot stays as it was."""
    progress = Progress()
    progress.count_stage("listed", 3)
    before = progress.snapshot()
    progress.begin_batches(2, 3)
    progress.count_stage("downloaded")
    progress.count_outcome("matched")
    progress.count_outcome("review")
    progress.count_batch()
    progress.count_evidence(["ssn", "zip"])
    after = progress.snapshot()
    assert (before.listed, after.listed) == (False, True)
    assert (before.files, before.files_done, before.stages["downloaded"], before.rate) == (0, 0, 0, 0.0)
    assert (after.batches_done, after.batches, after.files_done, after.files) == (1, 2, 2, 3)
    assert after.outcomes == {"matched": 1, "review": 1}
    assert after.stages == {"listed": 3, "downloaded": 1}
    assert (before.evidence, after.evidence) == ({}, {"ssn": 1, "zip": 1})
    assert after.phase is Phase.FILING
