"""The promise, whatever happens in whatever order: each file ends once, each document is filed once.

Hypothesis chooses what people do in Drive, which calls fail and how, where a run is killed, and how the clock
jumps. After each step the CRM and Drive are looked at, never the ledger. A `World` is a Drive and a CRM:
in memory (`tests.run.promise_in_memory`), or the sandbox's servers (`tests.run.promise_over_http`).
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from asyncio import CancelledError
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mailroom.config.settings import Settings, load_settings
from mailroom.crm.base import Case, CaseId, Crm
from mailroom.delivery import Delivery
from mailroom.drive import DriveClient
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import MailroomError
from mailroom.ledger import FileState, Ledger, make_holder, open_ledger
from mailroom.notices import NoticeFields, ReaderPool, Reading
from mailroom.privacy.scratch import Scratch
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.progress import Progress

BEGIN = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
# Two clients with a case, one without, and a file that nobody can read.
CASES = {41: Case(41, "Ann", "Miller", ssn="734-00-1111"), 42: Case(42, "Bob", "Jones", ssn="735-00-2222")}
LAST4 = {"miller": "1111", "jones": "2222", "nobody": "3333"}
CONTENTS = [*LAST4, "broken"]
CASE_OF = {"miller": 41, "jones": 42}
DEAD_PROCESS = "4194305"
# How a call to Drive, a look into a case and a write to the CRM end. "refused": certainly not carried out;
# "lost": carried out, its answer lost; "not done": neither, and the caller cannot know; "no": the CRM said
# no; "late": the caller gives up, and it is carried out later.
DRIVE_FAULTS = ["none", "none", "refused", "lost"]
READ_FAULTS = ["none", "refused"]
WRITE_FAULTS = ["none", "refused", "lost", "not done", "no", "late"]


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


@dataclass(frozen=True)
class SeenFile:
    """A file as a person sees it; ``place``: "inbox", or the outcome whose folder it is in."""

    content: str
    place: str
    is_trashed: bool

    @property
    def is_listed(self) -> bool:
        """Whether the inbox shows it."""
        return self.place == "inbox" and not self.is_trashed


class World(Protocol):
    """A Drive with an inbox, and a CRM with `CASES`; every call to them is one `Fate.step` or more."""

    folders: Folders

    def __init__(self, closing: ExitStack, place: Path, fate: Fate, now: Callable[[], datetime], /) -> None:
        """Open it; ``closing`` closes it, ``place`` is a directory for it, and ``now`` is its clock."""

    def make_drive(self) -> DriveClient:
        """The client of the next run."""

    def make_crm(self) -> Crm:
        """The client of the next run."""

    def see_files(self) -> dict[str, SeenFile]:
        """All files by their ids, in the order in which they came."""

    def see_documents(self) -> list[tuple[CaseId, str]]:
        """The case and the content of each document in the CRM."""

    def see_tasks(self) -> list[CaseId]:
        """The case of each task in the CRM."""

    def add(self, content: str) -> None:
        """A person puts a file into the inbox."""

    def replace(self, file_id: str, content: str) -> None:
        """A person uploads another content under the same file id."""

    def move_by_hand(self, file_id: str, *, to_trash: bool) -> None:
        """A person throws a file away, or puts it back into the inbox."""

    def plan_faults(self, faults: Mapping[str, Sequence[str]]) -> None:
        """How the next calls end, by ``drive``, ``activities``, ``document``, ``task``; then all end well."""

    def delay_activities(self, *, delays: bool) -> None:
        """Whether the CRM shows activities only when it has settled."""

    def settle(self) -> None:
        """The CRM ends late writes, and shows all activities."""


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


# What comes into the inbox before a run, and how the calls of that run end.
MAIL = st.lists(st.sampled_from(CONTENTS), max_size=3)
FAULTS = st.fixed_dictionaries(
    {
        "drive": st.lists(st.sampled_from(DRIVE_FAULTS), max_size=8),
        "activities": st.lists(st.sampled_from(READ_FAULTS), max_size=3),
        "document": st.lists(st.sampled_from(WRITE_FAULTS), max_size=4),
        "task": st.lists(st.sampled_from(WRITE_FAULTS), max_size=4),
    }
)


class Mailroom(RuleBasedStateMachine):
    """A firm's Drive, CRM and ledger, and runs that fail; a subclass names the world.

    Hypothesis leaves out some of the rules in each history. So there are several that run, and each brings
    mail of its own: with one of each, most histories had nothing to do.
    """

    world_type: ClassVar[type[World]]

    @initialize(contents=MAIL)
    def open(self, contents: list[str]) -> None:
        """Some notices are in the inbox."""
        self.closing = ExitStack()
        place = Path(tempfile.mkdtemp(prefix="promise-"))
        self.closing.callback(shutil.rmtree, place)
        self.settings = self.make_settings(place)
        self.ledger = self.closing.enter_context(open_ledger(self.settings))
        self.scratch = self.closing.enter_context(Scratch(place))
        self.now, self.fate = BEGIN + timedelta(hours=1), Fate()
        self.runs = self.kills = 0
        self.ledger._clock = lambda: self.now
        make_mortal(self.ledger, self.fate)
        self.world = self.world_type(self.closing, place, self.fate, lambda: self.now)
        for content in contents:
            self.world.add(content)

    def make_settings(self, place: Path) -> Settings:
        """Those of a ledger in SQLite."""
        return load_settings(state_dir=place / "state")

    def list_inbox(self) -> list[str]:
        """The ids of the files that the inbox shows."""
        return [file_id for file_id, one in self.world.see_files().items() if one.is_listed]

    @precondition(lambda self: self.list_inbox())
    @rule(data=st.data(), content=st.sampled_from(CONTENTS))
    def replace(self, data: st.DataObject, content: str) -> None:
        """A person uploads another content under the same file id."""
        self._pick(data, self.list_inbox(), lambda file_id: self.world.replace(file_id, content))

    @precondition(lambda self: self.world.see_files())
    @rule(data=st.data(), what=st.sampled_from(["put back", "trash"]))
    def move_by_hand(self, data: st.DataObject, what: str) -> None:
        """A person puts a file back into the inbox, or throws one away."""
        files = self.world.see_files()

        def move(file_id: str) -> None:
            if what == "put back" or files[file_id].place == "inbox":
                self.world.move_by_hand(file_id, to_trash=what == "trash")

        self._pick(data, list(files), move)

    def _pick(self, data: st.DataObject, ids: list[str], act: Callable[[str], None]) -> None:
        # By its number: ids differ between two runs of an example.
        act(ids[data.draw(st.integers(0, len(ids) - 1))])

    @rule(minutes=st.sampled_from([-30, 1, 6, 70, 600]))
    def pass_time(self, minutes: int) -> None:
        """The clock goes on, or somebody sets it back."""
        self.now += timedelta(minutes=minutes)
        if timedelta(minutes=minutes) >= self.world.make_crm().settle_time:
            self.world.settle()

    @rule(delays=st.booleans())
    def change_crm(self, delays: bool) -> None:
        """The CRM shows activities at once, or late."""
        self.world.delay_activities(delays=delays)

    @rule(contents=MAIL, faults=FAULTS, replaced=st.none() | st.sampled_from(CONTENTS))
    def run(self, contents: list[str], faults: dict[str, list[str]], replaced: str | None) -> None:
        """A run with faults, perhaps with new mail; somebody may replace a file while it works."""
        self._run(contents, faults, replaced)

    @rule(contents=MAIL, faults=FAULTS, killed_after=st.integers(0, 60))
    def run_and_be_killed(self, contents: list[str], faults: dict[str, list[str]], killed_after: int) -> None:
        """Before so many calls and commits."""
        self.fate.steps = killed_after
        self._run(contents, faults)

    @rule(contents=MAIL, faults=FAULTS, minutes=st.sampled_from([1, 6, 70]))
    def run_later(self, contents: list[str], faults: dict[str, list[str]], minutes: int) -> None:
        """When some of what was in doubt may have shown itself."""
        self.pass_time(minutes=minutes)
        self._run(contents, faults)

    def _run(self, contents: list[str], faults: dict[str, list[str]], replaced: str | None = None) -> None:
        for content in contents:
            self.world.add(content)
        self.world.plan_faults(faults)
        try:
            self.process_inbox(replaced)
        except Killed:
            self.kills += 1
        except MailroomError:
            pass
        self.fate.steps = None
        self.world.plan_faults({})

    def process_inbox(self, replaced: str | None = None) -> None:
        """What a run does, without Prefect: list, pick up, file."""
        self.runs += 1
        run, inbox = f"run-{self.runs}", self.world.folders.inboxes[0]
        host = make_holder(run).split(":")[0]
        drive, crm = self.world.make_drive(), self.world.make_crm()
        self.ledger.free_dead_claims()
        self.ledger.add_folders(run, [inbox])
        self.ledger.record_page(run, inbox, drive.list_children(inbox).files, None)
        self.ledger.pick_up(run, None)

        def replace() -> None:
            if replaced and (left := self.list_inbox()):
                self.world.replace(left[-1], replaced)

        pipeline = FilePipeline(
            ledger=self.ledger,
            drive=drive,
            crm=crm,
            delivery=Delivery(self.ledger, crm, self.settings, dry_run=False, clock=lambda: self.now),
            readers=cast("ReaderPool", Reader(replace)),
            scratch=self.scratch,
            folders=self.world.folders,
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
        if not hasattr(self, "world"):
            return
        documents = Counter(self.world.see_documents())
        assert set(documents.values()) <= {1}, documents
        assert all(CASE_OF[content] == case_id for case_id, content in documents)
        tasks = Counter(self.world.see_tasks())
        assert set(tasks.values()) <= {1}, tasks

    @invariant()
    def what_is_matched_is_filed(self) -> None:
        """A file that is done as matched has its document and its task in the case of its client.

        A run that is killed after the move of a file whose content was replaced leaves it there, until the
        next run looks at it.
        """
        if not hasattr(self, "world"):
            return
        files = self.world.see_files()
        rows = self.ledger.find_files(list(files))
        done = {file_id for file_id, row in rows.items() if row.state == FileState.DONE}
        filed = {case_id for case_id, _ in self.world.see_documents()} & set(self.world.see_tasks())
        for file_id, one in files.items():
            if one.place == "matched" and file_id in done:
                assert CASE_OF.get(one.content) in filed, one

    def teardown(self) -> None:
        """The next runs work without anyone's help: in the end nothing is in the inbox."""
        if not hasattr(self, "closing"):
            return
        with self.closing:
            for _ in range(4):
                self.pass_time(minutes=720)
                self.process_inbox()
            assert self.list_inbox() == []
            self.what_is_filed_has_its_task_or_a_person_knows()
            self.nothing_is_filed_twice()
            self.what_is_matched_is_filed()

    def what_is_filed_has_its_task_or_a_person_knows(self) -> None:
        """No document lacks its task, unless its file is in REVIEW, or left the inbox."""
        with_task = set(self.world.see_tasks())
        without = [one for one in self.world.see_documents() if one[0] not in with_task]
        in_review = sum(one.place == "review" for one in self.world.see_files().values())
        abandoned = self.ledger.count_abandoned_deliveries(f"run-{self.runs}")
        assert len(without) <= in_review + abandoned, without
