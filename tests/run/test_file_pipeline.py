"""One file's way over a desk: what each step's outcome or fault makes of the file, and of the run."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.crm.base import Case, Crm, MatchAnswer
from mailroom.delivery import Delivered, Delivery
from mailroom.drive import DriveClient, ListedFile
from mailroom.drive.move import MovedFile
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import ConfigError, FileFault, RunStop, Transient
from mailroom.ledger import FileResult, Ledger, make_holder, open_ledger
from mailroom.notices import NoticeFields, ReaderPool, Reading
from mailroom.notices.reader import read_file
from mailroom.privacy.scratch import Scratch
from mailroom.run.file_pipeline import NEVER_SERVED, TRIES, FilePipeline, find_reason_not_to_file
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
    states: list[MovedFile] = field(default_factory=list)

    def download(self, file_id: str, size: int, md5: str | None, path: Path) -> str:  # noqa: ARG002 - as the real one
        """Write the content to the path, and return its SHA-256."""
        self.downloads += 1
        path.write_bytes(b"%PDF made up")
        if "download" in self.faults:
            raise self.faults["download"]
        return hashlib.sha256(b"%PDF made up").hexdigest()

    def move(self, file_id: str, source_id: str, folder_id: str) -> MovedFile:
        """Move it, out of where it is; the next one of what it is then."""
        if "move" in self.faults:
            raise self.faults["move"]
        assert self.parents.get(file_id, "inbox") == source_id
        self.parents[file_id] = folder_id
        return self.states.pop(0) if self.states else MovedFile(12, "md5", is_in_trash=False)


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

    def list_file(self, size: int = 12) -> None:
        """A run's scan finds the file in the inbox."""
        self.runs += 1
        run = f"run-{self.runs}"
        self.ledger.add_folders(run, ["inbox"])
        self.ledger.record_page(run, "inbox", [ListedFile("file", "inbox", size, "md5", NOW)], None)
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
        )
        return pipeline.process(file_id)

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
    bench.drive.states = [MovedFile(13, "other", is_in_trash=False)]
    assert bench.process() == "pending"
    assert bench.told() == ("pending", "content_changed")
    assert bench.drive.parents == {"file": "inbox"}
    bench.drive.states = [MovedFile(13, "other", is_in_trash=False)]
    assert bench.process() == "matched"
    assert (bench.drive.downloads, bench.drive.parents) == (2, {"file": "out-m"})
    assert bench.sender.files == ["file", "file"]


def test_a_file_never_stays_in_a_folder_in_the_trash(bench: Bench) -> None:
    """The run stops and names the folder; the file is in the inbox, decided, and only its move is left."""
    bench.drive.states = [MovedFile(12, "md5", is_in_trash=True)]
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
        patch.setattr(Ledger, "record_decision", lambda *_: None)
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
    """After as many tries as five runs make; faults of the systems never add up to that."""
    fail_at(bench, "download", Transient("drive_unreachable"))
    for _ in range(TRIES):
        assert bench.process() == "pending"
    bench.ledger.claim("file", make_holder("run"), 600)
    bench.ledger.fail("file", make_holder("run"), "made_up")
    bench.list_file()
    fail_at(bench, "download", None)
    fail_at(bench, "download" if code == "download_corrupt" else "deliver", Transient(code))
    for _ in range(TRIES - 1):
        assert bench.process() == "pending"
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
