"""One file's way over a desk: what each step's outcome or fault makes of the file, and of the run."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.crm.base import Case, Crm, MatchAnswer
from mailroom.delivery import Delivered, Delivery
from mailroom.drive import DriveClient, ListedFile
from mailroom.drive.move import CurrentFile
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import ConfigError, FileFault, Postponed, RunStop, Transient
from mailroom.ledger import FileResult, Ledger, Step, make_holder, open_ledger
from mailroom.notices import NoticeFields, ReaderPool, Reading
from mailroom.notices.causes import make_doubts
from mailroom.notices.reader import read_file
from mailroom.privacy.scratch import Scratch
from mailroom.run.file_decision import find_reason_not_to_file
from mailroom.run.file_pipeline import MOST_FAULT_HOURS, NEVER_SERVED, FilePipeline
from mailroom.run.progress import Progress
from tests.corpora.handmade.other_documents import cp2000_with
from tests.crm.in_memory import InMemoryCrm
from tests.notices.test_reader import block_with

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
SECRET = "JOHN SMITH 734-00-1234"
FIELDS = NoticeFields(
    notice_type="CP2000", name_line="JOHN SMITH", last_name="SMITH", ssn="734-00-1234", ssn_last4="1234"
)
CASE = Case(41, "John", "Smith", ssn="734-00-1234")
FOLDERS = Folders(("inbox",), {"matched": "out-m", "unmatched": "out-u", "review": "out-r"})


@dataclass
class Drive:
    """Holds one content for every file, and knows where each file lies."""

    parents: dict[str, str] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)
    downloads: int = 0
    states: list[CurrentFile] = field(default_factory=list)
    present: set[str] = field(default_factory=lambda: {"file"})
    asked: list[str] = field(default_factory=list)

    def list_present(self, folder_ids: set[str], oldest: datetime, newest: datetime) -> set[str]:
        """What the inbox shows now."""
        assert folder_ids == {"inbox"}
        assert oldest <= newest
        self.asked.append("list")
        return self.present

    def get_state(self, _file_id: str) -> CurrentFile:
        """The next state that the test set."""
        self.asked.append("get")
        return self.states.pop(0)

    def download(self, file_id: str, size: int, md5: str | None, path: Path) -> str:  # noqa: ARG002 - as the real one
        """Write the content to the path, and return its SHA-256."""
        self.downloads += 1
        path.write_bytes(b"%PDF made up")
        if "download" in self.faults:
            raise self.faults["download"]
        return hashlib.sha256(b"%PDF made up").hexdigest()

    def move(self, file_id: str, source_id: str, folder_id: str) -> CurrentFile:
        """Move it, out of where it is; the next one of what it is then."""
        if "move" in self.faults:
            raise self.faults["move"]
        assert self.parents.get(file_id, "inbox") == source_id
        self.parents[file_id] = folder_id
        return self.states.pop(0) if self.states else CurrentFile(12, "md5")


@dataclass
class Reader:
    """Reads the same in every file."""

    reading: Reading | Exception = field(default_factory=lambda: Reading("extract", FIELDS))

    def read(self, path: Path) -> Reading:
        """The file is there while it is read."""
        assert path.read_bytes().startswith(b"%PDF")
        if isinstance(self.reading, Exception):
            raise self.reading
        return self.reading


@dataclass
class Cases:
    """A match service with the cases of one test."""

    largest_document = 6_000_000
    answer: MatchAnswer | Exception = field(default_factory=lambda: MatchAnswer(found=True, cases=(CASE,)))

    def match(self, *_: Any) -> MatchAnswer:
        """One answer for all."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class Sender:
    """Delivers, and notes for which files."""

    ends: Delivered | Exception = field(default_factory=lambda: Delivered("delivered", 901, 701))
    files: list[str] = field(default_factory=list)

    def deliver(self, file_id: str, *_: Any) -> Delivered:
        """Return or raise what the test set."""
        self.files.append(file_id)
        if isinstance(self.ends, Exception):
            raise self.ends
        return self.ends


@dataclass
class Bench:
    """A desk and what stands behind it, with one listed file."""

    ledger: Ledger
    scratch: Scratch
    drive: Drive = field(default_factory=Drive)
    reader: Reader = field(default_factory=Reader)
    cases: Cases = field(default_factory=Cases)
    sender: Sender = field(default_factory=Sender)
    progress: Progress = field(default_factory=Progress)
    stop: Exception | None = None
    runs: int = 0
    # Long after the file was created, and right after the listing, unless a test says otherwise.
    now: datetime = NOW
    created: datetime = NOW - timedelta(hours=1)

    def list_file(self, size: int | None = 12) -> None:
        """A run's scan finds the file in the inbox."""
        self.runs += 1
        run = f"run-{self.runs}"
        self.ledger.add_folders(run, ["inbox"])
        self.ledger.record_page(run, "inbox", [ListedFile("file", "inbox", size, "md5", self.created)], None)
        self.ledger.pick_up(run, None)

    def process(self, file_id: str = "file", *, dry_run: bool = False) -> str | None:
        """Take the file all the way, as a batch does."""
        pipeline = FilePipeline(
            ledger=self.ledger,
            drive=cast("DriveClient", self.drive),
            crm=cast("Crm", self.cases),
            delivery=cast("Delivery", self.sender),
            readers=cast("ReaderPool", self.reader),
            scratch=self.scratch,
            folders=FOLDERS,
            progress=self.progress,
            filed_types=frozenset(["CP2000"]),
            holder=make_holder("run"),
            dry_run=dry_run,
            check_stop=self.check_stop,
            listed=NOW,
            clock=lambda: self.now,
        )
        missing = pipeline.find_missing([file_id])
        return pipeline.process(file_id, is_missing=file_id in missing)

    def check_stop(self) -> None:
        """Raise what stops the run, if anything does."""
        if self.stop:
            raise self.stop

    def result(self) -> FileResult:
        """What the ledger says of the file."""
        (result,) = self.ledger.list_results(f"run-{self.runs}")
        return result

    def told(self) -> tuple[str, str | None]:
        """The outcome and the reason of the file."""
        return self.result().outcome, self.result().reason


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A pipeline in which no step fails."""
    with open_ledger(load_settings(state_dir=tmp_path / "state")) as ledger, Scratch(tmp_path) as scratch:
        made = Bench(ledger, scratch)
        made.list_file()
        yield made
        # Whatever happened, no document is left behind.
        assert not list(scratch.directory().iterdir())


def test_a_notice_goes_all_the_way(bench: Bench) -> None:
    """Downloaded, read, matched, delivered, moved, done; each stage is counted and its time kept."""
    assert bench.process() == "matched"
    assert bench.told() == ("matched", "matched")
    assert bench.drive.parents == {"file": "out-m"}
    assert set(bench.result().stage_seconds) == {"download", "read", "match", "deliver", "move"}
    assert bench.progress.snapshot().stages == {"downloaded": 1, "read": 1, "matched": 1, "moved": 1}
    assert bench.progress.snapshot().outcomes == {"matched": 1}


def test_what_is_done_or_unknown_cannot_be_claimed(bench: Bench) -> None:
    """No second time, and nothing is counted."""
    bench.process()
    assert bench.process() is None
    assert bench.process("unknown") is None
    assert bench.progress.snapshot().files_done == 1


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


def test_content_that_was_replaced_before_the_download_is_asked_for_once(bench: Bench) -> None:
    """One call tells the new size and MD5; the next try downloads what is there now."""
    fail_at(bench, "download", FileFault("content_changed"))
    bench.drive.states = [CurrentFile(13, "other", modified=NOW)]
    assert bench.process() == "postponed"
    assert bench.told() == ("pending", "content_changed")
    assert (bench.drive.downloads, bench.drive.asked) == (1, ["get"])
    fail_at(bench, "download", None)
    bench.drive.states = [CurrentFile(13, "other")]
    assert bench.process() == "matched"


@pytest.mark.parametrize("error", ["broken_pdf", "not_a_pdf"])
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


def test_what_was_written_since_is_read(bench: Bench) -> None:
    """Empty when it was looked at, whole an hour later."""
    bench.created = NOW - timedelta(seconds=20)
    bench.list_file(0)
    assert bench.process() == "postponed"
    assert bench.ledger.list_postponed("run-2") == [NOW + timedelta(minutes=59, seconds=40)]
    bench.now += timedelta(hours=1)
    bench.drive.states = [CurrentFile(12, "whole", modified=NOW - timedelta(seconds=5))]
    assert bench.process() == "postponed"
    bench.drive.states = [CurrentFile(12, "whole")]
    assert bench.process() == "matched"


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


def test_a_listing_that_is_late_costs_one_call(bench: Bench) -> None:
    """The file itself says that it is there."""
    bench.now += timedelta(minutes=2)
    bench.drive.present, bench.drive.states = set(), [CurrentFile(12, "md5", parents=("inbox",))]
    assert bench.process() == "matched"
    assert bench.drive.asked == ["list", "get"]


def test_a_file_that_is_trashed_while_it_is_filed_is_named(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Its case has it, so a person has to know."""
    bench.drive.states = [CurrentFile(12, "md5", is_trashed=True)]
    assert bench.process() == "matched"
    assert "A person moved file file to the trash of Google Drive" in caplog.text


def test_a_write_in_doubt_is_not_tried_before_its_time(bench: Bench) -> None:
    """Neither downloaded nor matched again, and no fault of the batch."""
    fail_at(bench, "deliver", Postponed("document_in_doubt", until=NOW + timedelta(minutes=5)))
    assert bench.process() == "postponed"
    assert bench.told() == ("pending", "document_in_doubt")
    assert bench.ledger.list_postponed("run-1") == [NOW + timedelta(minutes=5)]
    assert bench.progress.snapshot().files_done == 0


def test_a_file_never_stays_in_a_folder_in_the_trash(bench: Bench) -> None:
    """The run stops and names the folder; the file is in the inbox, decided, and only its move is left."""
    bench.drive.states = [CurrentFile(12, "md5", is_in_trash=True)]
    with pytest.raises(ConfigError) as stopped:
        bench.process()
    assert (stopped.value.code, stopped.value.ids) == ("folder_trashed", {"folder": "out-m"})
    assert (bench.drive.parents, bench.told()[0]) == ({"file": "inbox"}, "pending")
    assert bench.process() == "matched"
    assert (bench.drive.downloads, bench.drive.parents) == (1, {"file": "out-m"})


OTHER = NoticeFields(notice_type="CP504")
TO_PEOPLE: list[tuple[Reading, str]] = [
    (Reading("unreadable", error="no_text_layer"), "no_text_layer"),
    (Reading("rejected", error="encrypted"), "encrypted"),
    (Reading("review", FIELDS), "doubtful_reading"),
    (Reading("not_cp2000"), "other_document"),
    (Reading("not_cp2000", OTHER), "letter_cp504"),
]


@pytest.mark.parametrize(("reading", "reason"), TO_PEOPLE, ids=lambda one: str(one)[:20])
def test_what_cannot_be_filed_goes_to_a_person(bench: Bench, reading: Reading, reason: str) -> None:
    """With its reason, and without a match or a delivery."""
    bench.reader.reading = reading
    bench.cases.answer = AssertionError("not asked")
    assert bench.process() == "review"
    assert bench.told() == ("review", reason)
    assert bench.drive.parents == {"file": "out-r"}
    assert not bench.sender.files


def test_a_size_that_the_listing_lacks_is_asked_for(bench: Bench) -> None:
    """It is not an empty file. If Drive does not say it at all, the file stays for the next run."""
    bench.list_file(None)
    bench.drive.states = [CurrentFile(None, "md5")]
    assert bench.process() == "pending"
    bench.drive.states = [CurrentFile(12, "md5")]
    assert bench.process() == "matched"


@pytest.mark.parametrize(
    ("size", "reason"), [(0, "empty_file"), (Cases.largest_document + 1, "too_large_to_file")]
)
def test_a_size_that_says_enough_costs_no_download(bench: Bench, size: int, reason: str) -> None:
    """An empty file, or one that Logiqs does not take."""
    bench.list_file(size)
    assert bench.process() == "review"
    assert bench.told() == ("review", reason)
    assert bench.drive.downloads == 0


def test_no_case_is_unmatched(bench: Bench) -> None:
    """The file goes to UNMATCHED, and nothing is delivered."""
    bench.cases.answer = MatchAnswer()
    assert bench.process() == "unmatched"
    assert bench.drive.parents == {"file": "out-u"}
    assert not bench.sender.files


def test_a_question_that_the_match_service_refuses_goes_to_a_person(bench: Bench) -> None:
    """It would be refused again tomorrow."""
    bench.cases.answer = FileFault("match_refused")
    assert bench.process() == "review"
    assert bench.told() == ("review", "match_refused")


@pytest.mark.parametrize("code", NEVER_SERVED)
def test_what_drive_never_serves_goes_to_a_person(bench: Bench, code: str) -> None:
    """It would be refused again every day."""
    bench.drive.faults = {"download": FileFault(code)}
    assert bench.process() == "review"
    assert bench.told() == ("review", code)
    assert bench.drive.parents == {"file": "out-r"}


def test_of_a_file_that_may_not_be_moved_only_the_move_is_tried_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """It is filed once, told as failed and named in the log; later days download nothing."""
    bench.drive.faults = {"move": FileFault("move_forbidden")}
    for _ in range(2):
        assert bench.process() == "failed"
        assert bench.told() == ("failed", "move_forbidden")
        assert "File file is decided, but Google Drive does not let" in caplog.text
        bench.list_file()
    bench.drive.faults = {}
    assert bench.process() == "matched"
    assert (bench.drive.downloads, len(bench.sender.files)) == (1, 1)


@pytest.mark.parametrize(
    ("delivered", "told", "folder"),
    [
        (Delivered("unclear"), ("review", "delivery_unclear"), "out-r"),
        (Delivered("unclear", doubt="document"), ("review", "document_unclear"), "out-r"),
        (Delivered("unclear", doubt="task"), ("review", "task_unclear"), "out-r"),
        (Delivered("in_another_case"), ("review", "filed_in_another_case"), "out-r"),
        (Delivered("duplicate"), ("duplicate", "same_document"), "out-m"),
        (Delivered("duplicate", destination="review"), ("duplicate", "same_document"), "out-r"),
    ],
)
def test_how_a_delivery_ends_decides_the_folder(
    bench: Bench, delivered: Delivered, told: tuple[str, str], folder: str
) -> None:
    """A duplicate goes where the first one went."""
    bench.sender.ends = delivered
    assert bench.process() == told[0]
    assert bench.told() == told
    assert bench.drive.parents == {"file": folder}


def test_a_dry_run_moves_nothing(bench: Bench) -> None:
    """It ends with the outcome anyway."""
    assert bench.process(dry_run=True) == "matched"
    assert not bench.drive.parents


FAULTY = ["download", "read", "match", "deliver", "move"]


def fail_at(bench: Bench, step: str, fault: Exception | None) -> None:
    """Let one step raise; None heals it."""
    whole = Bench(bench.ledger, bench.scratch)
    if step in ("download", "move"):
        bench.drive.faults = {step: fault} if fault else {}
    elif step == "read":
        bench.reader.reading = fault or whole.reader.reading
    elif step == "match":
        bench.cases.answer = fault or whole.cases.answer
    else:
        bench.sender.ends = fault or whole.sender.ends


@pytest.mark.parametrize("step", FAULTY)
def test_a_temporary_fault_puts_the_file_back(bench: Bench, step: str) -> None:
    """Pending with its reason; the next try ends well, and after a broken move only moves."""
    fail_at(bench, step, Transient("made_up_fault"))
    assert bench.process() == "pending"
    assert bench.told() == ("pending", "made_up_fault")
    assert bench.progress.snapshot().files_done == 0
    fail_at(bench, step, None)
    assert bench.process() == "matched"
    assert len(bench.sender.files) == (2 if step == "deliver" else 1)
    assert bench.drive.downloads == (1 if step == "move" else 2)


@pytest.mark.parametrize("step", FAULTY)
@pytest.mark.parametrize(
    "stop", [RunStop("daily_limit"), ConfigError("gone", what="It is gone.", fix="Share it.")], ids=repr
)
def test_what_stops_the_run_puts_the_file_back_first(bench: Bench, step: str, stop: Exception) -> None:
    """It is raised as it is, and the next run continues with the file."""
    fail_at(bench, step, stop)
    with pytest.raises(type(stop)) as raised:
        bench.process()
    assert raised.value is stop
    assert bench.told()[0] == "pending"
    fail_at(bench, step, None)
    assert bench.process() == "matched"


@pytest.mark.parametrize("step", ["download", "deliver", "move"])
def test_a_permanent_fault_costs_the_file_only(bench: Bench, step: str) -> None:
    """Failed with its code, left where it is; the next scan takes it up again."""
    fail_at(bench, step, FileFault("made_up_fault"))
    assert bench.process() == "failed"
    assert bench.told() == ("failed", "made_up_fault")
    assert not bench.drive.parents
    fail_at(bench, step, None)
    bench.list_file()
    assert bench.process() == "matched"


@pytest.mark.parametrize("step", FAULTY)
def test_a_fault_of_ours_costs_the_file_only_and_tells_nothing(
    bench: Bench, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says what kind and where; what the exception says is for the debug log only."""
    fail_at(bench, step, ValueError(SECRET))
    with caplog.at_level(logging.DEBUG, logger="mailroom"):
        assert bench.process() == "failed"
    assert bench.told() == ("failed", "internal_error")
    told = [(record.levelno, record.getMessage(), record.exc_info) for record in caplog.records]
    assert any("ValueError at mailroom/" in said for level, said, _ in told if level > logging.DEBUG)
    assert not any("SMITH" in said for _, said, _ in told)
    assert {level for level, _, original in told if original} == {logging.DEBUG}


def test_a_change_of_state_that_is_not_allowed_costs_the_file_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails with the code, and the next run tries it again."""
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "record_decision", lambda *_, **_rest: None)
        assert bench.process() == "failed"
    assert bench.told() == ("failed", "illegal_state_change")
    bench.list_file()
    bench.drive.parents.clear()
    assert bench.process() == "matched"


def test_a_stopped_run_begins_nothing(bench: Bench) -> None:
    """A person asked it to stop: the file is pending, untouched."""
    bench.stop = RunStop("stopped")
    with pytest.raises(RunStop):
        bench.process()
    assert bench.told() == ("pending", "stopped")
    assert bench.drive.downloads == 0


@pytest.mark.parametrize("step", ["download", "read", "match"])
def test_a_run_that_is_stopped_while_it_works_delivers_nothing_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """By a person, or by the loss of its lease: the step under way ends, and the next one does not begin."""
    owners = {"download": bench.drive, "read": bench.reader, "match": bench.cases}
    begun: list[str] = []

    def note(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def act(*args: Any) -> Any:
            begun.append(name)
            if name == step:
                bench.stop = RunStop("lease_lost")
            return call(*args)

        return act

    for name, owner in owners.items():
        monkeypatch.setattr(owner, name, note(name, getattr(owner, name)))
    with pytest.raises(RunStop):
        bench.process()
    assert begun == list(owners)[: list(owners).index(step) + 1]
    assert bench.told() == ("pending", "lease_lost")
    assert (bench.sender.files, bench.drive.parents) == ([], {})


def test_a_file_whose_reading_a_stop_ended_is_not_broken(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop ends the reading processes; the next run reads the file."""

    def end_reading(_path: Path) -> Reading:
        bench.stop = RunStop("stopped")
        return Reading("rejected", needs_review=True, error="reader_died")

    monkeypatch.setattr(bench.reader, "read", end_reading)
    with pytest.raises(RunStop):
        bench.process()
    assert bench.told() == ("pending", "stopped")


@pytest.mark.parametrize("step", ["document", "task"])
def test_a_file_whose_document_is_in_a_case_goes_no_other_way(bench: Bench, step: Step) -> None:
    """Its content was replaced while a write was in doubt: a person finishes what was begun."""
    holder = make_holder("run")
    marker = bench.ledger.make_marker("sha", 41)
    bench.ledger.begin_delivery(marker, "file", holder, 41, "sha", 600)
    assert bench.ledger.intend(marker, step, "file", holder, 600)
    bench.cases.answer = MatchAnswer()
    assert bench.process() == "review"
    assert bench.told() == ("review", "delivery_unclear")
    assert bench.ledger.get_delivery(marker).destination == "review"


def test_a_delivery_whose_file_left_the_inbox_is_counted(bench: Bench) -> None:
    """Until it is finished; one of a listed file is the run's own work."""
    holder = make_holder("run")
    for file_id in ("file", "gone"):
        marker = bench.ledger.make_marker(file_id, 41)
        bench.ledger.begin_delivery(marker, file_id, holder, 41, file_id, 600)
        assert bench.ledger.count_abandoned_deliveries("run-1") == 0
        bench.ledger.intend(marker, "document", file_id, holder, 600)
    assert bench.ledger.count_abandoned_deliveries("run-1") == 1
    bench.ledger.end_delivery(bench.ledger.make_marker("gone", 41), "review", "gone", holder)
    assert bench.ledger.count_abandoned_deliveries("run-1") == 0


def test_a_move_counts_once_though_the_ledger_was_locked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file was moved, and the ledger could not record it: the next try finds it in its folder."""

    def locked(*_: Any) -> None:
        raise Transient("ledger_unreachable")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "finish", locked)
        assert bench.process() == "pending"
    bench.drive.parents["file"] = "inbox"
    assert bench.process() == "matched"
    assert bench.progress.snapshot().stages["moved"] == 1


def test_a_claim_that_was_lost_moves_nothing(bench: Bench) -> None:
    """Another run took the file over while this one was delivering."""

    def take_over(file_id: str, *_: Any) -> Delivered:
        bench.ledger.release(file_id, make_holder("run"), "lapsed")
        assert bench.ledger.claim(file_id, "another", 600)
        return Delivered("delivered")

    bench.sender.deliver = take_over  # type: ignore[method-assign]
    assert bench.process() == "pending"
    assert not bench.drive.parents
    assert bench.ledger.renew_claim("file", "another", 600)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("download_corrupt", "download_corrupt"), ("document_in_doubt", "delivery_unclear")],
)
def test_a_file_that_never_gets_over_a_fault_of_its_own_reaches_a_person(
    bench: Bench, code: str, reason: str
) -> None:
    """After three hours with it, not after three restarts; faults of the systems never add up to that."""
    begin = bench.ledger._clock()
    fail_at(bench, "download", Transient("drive_unreachable"))
    for hour in range(MOST_FAULT_HOURS):
        bench.ledger._clock = lambda hour=hour: begin + timedelta(hours=hour)  # type: ignore[misc]
        assert bench.process() == "pending"
    fail_at(bench, "download", None)
    fail_at(bench, "download" if code == "download_corrupt" else "deliver", Transient(code))
    for hour in range(3, 3 + MOST_FAULT_HOURS - 1):
        bench.ledger._clock = lambda hour=hour: begin + timedelta(hours=hour)  # type: ignore[misc]
        assert [bench.process() for _ in range(5)] == ["pending"] * 5
    bench.ledger._clock = lambda: begin + timedelta(hours=5)
    assert bench.process() == "review"
    assert bench.told() == ("review", reason)
    assert bench.drive.parents == {"file": "out-r"}


def test_an_unreachable_ledger_is_a_temporary_fault(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the claim, or when the file is to be put back."""

    def gone(*_: Any, **__: Any) -> None:
        raise Transient("ledger_unreachable")

    for call in ("claim", "record_seconds"):
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, call, gone)
            with pytest.raises(Transient, match="ledger_unreachable"):
                bench.process()


def test_a_settled_file_is_only_moved(bench: Bench) -> None:
    """A run before decided and was stopped before the move."""
    fail_at(bench, "move", RunStop("stopped"))
    with pytest.raises(RunStop):
        bench.process()
    fail_at(bench, "move", None)
    bench.list_file()
    bench.cases.answer = replace(MatchAnswer(), found=False)
    assert bench.process() == "matched"
    assert bench.drive.parents == {"file": "out-m"}
    assert len(bench.sender.files) == bench.drive.downloads == 1


def test_only_a_doubt_about_the_surname_goes_to_the_case() -> None:
    """A doubt about the SSN, about the pages, or a surname that was not read, is a person's."""
    named = replace(FIELDS, last_name="SMITH", ssn_last4="1234")
    doubts = make_doubts(["last_name"], "weak_finding", how="", page=1)
    surname = Reading("review", named, needs_review=True, doubts=doubts, error="doubtful_last_name")
    assert find_reason_not_to_file(surname, frozenset({"CP2000"})) is None
    for other in (
        replace(surname, error="several_notices"),
        replace(surname, doubts={**surname.doubts, **make_doubts(["ssn_last4"], "ocr_not_found")}),
        replace(surname, fields=replace(named, last_name=None)),
    ):
        assert find_reason_not_to_file(other, frozenset({"CP2000"})) == other.error


def test_delivery_sees_no_doubtful_value(tmp_path: Path) -> None:
    """A due date ten months behind the notice date is read with doubt, filed, and not told as printed."""
    path = tmp_path / "a file"
    path.write_bytes(cp2000_with(block=block_with("Notice date", "January 3, 2024")))
    reading, crm = read_file(path), InMemoryCrm()
    assert find_reason_not_to_file(reading, frozenset({"CP2000"})) is None
    parts: dict[str, Any] = dict.fromkeys(each.name for each in fields_of(FilePipeline))
    settings = load_settings(state_dir=tmp_path / "state")
    with open_ledger(settings) as ledger:
        ledger.add_folders("run", ["inbox"])
        file = ListedFile("file", "inbox", 9, None, datetime.now(UTC))
        ledger.record_page("run", "inbox", [file], None)
        row = ledger.claim("file", "me", 600)
        assert row is not None
        delivery = Delivery(ledger, crm, settings, dry_run=False)
        pipeline = FilePipeline(**{**parts, "delivery": delivery, "holder": "me"})
        pipeline._deliver(row, path, "0" * 64, reading, Case(41))
    assert "_2022_DTD UNKNOWN_" in crm.documents[0].filename
    assert "tax year 2022: due date not certain" in crm.tasks[0].subject
    assert "Not read for certain: notice date, due date" in crm.tasks[0].comments
