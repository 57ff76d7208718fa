"""What several tests of a run share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.delivery.activity_check import ActivityCheck
from mailroom.drive import DriveClient
from mailroom.ledger import open_ledger
from mailroom.privacy.scratch import Scratch
from mailroom.run import context
from mailroom.run.reconcile import Reconciler
from mailroom.sandbox.generator.day import make_synthetic_day
from tests.crm.in_memory import InMemoryCrm
from tests.crm.test_daily_pipeline import FOLDERS, RUN, TODAY, as_case, make_pipeline
from tests.run.no_readers import NoReaders
from tests.run.office import Drive, Office
from tests.run.pipeline_bench import Bench


@pytest.fixture
def without_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose context is opened for a test starts no processes."""
    monkeypatch.setattr(context, "ReaderPool", NoReaders)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A pipeline in which no step fails."""
    with open_ledger(load_settings(state_dir=tmp_path / "state")) as ledger, Scratch(tmp_path) as scratch:
        made = Bench(ledger, scratch)
        made.list_file()
        yield made
        # Whatever happened, no document is left behind.
        assert not list(scratch.directory().iterdir())


@pytest.fixture(scope="module")
def mail() -> Any:
    """A synthetic day, made once."""
    return make_synthetic_day(6, seed=7, today=TODAY)


@pytest.fixture
def office(tmp_path: Path, mail: Any) -> Iterator[Office]:
    """An inbox with two notices of clients."""
    pdfs = [notice.pdf for notice in mail.notices if mail.expected[notice.path] == "matched"][:2]
    drive = Drive(dict(zip(("one", "two"), pdfs, strict=True)), dict.fromkeys(("one", "two"), "inbox"))
    crm = InMemoryCrm(cases={case.case_id: as_case(case) for case in mail.cases})
    settings = load_settings(state_dir=tmp_path / "state")
    with open_ledger(settings) as ledger, Scratch(tmp_path) as scratch:
        pipeline = make_pipeline(settings, ledger, drive, crm, scratch)
        check = ActivityCheck(ledger, crm)
        reconciler = Reconciler("next", ledger, cast("DriveClient", drive), check, FOLDERS, pipeline)
        made = Office(drive, crm, ledger, pipeline, reconciler)
        ledger._clock = lambda: made.now
        ledger.add_folders(RUN, ["inbox"])
        yield made
