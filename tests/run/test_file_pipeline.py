"""One file's way over a desk: what each step's outcome or fault makes of the file, and of the run."""

import logging
from collections.abc import Callable
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailroom.config.settings import load_settings
from mailroom.crm.base import Case, MatchAnswer
from mailroom.delivery import Delivered, Delivery
from mailroom.drive import ListedFile
from mailroom.errors import ConfigError, FileFault, Postponed, RunStop, Transient
from mailroom.ledger import Ledger, Step, make_holder, open_ledger
from mailroom.notices import NoticeFields, Reading
from mailroom.notices.causes import make_doubts
from mailroom.notices.reader import read_file
from mailroom.run.file_decision import MOST_FAULT_HOURS, NEVER_SERVED, find_reason_not_to_file
from mailroom.run.file_pipeline import FilePipeline
from tests.corpora.handmade.other_documents import cp2000_with
from tests.crm.in_memory import InMemoryCrm
from tests.notices.test_reader import block_with
from tests.run.pipeline_bench import CASE, FIELDS, NOW, Bench, Cases


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


def test_a_write_in_doubt_is_not_tried_before_its_time(bench: Bench) -> None:
    """Neither downloaded nor matched again, and no fault of the batch."""
    bench.fail_at("deliver", Postponed("document_in_doubt", until=NOW + timedelta(minutes=5)))
    assert bench.process() == "postponed"
    assert bench.told() == ("pending", "document_in_doubt")
    assert bench.ledger.list_postponed("run-1") == [NOW + timedelta(minutes=5)]
    assert bench.progress.snapshot().files_done == 0


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


def test_a_case_of_the_index_that_left_the_crm_goes_to_a_person(bench: Bench) -> None:
    """Nothing is delivered; one that is still there is filed in, and its evidence is counted."""
    bench.cases.answer = MatchAnswer(found=True, cases=(replace(CASE, indexed=True),))
    assert bench.process() == "review"
    assert bench.told() == ("review", "case_not_in_crm")
    assert not bench.sender.files
    bench.drive.parents.clear()
    bench.list_file()
    bench.cases.known = CASE
    assert bench.process() == "matched"
    assert bench.progress.snapshot().evidence == {"ssn": 1, "surname": 1, "first_name": 1}


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


SECRET = "JOHN SMITH 734-00-1234"
FAULTY = ["download", "read", "match", "deliver", "move"]


@pytest.mark.parametrize("step", FAULTY)
def test_a_temporary_fault_puts_the_file_back(bench: Bench, step: str) -> None:
    """Pending with its reason; the next try ends well, and after a broken move only moves."""
    bench.fail_at(step, Transient("made_up_fault"))
    assert bench.process() == "pending"
    assert bench.told() == ("pending", "made_up_fault")
    assert bench.progress.snapshot().files_done == 0
    bench.fail_at(step, None)
    assert bench.process() == "matched"
    assert len(bench.sender.files) == (2 if step == "deliver" else 1)
    assert bench.drive.downloads == (1 if step == "move" else 2)


@pytest.mark.parametrize("step", FAULTY)
@pytest.mark.parametrize(
    "stop", [RunStop("daily_limit"), ConfigError("gone", what="It is gone.", fix="Share it.")], ids=repr
)
def test_what_stops_the_run_puts_the_file_back_first(bench: Bench, step: str, stop: Exception) -> None:
    """It is raised as it is, and the next run continues with the file."""
    bench.fail_at(step, stop)
    with pytest.raises(type(stop)) as raised:
        bench.process()
    assert raised.value is stop
    assert bench.told()[0] == "pending"
    bench.fail_at(step, None)
    assert bench.process() == "matched"


@pytest.mark.parametrize("step", ["download", "deliver", "move"])
def test_a_permanent_fault_costs_the_file_only(bench: Bench, step: str) -> None:
    """Failed with its code, left where it is; the next scan takes it up again."""
    bench.fail_at(step, FileFault("made_up_fault"))
    assert bench.process() == "failed"
    assert bench.told() == ("failed", "made_up_fault")
    assert not bench.drive.parents
    bench.fail_at(step, None)
    bench.list_file()
    assert bench.process() == "matched"


@pytest.mark.parametrize("step", FAULTY)
def test_a_fault_of_ours_costs_the_file_only_and_tells_nothing(
    bench: Bench, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says what kind and where; what the exception says is for the debug log only."""
    bench.fail_at(step, ValueError(SECRET))
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
        # Not stored, though it seems so.
        patch.setattr(Ledger, "record_decision", lambda *given, **_rest: given[-1])
        assert bench.process() == "failed"
    assert bench.told() == ("failed", "illegal_state_change")
    bench.list_file()
    bench.drive.parents.clear()
    assert bench.process() == "matched"


def test_a_batch_after_the_stop_is_not_even_looked_for(bench: Bench) -> None:
    """It costs no call, and claims no file."""
    bench.stop = RunStop("logiqs_down")
    bench.now += timedelta(minutes=2)
    with pytest.raises(RunStop):
        bench.make_pipeline().find_missing(["file"])
    assert bench.drive.asked == []


def test_a_stopped_run_begins_nothing(bench: Bench) -> None:
    """A person asked it to stop: the file is pending, untouched."""
    bench.stop = RunStop("stopped")
    with pytest.raises(RunStop):
        bench.make_pipeline().process("file")
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


def test_what_was_begun_with_other_bytes_of_a_filed_file_is_told(bench: Bench) -> None:
    """The file took over the delivery of a duplicate, so that its own, with its earlier bytes, is left."""
    holder = make_holder("run")
    marker = bench.ledger.make_marker("earlier", 41)
    bench.ledger.begin_delivery(marker, "file", holder, 41, "earlier", 600)
    assert bench.ledger.intend(marker, "document", "file", holder, 600)
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
    begin = bench.ledger.read_clock()
    bench.fail_at("download", Transient("drive_unreachable"))
    for hour in range(MOST_FAULT_HOURS):
        bench.ledger._clock = lambda hour=hour: begin + timedelta(hours=hour)
        assert bench.process() == "pending"
    bench.fail_at("download", None)
    bench.fail_at("download" if code == "download_corrupt" else "deliver", Transient(code))
    for hour in range(3, 3 + MOST_FAULT_HOURS - 1):
        bench.ledger._clock = lambda hour=hour: begin + timedelta(hours=hour)
        assert [bench.process() for _ in range(5)] == ["pending"] * 5
    bench.ledger._clock = lambda: begin + timedelta(hours=5)
    assert bench.process() == "review"
    assert bench.told() == ("review", reason)
    assert bench.drive.parents == {"file": "out-r"}


def test_an_unreachable_ledger_is_a_temporary_fault(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the claim, or when the file is to be put back."""

    def gone(*_: Any, **__: Any) -> None:
        raise Transient("ledger_unreachable")

    bench.fail_at("download", Transient("drive_unreachable"))
    for call in ("claim", "record_seconds"):
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, call, gone)
            with pytest.raises(Transient, match="ledger_unreachable"):
                bench.process()


def test_a_settled_file_is_only_moved(bench: Bench) -> None:
    """A run before decided and was stopped before the move."""
    bench.fail_at("move", RunStop("stopped"))
    with pytest.raises(RunStop):
        bench.process()
    bench.fail_at("move", None)
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
        pipeline._deliver(delivery, row, path, "0" * 64, reading, Case(41))
    assert "_2022_DTD UNKNOWN_" in crm.documents[0].filename
    assert "tax year 2022: due date not certain" in crm.tasks[0].subject
    assert "Not read for certain: notice date, due date" in crm.tasks[0].comments
