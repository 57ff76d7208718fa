"""A file pipeline in which each step can fail: a real ledger, and small fakes of what is around it."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from mailroom.crm.base import Case, Crm, MatchAnswer
from mailroom.delivery import Delivered, Delivery
from mailroom.drive import DriveClient, ListedFile
from mailroom.drive.move import CurrentFile
from mailroom.drive.outcome_folders import Folders
from mailroom.ledger import FileResult, Ledger, make_holder
from mailroom.notices import NoticeFields, ReaderPool, Reading
from mailroom.privacy.scratch import Scratch
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.progress import Progress

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
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
    searched: tuple[datetime, datetime] | None = None

    def list_present(self, folder_ids: set[str], oldest: datetime, newest: datetime) -> set[str]:
        """What the inbox shows now."""
        assert folder_ids == {"inbox"}
        self.asked.append("list")
        self.searched = oldest, newest
        if "list" in self.faults:
            raise self.faults["list"]
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

    known: Case | None = None

    def get_case(self, _case_id: int) -> Case | None:
        """What the CRM has of a case that only the index named."""
        return self.known

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
    modified: datetime | None = None

    def list_file(self, size: int | None = 12) -> None:
        """A run's scan finds the file in the inbox."""
        self.runs += 1
        run = f"run-{self.runs}"
        self.ledger.add_folders(run, ["inbox"])
        file = ListedFile("file", "inbox", size, "md5", self.created, self.modified)
        self.ledger.record_page(run, "inbox", [file], None)
        self.ledger.pick_up(run, None)

    def process(self, file_id: str = "file", *, dry_run: bool = False) -> str | None:
        """Take the file all the way, as a batch does."""
        pipeline = self.make_pipeline(dry_run=dry_run)
        missing = pipeline.find_missing([file_id])
        return pipeline.process(file_id, is_missing=file_id in missing)

    def make_pipeline(self, *, dry_run: bool = False) -> FilePipeline:
        """The pipeline of one batch."""
        return FilePipeline(
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

    def fail_at(self, step: str, fault: Exception | None) -> None:
        """Let one step raise; None heals it."""
        if step in ("list", "download", "move"):
            self.drive.faults = {step: fault} if fault else {}
        elif step == "read":
            self.reader.reading = fault or Reader().reading
        elif step == "match":
            self.cases.answer = fault or Cases().answer
        else:
            self.sender.ends = fault or Sender().ends

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
