"""Counting what a run has done."""

from mailroom.run.progress import Phase, Progress
from mailroom.run.stopwatch import PhaseClock


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


def test_the_clock_of_a_run_has_the_seconds_of_each_phase() -> None:
    """A phase that comes twice counts twice; the one that a run is in counts when it ends."""
    now, used = [0.0], [0.0]
    clock = PhaseClock(lambda: now[0], lambda: used[0])
    progress = Progress(clock=clock)
    progress.enter(Phase.LISTING)
    now[0], used[0] = 2.0, 1.5
    progress.begin_batches(1, 1)
    now[0] = 5.0
    progress.begin_waiting()
    now[0] = 10.0
    progress.begin_again(1)
    now[0] = 11.0
    progress.enter(Phase.REPORTING)
    assert clock.seconds == {Phase.LISTING: 2.0, Phase.FILING: 4.0, Phase.WAITING: 5.0}
    assert clock.processor_seconds[Phase.LISTING] == 1.5
    assert progress.phase is Phase.REPORTING
