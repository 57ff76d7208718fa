"""What a ledger keeps of a file is small, and what a run asks for is found by an index."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from mailroom.ledger import FileDecision, Ledger
from mailroom.ledger.notices import NoticeRecord
from tests.ledger.conftest import BASE, files
from tests.ledger.query_plans import explain

IN_BOTH_DATABASES = True
SECONDS = {"download": 0.123, "read": 1.234, "match": 0.111, "deliver": 0.456, "move": 0.222}


def file_all(ledger: Ledger, count: int) -> None:
    """Each of so many files is listed by its Drive id, delivered, decided and done."""
    run, me = "0a1b2c3d-0000-4000-8000-0123456789ab", "host:4711:0a1b2c3d-0000-4000-8000-0123456789ab"
    ids = [f"1OuYr1Eo7b3ZBwiBQEvk8QHyS6vDUL{n:03}" for n in range(count)]
    ledger.add_folders(run, ["inbox"])
    page = [
        type(file)(name, "1sRATjZsK-s1CEpTGit_B8HBq7mH7URjm", file.size, "9" * 32, file.created)
        for name, file in zip(ids, files(count), strict=True)
    ]
    ledger.record_page(run, "inbox", page, None)
    ledger.pick_up(run, None)
    for number, name in enumerate(ids):
        ledger.claim(name, me, 60)
        sha256 = f"{number:064x}"
        marker = ledger.make_marker(sha256, number)
        ledger.begin_delivery(marker, name, me, number, sha256, 60)
        for step in ("document", "task"):
            ledger.intend(marker, step, name, me, 60)
            ledger.confirm(marker, step, number)
        ledger.end_delivery(marker, "matched", name, me)
        notice = NoticeRecord("CP2000", BASE.date(), None, ledger.hash_notice(str(number)))
        ledger.record_decision(name, me, FileDecision("matched", "filed", "matched", sha256, notice=notice))
        ledger.finish(name, me, SECONDS)


@pytest.mark.sqlite_file
def test_a_thousand_files_take_one_and_a_half_megabytes(ledger: Ledger) -> None:
    """Tables and indexes together; the space that an empty ledger takes does not count."""

    def measure() -> int:
        with ledger._engine.connect() as connection:
            return int(
                connection.scalar(
                    text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
                )
            )

    before = measure()
    file_all(ledger, 100)
    assert measure() - before < 100 * 1500


def test_the_seconds_of_each_stage_come_back(ledger: Ledger) -> None:
    """Also of a file that had not all of them, of a stage that took no time, and from an older row."""
    file_all(ledger, 3)
    ledger.record_seconds("1OuYr1Eo7b3ZBwiBQEvk8QHyS6vDUL002", {"download": 0.0})
    run = "0a1b2c3d-0000-4000-8000-0123456789ab"
    with ledger._engine.begin() as connection:
        older = text("UPDATE files SET stage_seconds = '{\"read\": 2.5}' WHERE id LIKE '%001'")
        connection.execute(older)
    assert [one.stage_seconds for one in ledger.list_results(run)] == [
        SECONDS,
        {"read": 2.5},
        {"download": 0.0},
    ]


@pytest.mark.parametrize(
    ("ask", "indexes"),
    [
        (lambda ledger: ledger.list_pending("run", None, 10), {"ix_files_free"}),
        (lambda ledger: ledger.count_due("run"), {"ix_files_free", "ix_files_taken"}),
        (lambda ledger: ledger.count_left("run"), {"ix_files_free", "ix_files_taken"}),
        (lambda ledger: ledger.find_long_pending("run", BASE), {"ix_files_free", "ix_files_holder"}),
        (lambda ledger: ledger.pick_up("run", 10), {"ix_files_free", "ix_files_holder"}),
        (lambda ledger: list(ledger.list_results("run")), {"ix_files_taken"}),
    ],
)
def test_a_run_finds_its_files_by_an_index(
    ledger: Ledger, ask: Callable[[Ledger], object], indexes: set[str]
) -> None:
    """The database's own plan says so."""
    plans = explain(ledger, ask, "files")
    assert any(index in plan for plan in plans for index in indexes)
    assert not [plan for plan in plans if "SCAN files" in plan]
