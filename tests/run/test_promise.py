"""The promise, whatever happens in whatever order: each file ends once, each document is filed once.

Hypothesis chooses what people do in Drive, which calls fail and how, where a run is killed, and how the clock
jumps. After each step the CRM and Drive are looked at, never the ledger.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from asyncio import CancelledError
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import hypothesis.strategies as st
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mailroom.config.settings import load_settings
from mailroom.crm.base import Case, Crm
from mailroom.delivery import Delivery
from mailroom.drive import DriveClient, ListedFile
from mailroom.drive.move import CurrentFile
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import FileFault, MailroomError, Transient, Unclear
from mailroom.ledger import FileState, Ledger, make_holder, open_ledger
from mailroom.notices import NoticeFields, ReaderPool, Reading
from mailroom.privacy.scratch import Scratch
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.progress import Progress
from tests.crm.in_memory import Fault, InMemoryCrm, lose_answer, refuse

BEGIN = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
FOLDERS = Folders(("inbox",), {"matched": "m", "unmatched": "u", "review": "r"})
# Two clients with a case, one without, and a file that nobody can read.
CASES = {41: Case(41, "Ann", "Miller", ssn="734-00-1111"), 42: Case(42, "Bob", "Jones", ssn="735-00-2222")}
LAST4 = {"miller": "1111", "jones": "2222", "nobody": "3333"}
CONTENTS = [*LAST4, "broken"]
CASE_OF = {"miller": 41, "jones": 42}
DEAD_PROCESS = "4194305"


class Killed(CancelledError):
    """The process ended here. Nothing may catch it, and of such errors the error boundary catches none."""


@dataclass
class Fate:
    """When the run is killed: before so many further calls and commits; None: it is not."""

    steps: int | None = None

    def step(self) -> None:
        """One more call or commit."""
        if self.steps is not None:
            self.steps -= 1
            if self.steps < 0:
                raise Killed


@dataclass
class Drive:
    """Files by id: their content, folder, and whether they are in the trash. Calls fail as planned."""

    fate: Fate
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, content: str) -> None:
        """A person puts a file into the inbox."""
        name = f"f{len(self.files)}"
        self.files[name] = {"content": content, "parent": "inbox", "trashed": False}

    def listed(self) -> list[ListedFile]:
        """The PDFs that the inbox shows."""
        return [
            ListedFile(name, "inbox", len(one["content"]), md5_of(one["content"]), BEGIN)
            for name, one in self.files.items()
            if one["parent"] == "inbox" and not one["trashed"]
        ]

    def list_present(self, *_: Any) -> set[str]:
        """The ids in the inbox."""
        self._call()
        return {file.id for file in self.listed()}

    def get_state(self, file_id: str) -> CurrentFile:
        """What the file is now."""
        self._call()
        one = self.files[file_id]
        content, parent = one["content"], one["parent"]
        return CurrentFile(
            len(content), md5_of(content), is_trashed=one["trashed"], parents=(parent,), modified=BEGIN
        )

    def download(self, file_id: str, _size: int, md5: str | None, path: Path) -> str:
        """Write the content; raise where it is not the listed one."""
        self._call()
        content = self.files[file_id]["content"]
        if md5_of(content) != md5:
            raise FileFault("content_changed", file=file_id)
        path.write_text(content)
        return hashlib.sha256(content.encode()).hexdigest()

    def move(self, file_id: str, source_id: str, folder_id: str) -> CurrentFile:
        """Move it; a person may have moved it before."""
        one = self.files[file_id]
        if one["parent"] not in (source_id, folder_id):
            raise FileFault("moved_elsewhere", file=file_id)
        self.fate.step()
        fault = self.faults.pop(0) if self.faults else "none"
        if fault != "refused":
            one["parent"] = folder_id
        self.fate.step()
        if fault != "none":
            raise Transient("drive_unreachable")
        return self.get_state(file_id)

    def _call(self) -> None:
        self.fate.step()
        if self.faults and self.faults.pop(0) != "none":
            raise Transient("drive_unreachable")


@dataclass
class Reader:
    """Reads the client whose name the file holds; ``on_read`` is called after each reading."""

    on_read: Callable[[], None]

    def read(self, path: Path) -> Reading:
        """The reading of one of `CONTENTS`."""
        name = path.read_text()
        self.on_read()
        if name == "broken":
            return Reading("rejected", needs_review=True, error="broken_pdf")
        last4 = LAST4[name]
        ssn = f"{'734' if name == 'miller' else '735'}-00-{last4}"
        return Reading(
            "extract",
            NoticeFields(
                notice_type="CP2000", name_line=name.upper(), last_name=name.upper(), ssn=ssn, ssn_last4=last4
            ),
        )


def md5_of(content: str) -> str:
    """What Drive says of it."""
    return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()


def make_mortal(ledger: Ledger, fate: Fate) -> None:
    """Let a run end before and after each commit."""
    begin = ledger._transaction

    @contextmanager
    def transaction() -> Iterator[Any]:
        fate.step()
        with begin() as session:
            yield session
        fate.step()

    ledger._transaction = transaction  # type: ignore[method-assign]


FAULTS: dict[str, Fault] = {
    "refused": refuse(Transient("crm_unreachable")),
    "lost": lose_answer(Unclear("answer_lost")),
    "not done": refuse(Unclear("answer_lost")),
    "none": lambda carry_out: carry_out(),
}


class Mailroom(RuleBasedStateMachine):
    """A firm's Drive, CRM and ledger, and runs that fail."""

    @initialize()
    def open(self) -> None:
        """An empty inbox."""
        self.closing = ExitStack()
        place = Path(tempfile.mkdtemp(prefix="promise-"))
        self.closing.callback(shutil.rmtree, place)
        self.settings = load_settings(state_dir=place / "state")
        self.ledger = self.closing.enter_context(open_ledger(self.settings))
        self.scratch = self.closing.enter_context(Scratch(place))
        self.now, self.runs, self.fate = BEGIN + timedelta(hours=1), 0, Fate()
        self.ledger._clock = lambda: self.now
        make_mortal(self.ledger, self.fate)
        self.drive, self.crm = Drive(self.fate), InMemoryCrm(cases=CASES)
        self.replaced: set[str] = set()

    @rule(contents=st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=4))
    def upload(self, contents: list[str]) -> None:
        """A person scans notices, perhaps some that were scanned before."""
        for content in contents:
            self.drive.add(content)

    @precondition(lambda self: self.drive.listed())
    @rule(data=st.data(), content=st.sampled_from(CONTENTS))
    def replace(self, data: st.DataObject, content: str) -> None:
        """A person uploads another content under the same file id."""
        file = data.draw(st.sampled_from(self.drive.listed()))
        self.drive.files[file.id]["content"] = content

    @precondition(lambda self: self.drive.files)
    @rule(data=st.data(), what=st.sampled_from(["put back", "trash"]))
    def move_by_hand(self, data: st.DataObject, what: str) -> None:
        """A person puts a file back into the inbox, or throws one away."""
        one = self.drive.files[data.draw(st.sampled_from(sorted(self.drive.files)))]
        if what == "put back":
            one.update(parent="inbox", trashed=False)
        elif one["parent"] == "inbox":
            one["trashed"] = True

    @rule(minutes=st.sampled_from([-30, 1, 6, 70, 600]))
    def pass_time(self, minutes: int) -> None:
        """The clock goes on, or somebody sets it back."""
        self.now += timedelta(minutes=minutes)
        if timedelta(minutes=minutes) >= self.crm.settle_time:
            self.crm.finish_late_writes()
            self.crm.show_delayed_activities()

    @rule(delays=st.booleans())
    def change_crm(self, delays: bool) -> None:
        """The CRM shows activities at once, or late."""
        self.crm.delays_activities = delays

    @precondition(lambda self: self.drive.listed())
    @rule(
        drive=st.lists(st.sampled_from(["none", "none", "refused", "lost"]), max_size=8),
        document=st.lists(st.sampled_from([*FAULTS, "late"]), max_size=4),
        task=st.lists(st.sampled_from([*FAULTS, "late"]), max_size=4),
        killed_after=st.none() | st.integers(0, 60),
        replaced=st.none() | st.sampled_from(CONTENTS),
    )
    def run(
        self,
        drive: list[str],
        document: list[str],
        task: list[str],
        killed_after: int | None,
        replaced: str | None,
    ) -> None:
        """A run with faults; somebody may replace a file while it works, and it may be killed."""
        self.drive.faults[:] = drive
        self.crm.faults = {
            "document": [self.make_fault(one) for one in document],
            "task": [self.make_fault(one) for one in task],
        }
        self.fate.steps = killed_after
        with suppress(Killed, MailroomError):
            self.process_inbox(replaced)
        self.fate.steps = None
        self.drive.faults.clear()
        self.crm.faults.clear()

    def make_fault(self, name: str) -> Fault:
        """A fault of a write; "late": its caller gives up, and it is carried out later."""
        if name == "late":
            return self.crm.finish_later(Unclear("answer_lost"))
        return FAULTS[name]

    def process_inbox(self, replaced: str | None = None) -> None:
        """What a run does, without Prefect: list, pick up, file."""
        self.runs += 1
        run = f"run-{self.runs}"
        host = make_holder(run).split(":")[0]
        self.ledger.free_dead_claims()
        self.ledger.add_folders(run, ["inbox"])
        self.ledger.record_page(run, "inbox", self.drive.listed(), None)
        self.ledger.pick_up(run, None)

        def replace() -> None:
            if replaced and (left := self.drive.listed()):
                self.drive.files[left[-1].id]["content"] = replaced

        pipeline = FilePipeline(
            ledger=self.ledger,
            drive=cast("DriveClient", self.drive),
            crm=cast("Crm", self.crm),
            delivery=Delivery(self.ledger, self.crm, self.settings, dry_run=False, clock=lambda: self.now),
            readers=cast("ReaderPool", Reader(replace)),
            scratch=self.scratch,
            folders=FOLDERS,
            progress=Progress(),
            filed_types=frozenset(["CP2000"]),
            holder=f"{host}:{DEAD_PROCESS}:1:{run}",
            dry_run=False,
            check_stop=lambda: None,
            listed=self.now,
            clock=lambda: self.now,
        )
        for file_id in self.ledger.list_pending(run, None, 100):
            pipeline.process(file_id)

    @invariant()
    def nothing_is_filed_twice(self) -> None:
        """Neither a document nor a task, and each in the case of its client."""
        if not hasattr(self, "crm"):
            return
        documents = Counter((one.case_id, one.content.decode()) for one in self.crm.documents)
        assert set(documents.values()) <= {1}, documents
        assert all(CASE_OF[content] == case_id for case_id, content in documents)
        tasks = Counter(one.case_id for one in self.crm.tasks)
        assert set(tasks.values()) <= {1}, tasks

    @invariant()
    def what_is_matched_is_filed(self) -> None:
        """A file that is done as matched has its document and its task in the case of its client.

        A run that is killed after the move of a file whose content was replaced leaves it there, until the
        next run looks at it.
        """
        if not hasattr(self, "crm"):
            return
        rows = self.ledger.find_files(list(self.drive.files))
        done = {file_id for file_id, row in rows.items() if row.state == FileState.DONE}
        filed = {one.case_id for one in self.crm.documents} & {one.case_id for one in self.crm.tasks}
        for file_id, one in self.drive.files.items():
            if one["parent"] == "m" and file_id in done:
                assert CASE_OF.get(one["content"]) in filed, one

    def teardown(self) -> None:
        """The next runs work without anyone's help: in the end nothing is in the inbox."""
        if not hasattr(self, "closing"):
            return
        with self.closing:
            for _ in range(4):
                self.pass_time(minutes=720)
                self.process_inbox()
            assert self.drive.listed() == []
            self.what_is_filed_has_its_task_or_a_person_knows()
            self.nothing_is_filed_twice()
            self.what_is_matched_is_filed()

    def what_is_filed_has_its_task_or_a_person_knows(self) -> None:
        """No document lacks its task, unless its file is in REVIEW, or left the inbox."""
        with_task = {one.case_id for one in self.crm.tasks}
        without = [one for one in self.crm.documents if one.case_id not in with_task]
        in_review = sum(one["parent"] == "r" for one in self.drive.files.values())
        abandoned = self.ledger.count_abandoned_deliveries(f"run-{self.runs}")
        assert len(without) <= in_review + abandoned, without


TestPromise = Mailroom.TestCase
TestPromise.settings = hypothesis_settings(max_examples=25, stateful_step_count=14, deadline=None)
