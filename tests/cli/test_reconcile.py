"""`mailroom reconcile` as a person calls it, on the sandbox's servers in this process; nothing is read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mailroom.cli.main import main
from mailroom.config.settings import load_settings
from mailroom.drive import ListedFile
from mailroom.ledger import FileDecision, LeaseRequest, Ledger, make_holder, open_ledger
from mailroom.orchestration import stored_settings
from mailroom.run.differences import Code
from mailroom.run.lease import WAIT_OVER
from mailroom.run.limits import RunLimits
from mailroom.sandbox.seeding import ensure_inbox
from mailroom.sandbox.store import Store
from tests.ledger.conftest import BASE

Call = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls the command; its exit code and what it printed after the target's line."""

    def reconcile(*words: str) -> tuple[int, list[str]]:
        code = main(["reconcile", *words])
        shown = capsys.readouterr()
        assert shown.err == ""
        target, *lines = shown.out.splitlines()
        assert target.startswith("Real systems: Drive inbox CP2000_INBOX (")
        return code, lines

    return reconcile


def plant_unmoved(store: Store) -> str:
    """A file whose run was killed before the move; its id."""
    inbox = ensure_inbox(store)
    file_id = store.add_file("a.pdf", inbox, b"%PDF made up")
    md5 = store.find_file(file_id)["md5Checksum"]
    with open_ledger(load_settings()) as ledger:
        ledger.add_folders("run", [inbox])
        ledger.record_page("run", inbox, [ListedFile(file_id, inbox, 12, md5, BASE)], None)
        holder = make_holder("run")
        assert ledger.claim(file_id, holder, 600)
        ledger.record_decision(file_id, holder, FileDecision("unmatched", "no_case", "unmatched"))
        ledger.release(file_id, holder, "drive_unavailable")
    return file_id


def test_it_lists_repairs_and_is_silent_then(store: Store, call: Call) -> None:
    """Without --repair nothing is changed, not even a folder made, and the exit code is 3."""
    file_id = plant_unmoved(store)
    before = list(store.list_files())
    for _ in range(2):
        code, (kind, repair, line, total) = call()
        assert code == 3
        assert kind.startswith("1 × unmoved_file: the outcome is decided")
        assert repair.startswith("  Repair: move it to the folder of its outcome")
        assert line == f"    {file_id}  inbox"
        assert total.startswith("1 difference: 1 unmoved_file. Nothing was changed")
    assert list(store.list_files()) == before
    code, (_, _, line, total) = call("--repair")
    assert (code, line) == (0, f"    {file_id}  inbox  done")
    assert total == "1 difference: 1 unmoved_file. All are repaired."
    (folder,) = [one["id"] for one in store.list_files() if one["name"] == "CP2000_UNMATCHED"]
    assert store.find_file(file_id)["parents"] == [folder]
    for words in ((), ("--repair",)):
        assert call(*words) == (0, ["Drive, the ledger and Logiqs agree."])


def test_a_document_whose_file_is_gone_is_named_by_its_marker(store: Store, call: Call) -> None:
    """Logiqs shows it without a task; the case's number is not printed."""
    marker = plant_document(store)
    code, (kind, repair, line, total) = call()
    assert code == 3
    assert kind.startswith("1 × document_without_task: ")
    assert line == f"    gone  elsewhere  {marker}"
    assert "41" not in f"{kind}{repair}{total}"
    assert call("--repair")[0] == 0
    assert call() == (0, ["Drive, the ledger and Logiqs agree."])


def plant_document(store: Store) -> str:
    """A delivery whose document is in its case, and whose file is not in Drive any more; its marker."""
    with open_ledger(load_settings()) as ledger:
        begin(ledger, "gone", "ab" * 32)
        marker = ledger.make_marker("ab" * 32, 41)
    store.add("activities", 41, {"Subject": "Document uploaded", "Comment": f"{marker}-D"})
    return marker


def begin(ledger: Ledger, file_id: str, sha256: str) -> None:
    """A delivery whose document was about to be sent an hour ago."""
    marker, holder = ledger.make_marker(sha256, 41), make_holder("run")
    ledger._clock = lambda: BASE
    ledger.begin_delivery(marker, file_id, holder, 41, sha256, 600)
    assert ledger.intend(marker, "document", file_id, holder, 600)


def test_where_nothing_is_configured_it_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sandbox of a run ends with it, so there is nothing to compare."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(tmp_path / "state"))
    assert main(["reconcile"]) == 2
    assert "Drive and Logiqs are not configured" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_with_real_it_starts_no_server_where_nothing_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prefect's own database holds nothing of the mail room, so its server would know nothing either."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setattr(stored_settings, "EphemeralServer", lambda _log: pytest.fail("a server was started"))
    assert main(["reconcile", "--real"]) == 2
    assert "Drive and Logiqs are not configured" in capsys.readouterr().err


@pytest.mark.usefixtures("store")
def test_where_there_is_no_ledger_none_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped setting does not pass for an empty ledger."""
    assert main(["reconcile", "--repair"]) == 2
    assert "There is no ledger at" in capsys.readouterr().err
    assert not (tmp_path / "state" / "ledger.sqlite3").exists()


def test_a_run_that_is_active_is_waited_for(store: Store, call: Call) -> None:
    """As by every run; where one waits already, it ends with exit code 3."""
    plant_unmoved(store)
    with open_ledger(load_settings()) as ledger:
        for name in ("daily 2026-11-24", "by hand"):
            ledger.request_lease(LeaseRequest(name, make_holder(name), name))
        code, (line,) = call("--repair")
    assert code == 3
    assert line.startswith("Not finished: Another run is active on this ledger: daily 2026-11-24")


def test_a_wait_is_told_once(store: Store, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard output, and at its end too; nothing of the log is on the screen."""
    file_id = plant_unmoved(store)
    with open_ledger(load_settings()) as ledger:
        ledger.request_lease(LeaseRequest("daily", make_holder("daily"), "daily 2026-11-24"))
        monkeypatch.setattr(RunLimits, "sleep", lambda _limits, _seconds: ledger.end_run("daily"))
        code, (waits, over, *_, line, _) = call()
    assert code == 3
    assert waits.startswith("Another run is active on this ledger: daily 2026-11-24, ")
    assert over == WAIT_OVER
    assert line.split()[0] == file_id


def test_a_system_that_does_not_answer_leaves_exit_code_3(
    store: Store, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found before stays as it is."""
    plant_unmoved(store)
    monkeypatch.setenv("MAILROOM_LOGIQS__BASE_URL", "http://127.0.0.1:9/publicapi/V4/")
    monkeypatch.setenv("MAILROOM_RETRIES", "0")
    code, (line,) = call()
    assert code == 3
    assert line.startswith("Not finished: ")
    assert str(Code.UNMOVED_FILE) not in line
