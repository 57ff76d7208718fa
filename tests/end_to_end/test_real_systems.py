"""The real systems configured: faults, put-backs, kills and signals, each on a sandbox in their role."""

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from mailroom.run.side_thread import run_beside
from mailroom.sandbox.launcher import Sandbox
from tests.end_to_end.conftest import NOTICES, SECONDS, Commands, Ended, stop
from tests.prefect_server import forget_slots
from tests.service_accounts import add_service_account
from tests.waiting import until


def filed_once(sandbox: Sandbox) -> int:
    """How many documents were filed, each one and its task only once."""
    state = sandbox.state()
    documents = Counter((row["CaseID"], row["sha256"]) for row in state["documents"])
    tasks = Counter((row["CaseID"], row["Comments"]) for row in state["tasks"])
    assert set(documents.values()) <= {1}
    assert set(tasks.values()) <= {1}
    assert len(documents) == len(tasks)
    return len(documents)


def waiting(sandbox: Sandbox) -> list[str]:
    """The PDFs that are in the inbox or below it."""
    files = sandbox.state()["files"]
    inbox = {item["id"] for item in files if item["name"] == "CP2000_INBOX"}
    inbox |= {item["id"] for item in files if inbox.intersection(item["parents"])}
    return [item["name"] for item in files if inbox.intersection(item["parents"]) and "size" in item]


@pytest.mark.parametrize(
    ("system", "faults"),
    [
        ("drive", ["rate_limited", "too_many", "server_error", "not_json_error", "incomplete_search"]),
        ("drive", ["drop", "cut_body", "corrupt_body", "short_body_without_length", "drop_after_write"]),
        ("logiqs", ["too_many", "server_error_after"]),
        ("logiqs", ["drop_after_write", "invalid_json_after_write"]),
    ],
    ids=["drive refuses", "drive breaks off", "logiqs fails", "logiqs breaks off"],
)
def test_temporary_faults_lose_and_double_nothing(
    served: Commands, sandbox: Sandbox, system: str, faults: list[str]
) -> None:
    """Many calls fail: every file ends well or is told to be pending, and the next run does the rest.

    What the runs say that they sent is what the CRM holds.
    """
    for fault in faults:
        sandbox.fault(system, fault, probability=0.15, times=20)
    ended = served.call_daily("--limit", str(NOTICES - 3))
    assert ended.clean(), ended.screen
    assert ended.code == (3 if ended.report.get("pending") else 0), ended.screen
    assert ended.report["listed"] == NOTICES - 3
    assert ended.report["failed"] == 0
    sandbox.behave(system, clear=True)
    again = served.call_daily()
    assert again.code == 0, again.screen
    assert not waiting(sandbox)
    filed = filed_once(sandbox)
    for stage in ("uploaded", "tasks_created"):
        assert ended.report[stage] + again.report[stage] == filed


def test_what_a_person_puts_back_is_handled_again_and_filed_once(served: Commands, sandbox: Sandbox) -> None:
    """A file moved back into the inbox goes through again; its document is not filed twice."""
    first = served.call_daily()
    assert first.code == 0, first.screen
    state, filed = sandbox.state(), filed_once(sandbox)
    inbox = next(item["id"] for item in state["files"] if item["name"] == "CP2000_INBOX")
    matched = next(item["id"] for item in state["files"] if item["name"] == "CP2000_MATCHED")
    # Not the duplicate of another file: which of the two is the duplicate is chance.
    one = next(line["drive_file_id"] for line in first.report["files"] if line["outcome"] == "matched")
    move_back(sandbox, one, matched, inbox)
    ended = served.call_daily()
    assert (ended.code, ended.report["listed"], ended.report["uploaded"]) == (0, 1, 0)
    assert ended.report["files"][0]["outcome"] == "matched"
    assert filed_once(sandbox) == filed


def move_back(sandbox: Sandbox, file_id: str, source: str, target: str) -> None:
    """What a person does in Drive."""
    settings = sandbox.settings()["drive"]
    answer = httpx.patch(
        f"{settings['root_url']}drive/v3/files/{file_id}",
        params={"addParents": target, "removeParents": source},
        headers={"Authorization": f"Bearer {settings['access_token']}"},
    )
    assert answer.status_code == 200


def test_a_file_that_vanishes_costs_only_itself(served: Commands, sandbox: Sandbox) -> None:
    """A file that is gone between listing and download is failed with that reason; the rest continues."""
    sandbox.fault("drive", "vanish", match="download", times=1)
    ended = served.call_daily()
    assert ended.code == 0, ended.screen
    assert (ended.report["failed"], ended.report["outcomes"]["vanished"]) == (1, 1)
    assert ended.report["matched"] > NOTICES // 2


@pytest.mark.parametrize("call", ["download", "task", "move"])
def test_a_killed_run_loses_and_doubles_nothing(
    served: Commands, sandbox: Sandbox, prefect_api: str, call: str
) -> None:
    """SIGKILL in the middle of a batch: the next run starts at once and does the rest."""
    kill_a_run(served, sandbox, call)
    # The server still counts the slots of the killed run; how they are freed is tested with the next test.
    forget_slots(prefect_api)
    assert_the_rest_is_done(served.call_daily, sandbox)


def test_a_killed_run_leaves_no_slot_taken(real: Commands, sandbox: Sandbox) -> None:
    """The same where both runs start a temporary Prefect server: the second one frees what the first one
    held.
    """
    kill_a_run(real, sandbox, "document")
    assert_the_rest_is_done(real.daily, sandbox)


def kill_a_run(commands: Commands, sandbox: Sandbox, call: str) -> None:
    """Start a run, and kill it when the sandbox has seen three calls of a kind."""
    sandbox.behave("drive", latency=0.05)
    sandbox.behave("logiqs", latency=0.05)
    running = commands.start("flows/daily.py")
    system = "logiqs" if call in ("document", "task") else "drive"
    until(lambda: sum(kind == call for _, kind in sandbox.calls(system)) >= 3)
    code, _ = stop(running, signal.SIGKILL)
    assert code == -signal.SIGKILL


def assert_the_rest_is_done(run: Callable[..., Ended], sandbox: Sandbox) -> None:
    """The next run files what a killed run left, and nothing twice.

    A write whose answer was lost with the process is in doubt until the server cannot be at it any more: five
    timeouts, which are short here. The run waits for that at its end.
    """
    ended = run(MAILROOM_LOGIQS__TIMEOUT_SECONDS="2")
    assert ended.code == 0, ended.screen
    assert ended.clean(), ended.screen
    assert not waiting(sandbox)
    filed = filed_once(sandbox)
    unclear = sum(number for code, number in ended.report["outcomes"].items() if code.endswith("_unclear"))
    assert filed >= NOTICES - 3 - unclear


def test_of_two_runs_on_one_ledger_the_second_waits(
    real: Commands, sandbox: Sandbox, prefect_api: str
) -> None:
    """Each has a Prefect server of its own; the ledger alone tells them of each other."""
    sandbox.behave("logiqs", latency=0.3)
    first = real.start("flows/daily.py")
    until(lambda: any(kind == "document" for _, kind in sandbox.calls("logiqs")))
    first.send_signal(signal.SIGSTOP)
    refused = real.call_daily("--no-wait", PREFECT_API_URL=prefect_api)
    assert refused.code == 3, refused.screen
    assert refused.clean(), refused.screen
    assert "Cannot start: Another run is active on this ledger: daily 20" in refused.screen
    assert refused.report["listed"] == 0
    log = next(real.place.glob("state/**/mailroom.log"))

    def go_on_when_the_second_waits(_ended: object) -> None:
        until(lambda: "This run waits until it has ended." in log.read_text())
        first.send_signal(signal.SIGCONT)

    with run_beside(go_on_when_the_second_waits, "go on"):
        second = real.call_daily(PREFECT_API_URL=prefect_api)
    screen, _ = first.communicate(timeout=SECONDS)
    assert first.returncode == 0, screen
    assert second.code == 0, second.screen
    assert f"process {first.pid} on " in second.screen
    assert second.report["listed"] == 0
    assert not waiting(sandbox)
    filed_once(sandbox)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_well(
    real: Commands, sandbox: Sandbox, prefect_api: str, number: signal.Signals, code: int
) -> None:
    """What is begun is ended, the rest is left, one line says so; the next run does the rest.

    The one has a temporary Prefect server, which it ends too, the other one that is configured.
    """
    sandbox.behave("logiqs", latency=0.3)
    forget_slots(prefect_api)
    server = {"PREFECT_API_URL": prefect_api} if number == signal.SIGTERM else {}
    running = real.start("flows/daily.py", **server)
    until(lambda: any(kind == "document" for _, kind in sandbox.calls("logiqs")))
    got, screen = stop(running, number)
    assert got == code, screen
    assert "Traceback" not in screen
    assert "Stopped" in screen
    sandbox.behave("logiqs", latency=0)
    ended = real.call_daily(PREFECT_API_URL=prefect_api)
    assert ended.code == 0, ended.screen
    assert not waiting(sandbox)
    filed_once(sandbox)


@pytest.mark.parametrize(
    ("seconds", "number", "code"),
    [
        (0.0, signal.SIGINT, 130),
        (0.5, signal.SIGTERM, 143),
        (1.0, signal.SIGINT, 130),
        (1.5, signal.SIGTERM, 143),
    ],
)
def test_a_signal_before_anything_is_begun(
    real: Commands, sandbox: Sandbox, seconds: float, number: signal.Signals, code: int
) -> None:
    """From the time when the command catches signals, while Prefect is still being loaded: the same exit
    code, no traceback, and nothing is filed.
    """
    running = real.start("flows/daily.py")
    # Before that, Python itself is starting, and it decides what a signal does.
    until(lambda: catches(running.pid, number) and cpu_seconds(running.pid) >= seconds)
    got, screen = stop(running, number)
    assert got == code, screen
    assert "Traceback" not in screen
    assert not sandbox.state()["documents"]


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether the command has installed its handlers; Python alone catches SIGINT, and not SIGTERM."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt:"))
    return all(caught >> (one - 1) & 1 for one in (number, signal.SIGTERM))


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used: how far its start has come, on a busy machine too."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def test_a_run_ends_when_its_temporary_server_does(
    real: Commands, sandbox: Sandbox, prefect_api: str
) -> None:
    """It does not hang on a Prefect that is gone: what is under way is ended, the rest left, the report
    written.
    """
    sandbox.behave("logiqs", latency=0.3)
    report = real.place / "report.json"
    running = real.start("flows/daily.py", "--report-json", report)
    until(lambda: any(kind == "document" for _, kind in sandbox.calls("logiqs")))
    os.kill(child_of(running.pid, "mailroom.orchestration.ephemeral_server_process"), signal.SIGKILL)
    screen, _ = running.communicate(timeout=SECONDS)
    assert running.returncode == 3, screen
    assert "temporary server ended" in screen
    assert "Traceback" not in screen
    assert json.loads(report.read_text())["listed"] == NOTICES
    sandbox.behave("logiqs", latency=0)
    assert real.call_daily(PREFECT_API_URL=prefect_api).code == 0
    assert not waiting(sandbox)
    filed_once(sandbox)


def child_of(pid: int, module: str) -> int:
    """The process that runs this module for that one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next(int(one) for one in children if module in Path(f"/proc/{one}/cmdline").read_text())


def test_since_inbox_and_limit_choose_the_files(served: Commands, sandbox: Sandbox) -> None:
    """Another folder instead of the inbox, a day in the future, and a number of files are heeded.

    What is done of the other folder goes where it always goes, and is not read again by the next run.
    """
    state = sandbox.state()
    inbox = next(item["id"] for item in state["files"] if item["name"] == "CP2000_INBOX")
    subfolder = next(
        item for item in state["files"] if inbox in item["parents"] and "folder" in item["mimeType"]
    )
    inside = [item for item in state["files"] if subfolder["id"] in item["parents"]]
    assert served.call_daily("--since", "2099-01-01").report["listed"] == 0
    ended = served.call_daily("--inbox", subfolder["id"])
    assert (ended.code, ended.report["listed"]) == (0, len(inside)), ended.screen
    folders = [item for item in sandbox.state()["files"] if item["name"] == "CP2000_REVIEW"]
    assert [item["parents"] for item in folders] == [
        item["parents"] for item in state["files"] if item["id"] == inbox
    ]
    assert served.call_daily("--limit", "1").report["listed"] == 1
    assert served.call_daily().report["listed"] == NOTICES - len(inside) - 1


ODD = (
    "../../etc/passwd",
    "two\nlines\r\n.pdf",
    "📬 caf\u0301e \u202egpj.pdf",
    "x" * 296 + ".pdf",
    "'\"\\;%00",
)


def test_a_service_account_files_documents_of_any_name(
    served: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    """A key file signs the whole day; slashes, line breaks, emoji and 300 characters reach no document's
    name.
    """
    key = tmp_path / "key.json"
    key.write_text(json.dumps(add_service_account(sandbox, "mailroom@made-up-project.example")))
    drive = sandbox.settings()["drive"]
    items = [item for item in sandbox.state()["files"] if drive["inbox_id"] in item["parents"]]
    for name, item in zip(cycle(ODD), items, strict=False):
        rename(sandbox, item["id"], name)
    ended = served.call_daily(MAILROOM_DRIVE__ACCESS_TOKEN="", MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE=str(key))
    assert ended.code == 0, ended.screen
    assert ended.clean(), ended.screen
    assert not waiting(sandbox)
    names = [document["FileName"] for document in sandbox.state()["documents"]]
    assert len(names) == ended.report["uploaded"] > NOTICES // 2
    assert all(
        re.fullmatch(r"IRS_CORR_CP2000_\d{4}_DTD [\d.]{10}_[A-Z -]{1,100}\.pdf", name) for name in names
    )


def rename(sandbox: Sandbox, file_id: str, name: str) -> None:
    """What a person does in Drive."""
    drive = sandbox.settings()["drive"]
    httpx.patch(
        f"{drive['root_url']}drive/v3/files/{file_id}",
        json={"name": name},
        headers={"Authorization": f"Bearer {drive['access_token']}"},
    ).raise_for_status()


def test_shared_drives_and_the_state_lie_for_their_owner_only(served: Commands, tmp_path: Path) -> None:
    """Ledger, key and log are not for others to read."""
    assert served.call_daily("--limit", "1").code == 0
    state = tmp_path / "state" / "mailroom"
    for path in (state / "ledger.sqlite3", state / "ledger.key", state / "log" / "mailroom.log"):
        assert path.stat().st_mode & 0o077 == 0, path
