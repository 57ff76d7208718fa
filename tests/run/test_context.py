"""What a run works with."""

import sqlite3
import threading
from contextlib import ExitStack, closing, nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.crm import connection
from mailroom.crm.base import Case
from mailroom.drive import ListedFile
from mailroom.drive.listing import Page
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import ConfigError, RunStop
from mailroom.ledger import FileDecision, LeaseRequest, RunRole, make_holder, open_ledger
from mailroom.matching.case_index import import_cases
from mailroom.rate_limit import CallMeter, QuotaPortion, TokenBucket
from mailroom.run import context, lease
from mailroom.run.batch_plan import BatchPlan
from mailroom.run.context import NEW_LEDGER, RunContext
from mailroom.run.lease import requesting_lease
from mailroom.run.limits import RunLimits
from mailroom.run.options import RunOptions
from mailroom.run.progress import Progress
from tests.ledger.conftest import BASE, listed
from tests.run.no_readers import NoReaders
from tests.waiting import until


@pytest.mark.parametrize(
    ("key", "has_files", "dry_run", "gap"),
    [
        ("k" * 20, True, False, True),
        ("k" * 20, False, False, False),
        ("k" * 20, True, True, False),
        (None, True, False, False),
    ],
)
def test_a_new_ledger_whose_key_a_setting_holds_may_be_younger_than_what_was_filed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
    has_files: bool,
    dry_run: bool,
    gap: bool,
) -> None:
    """The outcome folders tell, until the ledger has a history of its own; a key file was made with it."""
    looks: list[str] = []

    def list_children(folder: str, **_: object) -> Page:
        looks.append(folder)
        return page

    page = Page([ListedFile("f", "matched", 1, None, BASE)] if has_files else [], [], None)
    drive = SimpleNamespace(list_children=list_children, set_property=lambda *_: None)
    told: list[str] = []
    folders = Folders(("inbox",), {"matched": "m", "review": "r"})
    monkeypatch.setattr(context, "find_folders", lambda *_, **__: folders)
    settings = load_settings(state_dir=tmp_path, ledger_key=key)
    with open_ledger(settings) as ledger:
        run = SimpleNamespace(
            run_id="run",
            settings=settings,
            options=RunOptions(dry_run=dry_run),
            ledger=ledger,
            progress=Progress(),
            drive_client=lambda: drive,
            crm_client=lambda: SimpleNamespace(check=lambda: None),
            drive_meter=CallMeter(),
            crm_connection=SimpleNamespace(check_tenant=lambda _ledger: None, meter=CallMeter()),
            tell=told.append,
            early=None,
            record=None,
            closing=ExitStack(),
            _make_record=lambda _folders: SimpleNamespace(telling=lambda *_: nullcontext()),
        )
        RunContext.preflight(cast("RunContext", run))
        assert ledger.has_gap() == gap
        assert told == ([NEW_LEDGER] if has_files and not dry_run else [])
        asked = len(looks)
        ledger.begin_delivery("MR-x", "f00000", "me", 41, "ab" * 32, 60)
        RunContext.preflight(cast("RunContext", run))
        assert len(looks) == asked
        # The listing follows: from now on the use of the quotas is measured.
        assert None not in (run.drive_meter.history, run.crm_connection.meter.history)


@pytest.mark.parametrize(("refused", "moved", "stops"), [(1, 0, False), (2, 1, False), (2, 0, True)])
def test_a_run_of_which_drive_moves_no_file_fails(
    tmp_path: Path, refused: int, moved: int, stops: bool
) -> None:
    """One refused file may be somebody else's; where all are, folder and account are named."""
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        listed(ledger, refused)
        ledger.pick_up("run", None)
        for number in range(refused):
            ledger.claim(f"f{number:05}", "me", 60)
            ledger.record_decision(f"f{number:05}", "me", FileDecision("matched", "matched", "matched"))
            ledger.release(f"f{number:05}", "me", "move_forbidden")
        progress = Progress()
        progress.count_stage("moved", moved)
        run = SimpleNamespace(
            run_id="run",
            ledger=ledger,
            progress=progress,
            drive_connection=SimpleNamespace(share_with="mailroom@made-up-project.example"),
            get_folders=lambda: Folders(("inbox",), {}),
        )
        with pytest.raises(ConfigError, match="mailroom@made-up") if stops else nullcontext() as failed:
            RunContext.check_moves(cast("RunContext", run))
        if stops:
            assert failed is not None
            assert failed.value.ids == {"folder": "inbox"}


@pytest.mark.parametrize("is_down", [True, False])
def test_a_run_does_not_wait_for_files_in_doubt_while_the_crm_is_down(tmp_path: Path, is_down: bool) -> None:
    """Whether it answers again is asked first; a CRM that works is not asked."""

    def check() -> None:
        raise RunStop("logiqs_down")

    waited: list[float] = []
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        listed(ledger, 1)
        ledger.pick_up("run", None)
        ledger.claim("f00000", "me", 60)
        ledger.postpone("f00000", "me", "document_in_doubt", ledger.read_clock() + timedelta(seconds=100))
        run = SimpleNamespace(
            crm_client=lambda: SimpleNamespace(check=check), crm_connection=SimpleNamespace(is_down=is_down)
        )
        plan = BatchPlan(
            run_id="run",
            ledger=ledger,
            progress=Progress(),
            limits=cast("RunLimits", SimpleNamespace(sleep=waited.append)),
            largest=100,
            slots=5,
            check_crm=lambda: RunContext._check_crm_again(cast("RunContext", run)),
        )
        with pytest.raises(RunStop) if is_down else nullcontext():
            plan.wait_for_postponed()
    assert bool(waited) is not is_down


@pytest.mark.parametrize(
    "options",
    [
        RunOptions(since=date(2026, 11, 24)),
        RunOptions(inboxes=["one"]),
        RunOptions(dry_run=True),
        RunOptions(),
    ],
    ids=["since", "one inbox", "dry run", "all"],
)
def test_deliveries_are_abandoned_only_if_the_whole_inbox_was_listed(options: RunOptions) -> None:
    """Otherwise their files may be where this run did not look."""
    ledger = SimpleNamespace(count_abandoned_deliveries=lambda _run_id: 2)
    run = SimpleNamespace(run_id="run", options=options, ledger=ledger)
    expected = 2 if options == RunOptions() else 0
    assert RunContext.count_abandoned(cast("RunContext", run)) == expected


def dump(path: Path) -> list[str]:
    """All that is in a SQLite file, as statements."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


@pytest.mark.usefixtures("without_readers")
def test_a_dry_run_registers_in_the_real_ledger_and_leaves_nothing_there(tmp_path: Path) -> None:
    """A real run beside it spends the rest of the quotas; what was known of files stays as it was."""
    settings = load_settings(state_dir=tmp_path, drive={"access_token": "made-up"})
    dry = RunOptions(dry_run=True)
    with open_ledger(settings) as ledger:
        listed(ledger, 2)
        before = dump(tmp_path / "ledger.sqlite3")
        with RunContext.open(
            "D", settings, dry, register=requesting_lease("D", dry, "dry run 2026-11-24")
        ) as run:
            assert run.portion.value == 1.0
            listed(run.ledger, 5)
            assert dump(tmp_path / "ledger.sqlite3") != before
            real = ledger.request_lease(LeaseRequest("A", make_holder("A")))
            assert real.role is RunRole.FILING
            assert real.other.startswith("dry run 2026-11-24, since ")
            ledger.end_run("A")
        assert dump(tmp_path / "ledger.sqlite3") == before


@pytest.mark.usefixtures("without_readers")
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_run_searches_the_case_index_of_the_real_ledger(tmp_path: Path, dry_run: bool) -> None:
    """A dry run too, whose own ledger is thrown away."""
    settings = load_settings(state_dir=tmp_path, drive={"access_token": "made-up"})
    with open_ledger(settings) as ledger:
        import_cases(ledger, [Case(41, "John", "Smith", ssn="1234")])
    with RunContext.open("D", settings, RunOptions(dry_run=dry_run)) as run:
        assert run.index is not None
        assert [case.case_id for case in run.index.match("SMITH", "1234", "JOHN").cases] == [41]


@pytest.mark.usefixtures("without_readers")
@pytest.mark.parametrize("there", ["nothing", "a key without its ledger", "an older ledger"])
def test_a_dry_run_makes_and_migrates_no_ledger(tmp_path: Path, there: str) -> None:
    """It works without one: nobody else is active then."""
    settings = load_settings(state_dir=tmp_path, drive={"access_token": "made-up"})
    path = tmp_path / "ledger.sqlite3"
    if there != "nothing":
        open_ledger(settings).close()
    if there == "an older ledger":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
            connection.commit()
    elif there != "nothing":
        path.unlink()
    before = dump(path) if path.exists() else []
    with RunContext.open("D", settings, RunOptions(dry_run=True)) as run:
        assert run.portion.value == 1.0
    assert path.exists() == (there == "an older ledger")
    assert (tmp_path / "ledger.key").exists() == (there != "nothing")
    assert (dump(path) if path.exists() else []) == before


@pytest.mark.usefixtures("without_readers")
def test_the_buckets_of_a_run_spend_its_portion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of both quotas."""
    given: list[object] = []

    class Bucket(TokenBucket):
        def __init__(self, *args: Any, portion: QuotaPortion | None = None, **more: Any) -> None:
            super().__init__(*args, portion=portion, **more)
            given.append(portion)

    monkeypatch.setattr(context, "TokenBucket", Bucket)
    monkeypatch.setattr(connection, "TokenBucket", Bucket)
    settings = load_settings(
        state_dir=tmp_path,
        drive={"access_token": "made-up"},
        logiqs={"base_url": "http://127.0.0.1:9/", "api_key": "made-up", "secret_token": "made-up"},
    )
    with RunContext.open("A", settings, RunOptions()) as run:
        run.drive_client()
        run.crm_client()
        assert given == [run.portion, run.portion]
        assert all(one is run.portion for one in given)


@pytest.mark.usefixtures("without_readers")
def test_the_time_limit_of_a_run_begins_after_its_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that waited for hours has all its time."""
    seen: list[str] = []
    monkeypatch.setattr(lease, "WAIT_SECONDS", 0.0)
    monkeypatch.setattr(RunLimits, "begin", lambda _limits: seen.append("begins"))
    settings = load_settings(state_dir=tmp_path, drive={"access_token": "made-up"})
    with open_ledger(settings) as ledger:
        ledger.request_lease(LeaseRequest("A", make_holder("A")))

        def end_the_other(line: str) -> None:
            seen.append("starts" if line == lease.WAIT_OVER else "waits")
            ledger.end_run("A")

        with RunContext.open("B", settings, RunOptions(), on_wait=end_the_other):
            assert seen == ["begins", "waits", "starts", "begins"]


@pytest.mark.usefixtures("without_readers")
def test_a_run_that_wakes_up_after_it_lost_its_lease_files_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was suspended on another machine for two minutes, and another run has taken its place."""
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.01)
    for module in (context, lease):
        monkeypatch.setattr(module, "make_holder", lambda run_id: f"elsewhere-0f0f0f0f:5:7:{run_id}")
    settings = load_settings(
        state_dir=tmp_path,
        drive={"access_token": "made-up"},
        logiqs={"base_url": "http://127.0.0.1:9/", "api_key": "made-up", "secret_token": "made-up"},
    )
    stop = threading.Event()
    with open_ledger(settings) as other, RunContext.open("A", settings, RunOptions(), stop=stop) as run:
        run.folders = Folders(("inbox",), {"matched": "m", "unmatched": "u", "review": "r"})
        listed(run.ledger, 1, "A")
        run.pick_up_files()
        other._clock = lambda: datetime.now(UTC) + timedelta(minutes=2)
        until(lambda: other.request_lease(LeaseRequest("B", make_holder("B"), "daily B")).role == "filing")
        until(stop.is_set, 60)
        pipeline = run.file_pipeline()
        with pytest.raises(RunStop, match=r"daily B, .* It continues the work of this run"):
            pipeline.process("f00000")
        with pytest.raises(RunStop):
            pipeline.check_stop()
        assert run.drive_meter.calls == 0
        with pytest.raises(RunStop, match="daily B"):
            run.folder_lister().list_folders(run.drive_client(), ["inbox"])
        assert [(one.outcome, one.reason) for one in run.ledger.list_results("A")] == [
            ("pending", "lease_lost")
        ]


@pytest.mark.usefixtures("without_readers")
def test_a_run_that_may_not_wait_does_not_open(tmp_path: Path) -> None:
    """Another run files documents on its ledger."""
    settings = load_settings(state_dir=tmp_path, drive={"access_token": "made-up"})
    with open_ledger(settings) as ledger:
        ledger.request_lease(LeaseRequest("A", make_holder("A"), "daily 2026-11-24"))
        stop = threading.Event()
        with pytest.raises(RunStop, match="active on this ledger: daily 2026-11-24, "):
            RunContext.open(
                "B", settings, RunOptions(no_wait=True), stop=stop, on_wait=lambda _line: stop.set()
            )
        ledger.end_run("A")
        register = requesting_lease("B", RunOptions(), "by-hand")
        with RunContext.open("B", settings, RunOptions(no_wait=True), register=register):
            assert ledger.request_lease(LeaseRequest("A", "", may_wait=False)).other.startswith("by-hand")


@pytest.mark.usefixtures("without_readers")
def test_a_stop_ends_the_reading_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dozens of files may wait for them; a cancelled run has half a minute."""
    stop, given_up = threading.Event(), threading.Event()
    monkeypatch.setattr(NoReaders, "give_up", lambda _readers: given_up.set())
    settings = load_settings(state_dir=tmp_path, drive={"access_token": "made-up"})
    with RunContext.open("A", settings, RunOptions(), stop=stop):
        stop.set()
        assert given_up.wait(60.0)


def test_a_stop_ends_the_waits_for_the_ledgers_server(tmp_path: Path) -> None:
    """A server that is away is waited for two minutes otherwise."""
    stop = threading.Event()
    settings = load_settings(state_dir=tmp_path, drive={"access_token": "made-up"})
    with RunContext.open("A", settings, RunOptions(), stop=stop) as run:
        stop.set()
        with pytest.raises(RunStop, match="asked to stop"):
            run.ledger.absence.sleep(60.0)
