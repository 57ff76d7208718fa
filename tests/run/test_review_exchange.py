"""The workbook that runs read and write in a folder, while people work in it."""

import errno
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mailroom.ledger import ClosedBy
from mailroom.run.context import RunContext
from mailroom.run.options import RunOptions
from mailroom.run.review_exchange import NAME, TakenList, put_list, take_decisions
from mailroom.run.review_workbook import read_author, read_workbook
from tests.run.office import Office
from tests.run.test_person_decisions import RIGHT, row
from tests.run.test_review_list import TODAY, waiting
from tests.run.test_review_workbook import edit, fill

__all__ = ["waiting"]
NOTE = "ZANZIBARNOTE"


@pytest.fixture
def lists(waiting: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Path]:
    """A folder in which a run has put the list; at the end no log has a cell of it."""
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "lists"
    folder.mkdir()
    take_and_put(waiting, folder)
    yield folder
    logged = [one.getMessage() for when in ("setup", "call") for one in caplog.get_records(when)]
    assert f"{folder / NAME} has the files that wait for a person." in logged
    for cell in (NOTE, "RIGHT", str(RIGHT.case_id)):
        assert cell not in "\n".join(logged)


def take_and_put(office: Office, folder: Path) -> TakenList | None:
    """A run takes the decisions, carries them out, and puts the new list."""
    taken = take_decisions(folder, office.pipeline)
    if taken is not None:
        for result in taken.results:
            office.pipeline.process(result.file_id)
        put_list(folder, office.ledger, taken, TODAY)
    return taken


def save(folder: Path, **cells: object) -> bytes:
    """A person types into the row of file one and saves; the bytes."""
    path = folder / NAME
    lines = {one.item: one.number for one in read_workbook(path.read_bytes())}

    def change(sheet: Any) -> None:
        fill(sheet, lines["one"], **cells)
        sheet.parent.properties.lastModifiedBy = "Kim"

    path.write_bytes(edit(path.read_bytes(), change))
    return path.read_bytes()


def decide(folder: Path) -> bytes:
    """A person decides about file one; the bytes of the workbook."""
    return save(folder, DECISION="FILE TO CASE", CASE_NUMBER=RIGHT.case_id, NOTES=NOTE)


def test_decisions_are_taken_and_the_list_is_replaced(
    waiting: Office, lists: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is filed leaves it; the history has the name that the program stored; the file is its owner's."""
    decide(lists)
    take_and_put(waiting, lists)
    assert row(waiting).reason == "filed_by_person"
    [past] = waiting.ledger.list_past_decisions("one")
    assert past.decided_by == "Kim (review.xlsx)"
    path = lists / NAME
    told = [one.getMessage() for one in caplog.records]
    assert [line for line in told if "1 " in line] == [
        f"{path}: decisions: 1 stored.",
        f"{path}: results: 1 filed.",
    ]
    assert [one.item for one in read_workbook(path.read_bytes())] == ["two"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in lists.iterdir()] == [NAME]


@pytest.mark.parametrize("mark", [f"~${NAME}", f".~lock.{NAME}#"])
def test_an_open_workbook_is_neither_read_nor_replaced(
    waiting: Office, lists: Path, mark: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The next run does it."""
    saved = decide(lists)
    (lists / mark).touch()
    assert take_and_put(waiting, lists) is None
    assert (lists / NAME).read_bytes() == saved
    assert "is open in a spreadsheet program" in caplog.text
    (lists / mark).unlink()
    assert take_and_put(waiting, lists) is not None
    assert row(waiting).reason == "filed_by_person"


@pytest.mark.parametrize("opens", [True, False])
def test_a_workbook_that_is_used_during_the_run_stays(
    waiting: Office, lists: Path, opens: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Opened or saved: nobody's work is lost, and nothing is carried out twice."""
    decide(lists)
    taken = take_decisions(lists, waiting.pipeline)
    assert taken is not None
    waiting.pipeline.process("one")
    if opens:
        (lists / f"~${NAME}").touch()
    else:
        save(lists, NOTES="more")
    kept = (lists / NAME).read_bytes()
    put_list(lists, waiting.ledger, taken, TODAY)
    assert (lists / NAME).read_bytes() == kept
    assert ("is open in" if opens else "was changed during the run") in caplog.text
    (lists / f"~${NAME}").unlink(missing_ok=True)
    take_and_put(waiting, lists)
    assert len(waiting.crm.documents) == 1


def test_a_damaged_workbook_stays(waiting: Office, lists: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A person may still save it."""
    half = decide(lists)[:3000]
    (lists / NAME).write_bytes(half)
    assert take_and_put(waiting, lists) is None
    assert (lists / NAME).read_bytes() == half
    assert "its decisions are left to the next run" in caplog.text
    assert read_author(half) == ""


def test_a_folder_that_is_not_there_does_not_stop_the_day(
    waiting: Office, lists: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so."""
    assert take_decisions(lists / "nowhere", waiting.pipeline) is None
    assert "MAILROOM_LISTS_DIR is not a folder" in caplog.text


def test_a_file_server_that_is_away_does_not_stop_the_day(
    waiting: Office, lists: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its decisions are left to the next run."""
    decide(lists)

    def is_away(_path: Path, **_options: Any) -> None:
        raise OSError(errno.EHOSTDOWN, "Host is down")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", is_away)
        assert take_decisions(lists, waiting.pipeline) is None
    assert "its decisions are left to the next run" in caplog.text


@pytest.mark.parametrize(
    ("options", "takes"),
    [(RunOptions(), True), (RunOptions(dry_run=True), False), (RunOptions(sandbox=True), False)],
    ids=["real", "dry", "sandbox"],
)
def test_only_real_runs_use_the_folder(
    waiting: Office, lists: Path, options: RunOptions, takes: bool
) -> None:
    """A rehearsal may not decide anything."""
    before = (lists / NAME).read_bytes()
    run = SimpleNamespace(
        settings=SimpleNamespace(lists_dir=lists),
        options=options,
        ledger=waiting.ledger,
        taken=None,
        file_pipeline=lambda: waiting.pipeline,
    )
    RunContext.take_decisions(cast("RunContext", run))
    assert (run.taken is not None) is takes
    waiting.ledger.close_items(["two"], ClosedBy.PERSON)
    RunContext.put_list(cast("RunContext", run), TODAY)
    assert ((lists / NAME).read_bytes() != before) is takes
