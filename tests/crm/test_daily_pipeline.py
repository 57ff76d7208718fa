"""A day of mail with another CRM: read, matched, delivered and moved without Prefect and without Logiqs.

Everything is real but Drive and the CRM, which are in memory; the notices are PDFs of the sandbox's
generator.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, cast

import pytest

from mailroom.config.settings import Settings, load_settings
from mailroom.crm.base import Case, Crm
from mailroom.delivery import Delivery
from mailroom.drive import DriveClient, ListedFile
from mailroom.drive.move import CurrentFile
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import Transient, Unclear
from mailroom.ledger import Ledger, make_holder, open_ledger
from mailroom.notices import ReaderPool, Reading
from mailroom.notices.reader import read_file
from mailroom.notices.vocabulary.letter_types import choose_filed_types
from mailroom.privacy.scratch import Scratch
from mailroom.run.batch import BatchUnfinished, process_batch
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.progress import Progress
from mailroom.run.registration import RegisteringCrm
from mailroom.sandbox.generator.day import make_synthetic_day
from mailroom.sandbox.generator.model import SyntheticNotice
from mailroom.sandbox.generator.people import SyntheticCase
from tests.crm.in_memory import InMemoryCrm, lose_answer, refuse

TODAY = date(2026, 11, 24)
RUN = "run"
FOLDERS = Folders(("inbox",), {name: f"to-{name}" for name in ("matched", "unmatched", "review")})


@dataclass
class InMemoryDrive:
    """Files by their id, and the folder that each of them is in."""

    files: dict[str, bytes]
    parents: dict[str, str]
    downloads: int = 0

    def download(self, file_id: str, size: int, md5: str | None, path: Path) -> str:
        """Write the file, and return its SHA-256."""
        self.downloads += 1
        content = self.files[file_id]
        assert (len(content), hashlib.md5(content, usedforsecurity=False).hexdigest()) == (size, md5)
        path.write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def move(self, file_id: str, source_id: str, folder_id: str) -> CurrentFile:
        """Move the file from one folder to another; its content stays."""
        assert self.parents[file_id] == source_id
        self.parents[file_id] = folder_id
        return CurrentFile(len(self.files[file_id]), None)

    def list_files(self) -> list[ListedFile]:
        """The inbox, as a page of a listing shows it."""
        now = datetime.now(UTC) - timedelta(hours=1)
        return [
            ListedFile(file_id, "inbox", len(pdf), hashlib.md5(pdf, usedforsecurity=False).hexdigest(), now)
            for file_id, pdf in self.files.items()
        ]


class Reader:
    """Reads in this process, each content once and one at a time: pdfium may not be used by several
    threads.
    """

    lock = threading.Lock()
    readings: ClassVar[dict[bytes, Reading]] = {}

    def read(self, path: Path) -> Reading:
        """The reading of a file."""
        content = path.read_bytes()
        with self.lock:
            if content not in self.readings:
                self.readings[content] = read_file(path)
            return self.readings[content]


@dataclass
class Day:
    """The day's mail on the way through the pipeline."""

    notices: dict[str, SyntheticNotice]
    expected: dict[str, str]
    drive: InMemoryDrive
    crm: InMemoryCrm
    ledger: Ledger
    pipeline: FilePipeline

    def process(self) -> dict[str, int]:
        """One batch of every file that the run picked up."""
        return process_batch(self.pipeline, list(self.notices), 2)

    def process_due(self) -> dict[str, int]:
        """One batch of the files that may be tried now."""
        return process_batch(self.pipeline, self.ledger.list_pending(RUN, None, len(self.notices)), 2)

    def outcomes(self) -> dict[str, str]:
        """What the ledger says of each file."""
        return {result.drive_file_id: result.outcome for result in self.ledger.list_results(RUN)}


def as_case(made: SyntheticCase) -> Case:
    """The client's case, as another CRM would give it."""
    client, spouse = made.home.taxpayer, made.home.spouse
    return Case(
        case_id=made.case_id,
        first_name=client.first,
        last_name=client.last,
        spouse_first_name=spouse.first if spouse else None,
        spouse_last_name=spouse.last if spouse else None,
        ssn=client.ssn,
        spouse_ssn=spouse.ssn if spouse else None,
        officer_id=made.officer_id,
        tells_officer=True,
    )


def make_pipeline(
    settings: Settings, ledger: Ledger, drive: object, crm: Crm, scratch: Scratch
) -> FilePipeline:
    """The pipeline of a run that files notices of type CP2000; ``drive`` has the calls that it uses."""
    progress = Progress()
    return FilePipeline(
        ledger=ledger,
        drive=cast("DriveClient", drive),
        crm=crm,
        delivery=Delivery(ledger, crm, settings, dry_run=False, count_stage=progress.count_stage),
        readers=cast("ReaderPool", Reader()),
        scratch=scratch,
        folders=FOLDERS,
        progress=progress,
        filed_types=choose_filed_types(None),
        holder=make_holder(RUN),
        dry_run=False,
        listed=datetime.now(UTC),
        check_stop=lambda: None,
    )


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """Twelve notices with clients, one of a stranger, one of another type, and one notice scanned twice."""
    mail = make_synthetic_day(14, seed=7, today=TODAY)
    notices = {f"file-{number:02d}": notice for number, notice in enumerate(mail.notices)}
    expected = {file_id: mail.expected[notice.path] for file_id, notice in notices.items()}
    notices["file-99"], expected["file-99"] = notices["file-00"], "duplicate"
    drive = InMemoryDrive(
        {file_id: notice.pdf for file_id, notice in notices.items()}, dict.fromkeys(notices, "inbox")
    )
    crm = InMemoryCrm(cases={case.case_id: as_case(case) for case in mail.cases})
    settings = load_settings(state_dir=tmp_path / "state")
    with open_ledger(settings) as ledger, Scratch(tmp_path) as scratch:
        ledger.add_folders(RUN, ["inbox"])
        ledger.record_page(RUN, "inbox", drive.list_files(), None)
        ledger.pick_up(RUN, None)
        pipeline = make_pipeline(settings, ledger, drive, RegisteringCrm(crm), scratch)
        yield Day(notices, expected, drive, crm, ledger, pipeline)


def check_end(day: Day) -> None:
    """Each file has its outcome and its folder.

    Each matched notice is in its client's case once, with a task.
    """
    outcomes = day.outcomes()
    # Of two files with the same bytes, the first one is filed.
    assert Counter(outcomes.values()) == Counter(day.expected.values())
    assert {outcomes["file-00"], outcomes["file-99"]} == {"matched", "duplicate"}
    for file_id, outcome in outcomes.items():
        target = "matched" if outcome == "duplicate" else outcome
        assert day.drive.parents[file_id] == f"to-{target}"
        assert outcome == day.expected[file_id] or file_id in ("file-00", "file-99")
    filed = {
        day.notices[name].pdf: day.notices[name] for name, ended in outcomes.items() if ended == "matched"
    }
    assert Counter(document.content for document in day.crm.documents) == Counter(list(filed))
    assert len({task.comments for task in day.crm.tasks}) == len(day.crm.tasks) == len(filed)
    for document in day.crm.documents:
        truth, case = filed[document.content].truth, day.crm.cases[document.case_id]
        assert truth["ssn_last4"] in {(ssn or "")[-4:] for ssn in (case.ssn, case.spouse_ssn)}
    assert Counter(task.case_id for task in day.crm.tasks) == Counter(
        document.case_id for document in day.crm.documents
    )


def test_a_day_with_another_crm(day: Day) -> None:
    """Every file reaches its outcome in one batch; a second batch has nothing to do."""
    assert sum(day.process().values()) == len(day.notices)
    check_end(day)
    writes = len(day.crm.calls)
    assert day.process() == {"done already": len(day.notices)}
    assert len(day.crm.calls) == writes


def test_a_day_on_which_the_crm_loses_answers_and_shows_writes_late(day: Day) -> None:
    """Files in doubt stay pending until the case shows their writes; nothing is sent twice."""
    crm = day.crm
    crm.delays_activities = True
    crm.faults = {
        "match": [refuse(Transient("match_unreachable"))],
        "document": [
            lose_answer(Unclear("document_answer_lost")),
            crm.finish_later(Unclear("document_504")),
            refuse(Transient("crm_unreachable")),
        ],
        "task": [lose_answer(Unclear("task_answer_lost")), crm.finish_later(Unclear("task_504"))],
    }
    with pytest.raises(BatchUnfinished) as unfinished:
        day.process()
    assert int(unfinished.value.ids["pending"]) == 2
    # The two that were refused; a task of theirs, or a duplicate, may get into doubt too.
    day.process_due()
    postponed = day.ledger.list_postponed(RUN)
    assert len(postponed) >= 4
    downloads = day.drive.downloads
    assert day.process_due() == {}
    assert day.drive.downloads == downloads
    crm.finish_late_writes()
    crm.delays_activities = False
    crm.show_delayed_activities()
    day.ledger._clock = lambda: postponed[-1]
    assert sum(day.process_due().values()) == len(postponed)
    check_end(day)
