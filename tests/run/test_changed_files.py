"""Files that somebody writes, replaces, moves or trashes while a run has them."""

from datetime import timedelta

import pytest

from mailroom.crm.base import MatchAnswer
from mailroom.drive import ListedFile
from mailroom.drive.move import CurrentFile
from mailroom.errors import ConfigError, FileFault, RunStop
from mailroom.notices import Reading
from mailroom.run.file_pipeline import STILL_WRITTEN
from tests.run.pipeline_bench import NOW, Bench


def test_content_that_was_replaced_after_the_download_is_read_again(bench: Bench) -> None:
    """The file is back in the inbox, pending, with its new size and MD5; the next try files what it holds."""
    bench.drive.states = [CurrentFile(13, "other", modified=NOW)]
    assert bench.process() == "postponed"
    assert bench.told() == ("pending", "content_changed")
    assert bench.drive.parents == {"file": "inbox"}
    assert bench.ledger.list_postponed("run-1") == [NOW + timedelta(minutes=1)]
    bench.drive.states = [CurrentFile(13, "other")]
    assert bench.process() == "matched"
    assert (bench.drive.downloads, bench.drive.parents) == (2, {"file": "out-m"})
    assert bench.sender.files == ["file", "file"]


def test_replaced_content_that_looks_incomplete_is_given_its_minute(bench: Bench) -> None:
    """It is as new as its change, however old the file is."""
    bench.drive.states = [CurrentFile(13, "other", modified=NOW)]
    assert bench.process() == "postponed"
    bench.now += timedelta(seconds=30)
    bench.reader.reading = Reading("rejected", error="broken_pdf")
    assert bench.process() == "postponed"
    assert bench.told() == ("pending", STILL_WRITTEN)


@pytest.mark.parametrize(("modified", "wait"), [(-30, 30), (3600, 60), (None, 60)])
def test_replaced_content_is_read_when_it_is_a_minute_old(
    bench: Bench, modified: int | None, wait: int
) -> None:
    """By Drive's time, if that is not in the future; where Drive does not say, from now on."""
    changed = None if modified is None else NOW + timedelta(seconds=modified)
    bench.drive.states = [CurrentFile(13, "other", modified=changed)]
    assert bench.process() == "postponed"
    assert bench.ledger.list_postponed("run-1") == [NOW + timedelta(seconds=wait)]


def test_content_that_was_replaced_before_the_download_is_asked_for_once(bench: Bench) -> None:
    """One call tells the new size and MD5; the next try downloads what is there now."""
    bench.fail_at("download", FileFault("content_changed"))
    bench.drive.states = [CurrentFile(13, "other", modified=NOW)]
    assert bench.process() == "postponed"
    assert bench.told() == ("pending", "content_changed")
    assert (bench.drive.downloads, bench.drive.asked) == (1, ["get"])
    bench.fail_at("download", None)
    bench.drive.states = [CurrentFile(13, "other")]
    assert bench.process() == "matched"


@pytest.mark.parametrize("error", ["broken_pdf", "broken_image", "not_a_pdf"])
def test_a_new_file_that_looks_incomplete_is_read_again_once(bench: Bench, error: str) -> None:
    """It may still be written. The second time its outcome counts, and what was written since is read."""
    bench.created = NOW - timedelta(seconds=20)
    bench.list_file(12)
    bench.reader.reading = Reading("rejected", error=error)
    assert bench.process() == "postponed"
    assert bench.ledger.list_postponed("run-2") == [NOW + timedelta(seconds=40)]
    bench.now = NOW + timedelta(seconds=40)
    bench.drive.states = [CurrentFile(12, "md5")]
    assert bench.process() == "review"
    assert bench.told() == ("review", error)


SOON, LONG_AGO = timedelta(seconds=20), timedelta(days=400)


@pytest.mark.parametrize(
    ("created", "modified"), [(LONG_AGO, SOON), (SOON, LONG_AGO)], ids=["replaced", "copied into Drive"]
)
def test_the_later_of_creation_and_change_decides_whether_a_file_is_still_written(
    bench: Bench, created: timedelta, modified: timedelta
) -> None:
    """New content of an old file; or a new file that kept the time of change it had on a disk."""
    bench.created, bench.modified = NOW - created, NOW - modified
    bench.list_file()
    bench.reader.reading = Reading("rejected", error="broken_pdf")
    assert bench.process() == "postponed"
    assert bench.ledger.list_postponed("run-2") == [NOW + timedelta(seconds=40)]


def test_the_next_run_too_lets_an_upload_end(bench: Bench) -> None:
    """That an earlier run found it incomplete does not send it to a person before it is a minute old."""
    bench.created = NOW - timedelta(seconds=20)
    bench.reader.reading = Reading("rejected", error="broken_pdf")
    for _ in range(2):
        bench.list_file()
        assert bench.process() == "postponed"
    assert bench.drive.asked == []


def test_what_was_written_since_is_read(bench: Bench) -> None:
    """Empty when it was looked at, whole an hour later."""
    bench.created = NOW - timedelta(seconds=20)
    bench.list_file(0)
    assert bench.process() == "postponed"
    assert bench.ledger.list_postponed("run-2") == [NOW + timedelta(minutes=59, seconds=40)]
    bench.now += timedelta(hours=1)
    bench.drive.states = [CurrentFile(12, "whole", modified=NOW - timedelta(seconds=5))]
    assert bench.process() == "postponed"
    assert (bench.drive.asked, bench.drive.parents) == (["list", "get"], {})
    bench.drive.states = [CurrentFile(12, "whole")]
    assert bench.process() == "matched"


def test_a_file_of_the_future_is_waited_for_once(bench: Bench) -> None:
    """This machine's clock is an hour behind Drive's: the file waits a minute, not an hour, and not again."""
    bench.created = NOW + timedelta(hours=1)
    bench.list_file()
    bench.reader.reading = Reading("rejected", error="broken_pdf")
    assert bench.process() == "postponed"
    assert bench.ledger.list_postponed("run-2") == [NOW + timedelta(minutes=1)]
    bench.now += timedelta(minutes=1)
    bench.drive.states = [CurrentFile(12, "md5")]
    assert bench.process() == "review"


def test_what_no_upload_explains_goes_to_a_person_at_once(bench: Bench) -> None:
    """However new the file is."""
    bench.created = NOW
    bench.list_file()
    bench.reader.reading = Reading("rejected", error="encrypted")
    assert bench.process() == "review"


def test_a_dry_run_waits_for_no_upload(bench: Bench) -> None:
    """It says what a run would do with the file as it is."""
    bench.created = NOW
    bench.list_file()
    bench.reader.reading = Reading("rejected", error="broken_pdf")
    assert bench.process(dry_run=True) == "review"


def test_an_old_broken_file_goes_to_a_person_at_once(bench: Bench) -> None:
    """Nobody writes it any more."""
    bench.reader.reading = Reading("rejected", error="broken_pdf")
    assert bench.process() == "review"


def test_a_well_formed_new_file_is_filed_at_once(bench: Bench) -> None:
    """Its age does not matter."""
    bench.created = NOW
    bench.list_file()
    assert bench.process() == "matched"
    assert bench.drive.asked == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (CurrentFile(12, "md5", is_trashed=True, parents=("inbox",)), "trashed"),
        (CurrentFile(12, "md5", is_in_trash=True, parents=("inbox",)), "trashed"),
        (CurrentFile(12, "md5", parents=("elsewhere",)), "moved_elsewhere"),
    ],
)
def test_what_a_person_took_away_after_the_listing_is_not_filed(
    bench: Bench, state: CurrentFile, reason: str
) -> None:
    """A listing of its batch does not show it, and one call says why."""
    bench.now += timedelta(minutes=2)
    bench.drive.present, bench.drive.states = set(), [state]
    assert bench.process() == "failed"
    assert bench.told() == ("failed", reason)
    assert (bench.drive.downloads, bench.sender.files, bench.drive.parents) == (0, [], {})


@pytest.mark.parametrize("parents", [("inbox",), ()], ids=["in the inbox", "folder not visible"])
def test_a_listing_that_is_late_costs_one_call(bench: Bench, parents: tuple[str, ...]) -> None:
    """The file itself says that it is there; or the account may not see where it is."""
    bench.now += timedelta(minutes=2)
    bench.drive.present, bench.drive.states = set(), [CurrentFile(12, "md5", parents=parents)]
    assert bench.process() == "matched"
    assert bench.drive.asked == ["list", "get"]


def test_a_folder_that_is_gone_by_now_does_not_stop_its_batch(bench: Bench) -> None:
    """The download of each file shows what happened to the file."""
    bench.now += timedelta(minutes=2)
    bench.fail_at("list", FileFault("folder_vanished"))
    assert bench.process() == "matched"


def test_a_decided_file_is_not_looked_for_in_the_inbox(bench: Bench) -> None:
    """Its run was killed after the move: it is in its folder, and only the record of that is missing."""
    bench.fail_at("move", RunStop("stopped"))
    with pytest.raises(RunStop):
        bench.process()
    bench.fail_at("move", None)
    bench.now += timedelta(minutes=2)
    bench.drive.present = set()
    assert bench.process() == "matched"
    assert bench.drive.asked == []


def test_a_batch_is_looked_for_from_its_oldest_file_to_its_newest(bench: Bench) -> None:
    """In one listing; only what it does not show is missing."""
    times = {f"f{days}": NOW - timedelta(days=days) for days in (2, 3, 1)}
    files = [ListedFile(name, "inbox", 12, "md5", created) for name, created in times.items()]
    bench.ledger.record_page("run-1", "inbox", files, None)
    bench.now += timedelta(minutes=2)
    bench.drive.present = {"f1", "f3", "another"}
    assert bench.make_pipeline().find_missing(list(times)) == {"f2"}
    assert bench.drive.searched == (times["f3"], times["f1"])


def test_a_file_that_is_trashed_while_it_is_filed_is_named(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Its case has it, so a person has to know."""
    bench.drive.states = [CurrentFile(12, "md5", is_trashed=True)]
    assert bench.process() == "matched"
    assert "A person moved file file to the trash of Google Drive" in caplog.text


def test_a_file_never_stays_in_a_folder_in_the_trash(bench: Bench) -> None:
    """The run stops and names the folder; the file is in the inbox, decided, and only its move is left."""
    bench.drive.states = [CurrentFile(12, "md5", is_in_trash=True)]
    with pytest.raises(ConfigError) as stopped:
        bench.process()
    assert (stopped.value.code, stopped.value.ids) == ("folder_trashed", {"folder": "out-m"})
    assert (bench.drive.parents, bench.told()[0]) == ({"file": "inbox"}, "pending")
    assert bench.process() == "matched"
    assert (bench.drive.downloads, bench.drive.parents) == (1, {"file": "out-m"})


def test_a_size_that_the_listing_lacks_is_asked_for(bench: Bench) -> None:
    """It is not an empty file. If Drive does not say it at all, the file stays for the next run."""
    bench.list_file(None)
    bench.drive.states = [CurrentFile(None, "md5")]
    assert bench.process() == "pending"
    bench.drive.states = [CurrentFile(12, "md5")]
    assert bench.process() == "matched"


@pytest.mark.parametrize("code", ["vanished", "moved_elsewhere"])
@pytest.mark.parametrize(("case", "told"), [(MatchAnswer(), None), (None, "filed_not_moved")])
def test_a_file_that_was_taken_away_after_it_was_filed_says_so(
    bench: Bench, code: str, case: MatchAnswer | None, told: str | None
) -> None:
    """Its document is in its case. Of a file that was not filed there is nothing else to say."""
    bench.cases.answer = case or bench.cases.answer
    bench.fail_at("move", FileFault(code))
    assert bench.process() == "failed"
    assert bench.told() == ("failed", told or code)


@pytest.mark.parametrize(
    ("size", "md5", "same"),
    [
        (12, "md5", True),
        (13, "md5", True),
        (12, "other", False),
        (12, None, True),
        (13, None, False),
        (None, None, True),
    ],
)
def test_the_md5_decides_whether_content_was_replaced_else_the_size(
    size: int | None, md5: str | None, same: bool
) -> None:
    """What Drive does not say is not a change."""
    assert CurrentFile(size, md5).is_as_listed(12, "md5") is same
    assert CurrentFile(12, "md5").is_as_listed(size, md5) is same
