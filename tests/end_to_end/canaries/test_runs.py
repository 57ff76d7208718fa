"""The canary test: clients' data goes through real runs, and nothing of it is anywhere but in its place.

Each run is on a machine of its own, whose every trace is searched: screens, logs, all of Prefect's database,
home, scratch, the working tree. That the search finds what is planted is shown in `test_search.py`.
"""

import json
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from prefect.blocks.system import Secret

from mailroom.config.settings import Settings
from mailroom.crm.logiqs.parsing import parse_case
from mailroom.drive import ListedFile
from mailroom.ledger import DueKind, FileDecision, NoticeRecord, open_ledger
from mailroom.matching.case_index import import_cases
from mailroom.notices import NoticeFields
from mailroom.run.review_exchange import NAME
from mailroom.run.review_list import make_list
from mailroom.run.review_workbook import RESULTS
from mailroom.sandbox.faults import FAULT_NAMES
from mailroom.sandbox.launcher import Sandbox
from tests.end_to_end.canaries.clients import Clients
from tests.end_to_end.canaries.leaks.sitecustomize import FILE_STEPS, RUN_STEPS
from tests.end_to_end.canaries.machine import Machine, Watch, leaking, real_systems
from tests.end_to_end.conftest import SECONDS
from tests.end_to_end.firm import Firm
from tests.in_process import environment
from tests.run.test_review_workbook import edit, fill
from tests.service_accounts import add_service_account
from tests.waiting import until

# Some calls of these kinds meet each of these faults.
FAULTS = {
    "drive": (
        ("list", "rate_limited too_many server_error unavailable not_json_error drop incomplete_search"),
        ("list", "reject_page_token"),
        ("download", "rate_limited server_error drop bare_forbidden forbidden vanish abusive"),
        ("download", "cut_body corrupt_body short_body_without_length ignore_range"),
        ("move", "too_many unavailable not_json_error drop forbidden drop_after_write"),
    ),
    "logiqs": (
        ("match", "too_many server_error html drop trickle success_false match_incomplete"),
        ("document", "too_many server_error html success_false server_error_after drop_after_write"),
        ("document", "hang_after_write"),
        ("task", "too_many server_error drop invalid_json_after_write drop_after_write"),
        ("", "no_activities no_comments case_id_as_header"),
    ),
}
# These end a run; those of tokens need a service account.
STOPPING = {
    "drive": "unauthorized daily_limit storage_full sharing_limit",
    "logiqs": "unauthorized missing_scope elsewhere no_route",
    "token": "invalid_grant short_lived_token unauthorized_client",
}
# When an earlier run saw a file.
NOTED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
# In the short form a run for each of these only; `bench/canaries.py` runs them all.
SHORT = {"scan", "missing_scope"}
# In the short form one notice is a scan in the runs of these only.
SCANNED = {"test_a_clean_day_on_ones_own_notices", "test_every_outcome_with_everything_logged"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A run for each step, and for each fault that ends it."""
    every = metafunc.config.getoption("--every-canary")
    if "step" in metafunc.fixturenames:
        metafunc.parametrize("step", [step for step in RUN_STEPS if every or step in SHORT])
    if "fault" in metafunc.fixturenames:
        faults = [(system, fault) for system, names in STOPPING.items() for fault in names.split()]
        metafunc.parametrize(("system", "fault"), [one for one in faults if every or one[1] in SHORT])


@pytest.fixture
def clients(request: pytest.FixtureRequest) -> Clients:
    """Others in each test."""
    scanned = request.node.name in SCANNED or request.config.getoption("--every-canary")
    return Clients.of(request.node.nodeid, scanned=scanned)


@pytest.fixture
def real(tmp_path: Path, clients: Clients, machine: Machine) -> Iterator[Sandbox]:
    """The systems that the machine's firm has, full of these clients' data; its ledger is new."""
    machine.screens.clear()
    with real_systems(tmp_path / "systems", clients) as sandbox:
        yield sandbox


@pytest.fixture
def watch(machine: Machine, clients: Clients) -> Watch:
    """What the machine writes from here on."""
    return Watch(machine, clients)


def outcomes(machine: Machine) -> dict[str, int]:
    """The outcomes that the last report counts."""
    told: dict[str, int] = json.loads((machine.place / "report.json").read_text())["outcomes"]
    return told


def test_a_clean_day_on_ones_own_notices(tmp_path: Path, clients: Clients, empty_prefect_home: Path) -> None:
    """Nothing configured, `--files` and `--cases`: every process is the project's own, Prefect's server
    too.
    """
    here, place = tmp_path / "notices", tmp_path / "machine"
    for folder, name, content in clients.mail():
        (here / folder).mkdir(parents=True, exist_ok=True)
        (here / folder / name).write_bytes(content)
    columns = ("CaseID", "FirstName", "LastName", "SpouseLastName", "SSN")
    rows = [",".join(str(case[column]) for column in columns) for case in clients.cases()]
    (tmp_path / "cases.csv").write_text("\n".join([",".join(columns), *rows]))
    machine = Machine(place)
    kept = place / "home" / ".local" / "state" / "mailroom"
    shutil.copytree(empty_prefect_home, kept / "prefect")
    watch = Watch(machine, clients, kept / "sandbox")
    code = machine.daily("--files", here, "--cases", tmp_path / "cases.csv")
    assert code == 0, machine.screens
    assert machine.quiet()
    assert watch.found() == []
    told = outcomes(machine)
    assert told["matched"] == 9
    assert {"same_document", "broken_pdf", "empty_file"} <= set(told)


def fill_index(settings: Settings, clients: Clients) -> None:
    """Put the clients' cases into the case index of a new ledger."""
    with open_ledger(settings) as ledger:
        cases = [case for row in clients.cases() if (case := parse_case(row)) is not None]
        assert import_cases(ledger, cases).cases == len(cases) > 0


def decide_in_workbook(settings: Settings, lists: Path, real: Sandbox, clients: Clients) -> None:
    """A person has decided in the workbook: a case, a name, an SSN and a note that nothing else has.

    An earlier run has left the file of a client without a case to people; its deadline is open.
    """
    unknown, named, typed = clients.everyone[6], clients.everyone[0], clients.everyone[7]
    [file] = [one for one in real.state()["files"] if one["name"].startswith(unknown.last)]
    listed = ListedFile(file["id"], file["parents"][0], int(file["size"]), file["md5Checksum"], NOTED)
    fields = NoticeFields(last_name=unknown.last.upper(), ssn_last4=unknown.ssn[-4:])
    notice = NoticeRecord("CP2000", date(2026, 12, 24), DueKind.PRINTED)
    with open_ledger(settings) as ledger:
        ledger.record_page("earlier", listed.parent_id, [listed], None)
        ledger.claim(listed.id, "me", 60)
        decided = FileDecision("review", "no_key", "review", notice=notice, fields=fields)
        ledger.record_decision(listed.id, "me", decided)
        ledger.finish(listed.id, "me")
        content = make_list(ledger, NOTED.date())
    cells = {
        "DECISION": "FILE TO CASE ANYWAY",
        "CASE_NUMBER": named.case_id,
        "RIGHT_SURNAME": typed.last,
        "RIGHT_FIRST_NAMES": typed.first,
        "RIGHT_SSN": typed.ssn,
        "NOTES": f"Called {typed.text()}"[:300],
    }
    lists.mkdir()
    (lists / NAME).write_bytes(edit(content, lambda sheet: fill(sheet, 2, **cells)))


def test_every_outcome_with_everything_logged(
    machine: Machine, real: Sandbox, watch: Watch, clients: Clients, tmp_path: Path
) -> None:
    """Every logger at DEBUG, prints made logs, objects and values logged on purpose, careless reading
    processes; every case in the case index, a decision in the workbook, and Logiqs' activity report.

    The careless code does its worst within Prefect's own log records, the log file and the terminal.
    """
    known = machine.load_settings("said")
    fill_index(known, clients)
    lists = tmp_path / "lists"
    decide_in_workbook(known, lists, real, clients)
    settings = {"PREFECT_LOGGING_LOG_PRINTS": "true", "PREFECT_LOGGING_LEVEL": "DEBUG"}
    settings |= {"MAILROOM_LISTS_DIR": str(lists), "MAILROOM_LOGIQS__REPORT_EMAIL": clients.everyone[1].email}
    code = machine.daily(leaks="say,debug,child", **real.environment(), **settings, **machine.state("said"))
    assert code == 0, machine.screens
    assert {"say", "debug"} <= set(machine.leaked())
    assert watch.found() == []
    told = outcomes(machine)
    # With the index also the one whose case has another surname: full SSN, first name and ZIP code agree.
    assert told["matched"] == 9, told
    assert told["filed_by_person"] == 1
    assert "report" in [kind for _, kind in real.calls("logiqs")]
    [result] = list(load_workbook(lists / NAME)[RESULTS].iter_rows(min_row=2, values_only=True))
    assert result[2:] == ("FILE TO CASE ANYWAY", "filed in the case that a person named")
    # The reading process that failed over this letter.
    assert told["reader_failed"] == 1
    log = (machine.place / "said" / "log" / "mailroom.log").read_text()
    for said in ("Filing Reading(", "Filing [redacted]", "[unprintable]", "DEBUG", "Filing for [redacted]"):
        assert said in log


def test_an_exception_at_each_step_of_a_file(
    machine: Machine, real: Sandbox, watch: Watch, clients: Clients
) -> None:
    """It costs the file; state, log and screen tell its kind and place."""
    machine.daily(leaks="raise", text=clients.gossip(), **real.environment(), **machine.state("raised"))
    assert sorted(machine.leaked()) == sorted(FILE_STEPS), machine.screens
    assert watch.found() == []
    assert outcomes(machine)["internal_error"] >= 5
    assert (
        "A bug in the mail room: ValueError at "
        in (machine.place / "raised" / "log" / "mailroom.log").read_text()
    )


def test_an_exception_at_each_step_of_a_run(
    machine: Machine, real: Sandbox, watch: Watch, clients: Clients, step: str
) -> None:
    """The run fails; its state tells the kind and place."""
    code = machine.daily(
        leaks=f"raise={step}", text=clients.gossip(), **real.environment(), **machine.state(f"at-{step}")
    )
    assert machine.leaked() == [step]
    assert code == 1, machine.screens
    assert "bug in the mail room" in machine.screens[-1]
    assert machine.quiet()
    assert watch.found() == []


def test_every_fault_of_the_sandbox_is_among_them() -> None:
    """But for one of a route that the mail room does not call."""
    passing = {fault for rows in FAULTS.values() for _, faults in rows for fault in faults.split()}
    stopping = {fault for faults in STOPPING.values() for fault in faults.split()}
    assert FAULT_NAMES - passing - stopping == {"no_cases_by_status"}


@pytest.mark.parametrize("system", list(FAULTS))
def test_faults_whose_answers_name_a_client(
    machine: Machine, real: Sandbox, watch: Watch, clients: Clients, system: str
) -> None:
    """Each temporary fault and each fault of a file strikes a call; codes say what went wrong."""
    real.behave(system, gossip=clients.gossip())
    for kind, faults in FAULTS[system]:
        for fault in faults.split():
            real.fault(system, fault, match=kind, times=1, value=4)
    settings = {"MAILROOM_DRIVE__PAGE_SIZE": "2", "MAILROOM_LOGIQS__TIMEOUT_SECONDS": "3"}
    # So many faults leave files pending, which the next run picks up.
    for _ in range(3):
        if real.unspent(system):
            machine.daily(**real.environment(), **machine.state(system), **settings)
    assert real.unspent(system) == [], machine.screens
    assert watch.found() == []


def test_faults_that_stop_a_run_and_name_a_client(
    machine: Machine, real: Sandbox, watch: Watch, clients: Clients, system: str, fault: str
) -> None:
    """The line on the screen is ours."""
    server = "logiqs" if system == "logiqs" else "drive"
    real.behave(server, gossip=clients.gossip())
    real.fault(server, fault)
    settings = real.environment()
    if system == "token":
        del settings["MAILROOM_DRIVE__ACCESS_TOKEN"]
        key = machine.place / "key.json"
        key.write_text(json.dumps(add_service_account(real, "mailroom@made-up-project.example")))
        settings["MAILROOM_DRIVE__SERVICE_ACCOUNT_FILE"] = str(key)
    assert machine.daily(**settings, **machine.state(f"stopped-{fault}")) in (2, 3)
    assert machine.quiet(), machine.screens
    assert watch.found() == []


def test_a_run_that_is_killed(tmp_path: Path, clients: Clients, empty_prefect_home: Path) -> None:
    """SIGKILL in the middle of a batch: only scratch holds a document still, and the next start sweeps it."""
    shutil.copytree(empty_prefect_home, tmp_path / "machine" / "home" / ".prefect")
    machine = Machine(tmp_path / "machine")
    watch = Watch(machine, clients)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with real_systems(tmp_path / "systems", clients) as sandbox:
        settings = {**sandbox.environment(), "MAILROOM_SCRATCH_DIR": str(scratch)}
        sandbox.behave("logiqs", latency=1.0)
        running = machine.start(**settings)
        until(lambda: any(kind == "document" for _, kind in sandbox.calls("logiqs")))
        running.send_signal(signal.SIGKILL)
        screen, _ = running.communicate(timeout=SECONDS)
        machine.screens.append(screen)
        (left,) = scratch.iterdir()
        assert left.stat().st_mode & 0o077 == 0
        assert watch.search.tree(scratch)
        assert watch.found() == []
        sandbox.behave("logiqs", latency=0)
        assert machine.daily(**settings, MAILROOM_LOGIQS__TIMEOUT_SECONDS="3") in (0, 3)
        assert not list(scratch.iterdir())
        assert watch.found() == []


@pytest.mark.usefixtures("worker")
def test_a_workers_run_from_a_deployment(
    machine: Machine, real: Sandbox, watch: Watch, clients: Clients
) -> None:
    """Systems in blocks, everything careless at once: what the server stores and the worker prints is
    searched.
    """
    assert machine.firm is not None
    machine.firm.lead_to(real)
    machine.done.write_text("")
    careless = {**leaking(machine.done, "say,child,raise", ""), "PREFECT_LOGGING_LOG_PRINTS": "true"}
    run = machine.firm.ended(machine.firm.run("by-hand", env={**careless, **machine.state("worker")}))
    assert run["state_type"] in ("COMPLETED", "FAILED")
    assert {"say", "read", "deliver", "move"} <= set(machine.leaked())
    assert watch.found() == []
    logs = machine.firm.ask("/logs/filter", logs={"flow_run_id": {"any_": [run["id"]]}})
    assert any("[redacted]" in line["message"] for line in logs)
    # Their columns are encrypted, so they are asked for.
    assert watch.search.text(blocks(machine.firm), "blocks") == []
    with environment(machine.firm.environment):
        Secret(value=clients.gossip()).save("of")
    assert watch.search.text(blocks(machine.firm), "blocks")


def blocks(firm: Firm) -> str:
    """What is in the server's blocks, secrets too."""
    return json.dumps(firm.ask("/block_documents/filter", include_secrets=True))
