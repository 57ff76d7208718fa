"""A file in the ledger: listed, picked up, claimed, settled, done; and what kills and put-backs do to it."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from mailroom.config.settings import Settings
from mailroom.ledger import FileDecision, FileRow, LeaseRequest, Ledger, make_holder, open_ledger, store
from mailroom.ledger.store import utc_now
from mailroom.time_spent import TimeSpent
from tests.ledger.conftest import BASE, Clock, files, listed
from tests.postgresql_server import KEY

IN_BOTH_DATABASES = True

MATCHED = FileDecision("matched", "matched", "matched", "ab" * 32, 5, 6)
ME, YOU = "me", "you"


def test_pages_and_folders_are_kept_until_the_scan_is_over(ledger: Ledger) -> None:
    """A folder continues at its page token, is listed once, and a rejected token starts it again."""
    ledger.add_folders("run", ["inbox"])
    ledger.add_folders("run", ["inbox"])
    assert ledger.list_open_folders("run") == ["inbox"]
    ledger.record_page("run", "inbox", files(3), "token")
    assert ledger.get_folder_progress("run", "inbox").page_token == "token"
    ledger.restart_folder("run", "inbox")
    assert ledger.get_folder_progress("run", "inbox").page_token is None
    assert ledger.add_folders("run", ["inbox", "sub", "sub"]) == ["sub"]
    ledger.finish_folder("run", "inbox")
    assert ledger.get_folder_progress("run", "inbox").done
    assert ledger.list_open_folders("run") == ["sub"]
    assert ledger.list_open_folders("another run") == []
    assert not ledger.get_folder_progress("another run", "inbox").done


def test_runs_that_list_the_same_files_at_once_lose_none(ledger: Ledger) -> None:
    """Ten runs list the same page, in any order of files: each file is there once."""
    names = [f"run-{number}" for number in range(10)]
    for run in names:
        ledger.add_folders(run, ["inbox"])

    def list_them(run: str) -> None:
        ledger.record_page(run, "inbox", random.Random(run).sample(files(50), 50), None)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(list_them, names))
    assert sum(ledger.pick_up(run, None) for run in names) == 50


def test_facts_are_remembered_by_many_at_once(ledger: Ledger) -> None:
    """The last one stands, and nobody fails for it."""
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda number: ledger.set_fact("a_fact", str(number)), range(50)))
    assert ledger.get_fact("a_fact") in {str(number) for number in range(50)}


def test_the_ledger_adds_up_the_time_in_its_transactions(ledger: Ledger) -> None:
    """Of reading and of writing ones, by its stopwatch's clock."""
    ticks = count()
    ledger.spent = TimeSpent(clock=lambda: next(ticks))
    ledger.set_fact("name", "value")
    assert ledger.spent.seconds == 1
    ledger.get_fact("name")
    assert ledger.spent.seconds == 2


def test_a_page_token_may_have_any_length(ledger: Ledger) -> None:
    """Drive promises no limit for it."""
    ledger.add_folders("run", ["inbox"])
    ledger.record_page("run", "inbox", [], "x" * 5_000)
    assert ledger.get_folder_progress("run", "inbox").page_token == "x" * 5_000


def test_the_oldest_files_are_picked_up_first(ledger: Ledger) -> None:
    """A limit takes the oldest; they come in pages behind each other."""
    listed(ledger, 30)
    assert ledger.pick_up("run", 25) == 25
    first = ledger.list_pending("run", None, 10)
    second = ledger.list_pending("run", first[-1], 10)
    third = ledger.list_pending("run", second[-1], 10)
    assert first + second + third == [file.id for file in files(25)]
    assert ledger.list_pending("run", third[-1], 10) == []
    assert ledger.count_outcomes("run") == {"pending": 25}


def test_a_run_picks_up_only_what_it_listed(ledger: Ledger) -> None:
    """What an earlier run left pending and a person took out of the inbox is not touched."""
    listed(ledger, 3, "before")
    ledger.add_folders("run", ["inbox"])
    ledger.record_page("run", "inbox", files(1), None)
    assert ledger.pick_up("run", None) == 1


def test_one_claim_wins(ledger: Ledger) -> None:
    """Twenty threads that want the same files get each file once."""
    listed(ledger, 40)
    names = [file.id for file in files(40)]

    def work(number: int) -> list[str]:
        return [name for name in names if ledger.claim(name, f"holder-{number}", 60)]

    with ThreadPoolExecutor(20) as pool:
        won = [name for part in pool.map(work, range(20)) for name in part]
    assert sorted(won) == names


CLAIMING = """
import sys
from mailroom.ledger import open_ledger
from mailroom.config.settings import load_settings
with open_ledger(load_settings()) as ledger:
    print(" ".join(f"f{n:05}" for n in range(60) if ledger.claim(f"f{n:05}", sys.argv[1], 60)))
"""


def test_one_claim_wins_between_processes(
    ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes get each file once, too."""
    listed(ledger, 60)
    monkeypatch.setenv("MAILROOM_STATE_DIR", str(settings.state_dir))
    if settings.ledger_url is not None:
        monkeypatch.setenv("MAILROOM_LEDGER_URL", settings.ledger_url)
        monkeypatch.setenv("MAILROOM_LEDGER_KEY", KEY)
    command = [sys.executable, "-c", CLAIMING]
    both = [subprocess.Popen([*command, who], stdout=subprocess.PIPE, text=True) for who in (ME, YOU)]
    won = [name for process in both for name in process.communicate(timeout=60)[0].split()]
    assert sorted(won) == [file.id for file in files(60)]


def test_a_file_that_a_wrong_clock_postponed_is_tried_by_the_next_run(ledger: Ledger) -> None:
    """The clock was half an hour ahead: the file does not wait so long; others wait for theirs."""
    listed(ledger, 2)
    ledger.pick_up("run", None)
    for name, minutes in (("f00000", 35), ("f00001", 5)):
        ledger.claim(name, ME, 60)
        ledger.postpone(name, ME, "document_in_doubt", BASE + timedelta(minutes=minutes))
    listed(ledger, 2, "next")
    assert ledger.pick_up("next", None) == 2
    assert ledger.list_pending("next", None, 9) == ["f00000"]


def test_a_postponed_file_is_not_listed_before_its_time(ledger: Ledger) -> None:
    """The run is told until when; the claim forgets it."""
    listed(ledger, 2)
    ledger.pick_up("run", None)
    until = ledger.read_clock() + timedelta(minutes=5)
    ledger.claim("f00000", ME, 60)
    ledger.postpone("f00000", ME, "document_in_doubt", until)
    assert ledger.list_pending("run", None, 9) == ["f00001"]
    assert (ledger.count_due("run"), ledger.list_postponed("run")) == (1, [until])
    ledger._clock = lambda: until
    assert ledger.list_pending("run", None, 9) == ["f00000", "f00001"]
    assert ledger.claim("f00000", ME, 60)
    ledger.release("f00000", ME, "drive_unreachable")
    assert ledger.list_postponed("run") == []


def test_faults_are_counted_by_hours(ledger: Ledger) -> None:
    """Restarts within an hour say nothing new; a file that was put back begins again."""
    listed(ledger, 1)
    begin = ledger.read_clock()
    counted = []
    for minutes in (0, 1, 59, 60, 61, 120):
        ledger._clock = lambda minutes=minutes: begin + timedelta(minutes=minutes)
        counted.append(ledger.count_fault("f00000"))
    assert counted == [1, 1, 1, 2, 2, 3]
    ledger.claim("f00000", ME, 60)
    ledger.fail("f00000", ME, "vanished")
    listed(ledger, 1, "next")
    assert ledger.count_fault("f00000") == 1


def test_a_file_goes_its_way(ledger: Ledger) -> None:
    """Claimed, settled, done; its result is told; nothing is left to claim."""
    listed(ledger, 1)
    ledger.pick_up("run", None)
    row = ledger.claim("f00000", ME, 60)
    assert row is not None
    assert (row.size, row.parent_id, row.outcome) == (10, "inbox", None)
    assert ledger.renew_claim("f00000", ME, 60)
    assert not ledger.renew_claim("f00000", YOU, 60)
    ledger.record_decision("f00000", ME, MATCHED)
    ledger.record_seconds("f00000", {"read": 0.5})
    assert ledger.count_outcomes("run") == {"pending": 1}
    ledger.finish("f00000", ME)
    (result,) = ledger.list_results("run")
    assert (result.outcome, result.reason, result.stage_seconds) == ("matched", "matched", {"read": 0.5})
    assert ledger.claim("f00000", YOU, 60) is None
    assert ledger.claim("unknown", YOU, 60) is None


@pytest.mark.sqlite_file
def test_a_case_is_in_the_file_only_encrypted(ledger: Ledger, tmp_path: Path) -> None:
    """The case's number is not to be found in the database's bytes."""
    listed(ledger, 1)
    ledger.claim("f00000", ME, 60)
    ledger.record_decision("f00000", ME, MATCHED)
    ledger.begin_delivery(ledger.make_marker("ab", 777_123), "f00000", ME, 777_123, "ab", 60)
    content = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert b"f00000" in content
    assert b"777123" not in content


def test_what_is_not_mine_i_cannot_change(ledger: Ledger) -> None:
    """A holder that lost its claim changes nothing any more."""
    listed(ledger, 1)
    ledger.claim("f00000", ME, 60)
    ledger.finish("f00000", YOU)
    ledger.fail("f00000", YOU, "x")
    ledger.release("f00000", YOU, "x")
    ledger.record_decision("f00000", YOU, MATCHED)
    assert ledger.renew_claim("f00000", ME, 60)
    ledger.release("unknown", ME, "x")


def test_a_decision_is_about_one_file_of_its_holder(ledger: Ledger) -> None:
    """Its neighbours in the batch are undecided, and what was begun for them is still to be finished."""
    listed(ledger, 2)
    markers = {one: ledger.make_marker(one, 41) for one in ("f00000", "f00001")}
    for file_id, marker in markers.items():
        ledger.claim(file_id, ME, 60)
        ledger.begin_delivery(marker, file_id, ME, 41, file_id, 60)
        ledger.intend(marker, "document", file_id, ME, 60)
    unclear = replace(MATCHED, outcome="review")
    assert ledger.record_decision("f00000", ME, MATCHED, if_unfinished=unclear) == unclear
    ended = {file_id: ledger.get_delivery(marker).destination for file_id, marker in markers.items()}
    assert ended == {"f00000": "review", "f00001": None}
    ledger.record_decision("f00001", ME, MATCHED)
    assert [row.outcome for row in ledger.list_unmoved_files()] == ["review", "matched"]


def test_a_released_file_is_tried_again(ledger: Ledger) -> None:
    """A transient fault puts it back, with its reason; a settled one keeps what was decided."""
    listed(ledger, 1)
    ledger.pick_up("run", None)
    ledger.claim("f00000", ME, 60)
    ledger.release("f00000", ME, "drive_unreachable")
    (result,) = ledger.list_results("run")
    assert (result.outcome, result.reason) == ("pending", "drive_unreachable")
    row = ledger.claim("f00000", ME, 60)
    assert row is not None
    ledger.record_decision("f00000", ME, MATCHED)
    ledger.release("f00000", ME, "drive_unreachable")
    row = ledger.claim("f00000", ME, 60)
    assert row is not None
    assert (row.outcome, row.reason, row.destination) == ("matched", "matched", "matched")


@pytest.mark.parametrize(("md5", "outcome"), [("md5", "matched"), ("another", None)])
def test_a_decided_file_that_holds_other_bytes_by_now_is_read_again(
    ledger: Ledger, md5: str, outcome: str | None
) -> None:
    """What was decided of the old bytes is not done to the new ones."""
    listed(ledger, 1)
    ledger.claim("f00000", ME, 60)
    ledger.record_decision("f00000", ME, MATCHED)
    ledger.release("f00000", ME, "drive_unreachable")
    ledger.add_folders("next", ["inbox"])
    ledger.record_page("next", "inbox", [replace(files(1)[0], md5=md5)], None)
    row = ledger.claim("f00000", ME, 60)
    assert row is not None
    assert (row.outcome, row.md5) == (outcome, md5)


def test_a_settled_file_that_is_left_tells_the_fault(ledger: Ledger) -> None:
    """Its outcome is decided, but what the report tells is why it could not be moved; a new run begins
    again.
    """
    listed(ledger, 1)
    ledger.pick_up("run", None)
    ledger.claim("f00000", ME, 60)
    ledger.record_decision("f00000", ME, MATCHED)
    ledger.release("f00000", ME, "drive_unreachable")
    ledger.record_seconds("f00000", {"move": 1.0})
    (result,) = ledger.list_results("run")
    assert (result.outcome, result.reason) == ("pending", "drive_unreachable")
    listed(ledger, 1, "next")
    ledger.pick_up("next", None)
    (result,) = ledger.list_results("next")
    assert (result.outcome, result.reason, result.stage_seconds) == ("pending", None, {})
    ledger.claim("f00000", ME, 60)
    ledger.finish("f00000", ME)
    (result,) = ledger.list_results("next")
    assert (result.outcome, result.reason) == ("matched", "matched")


def under_way(ledger: Ledger, count: int, holder: str) -> None:
    """Run A has picked up so many files, claimed the first and done the second."""
    ledger.request_lease(LeaseRequest("A", holder))
    listed(ledger, count, "A")
    assert ledger.pick_up("A", None) == count
    assert ledger.claim("f00000", ME, 60)
    ledger.claim("f00001", ME, 60)
    ledger.record_decision("f00001", ME, MATCHED)
    ledger.finish("f00001", ME)


def test_two_runs_at_once_keep_their_files(ledger: Ledger) -> None:
    """What one has picked up is not the other's, also where it listed a file that was moved meanwhile."""
    under_way(ledger, 5, make_holder("A"))
    ledger.request_lease(LeaseRequest("B", make_holder("B")))
    listed(ledger, 8, "B")
    assert ledger.pick_up("B", None) == 3
    assert ledger.list_pending("B", None, 9) == ["f00005", "f00006", "f00007"]
    assert ledger.count_outcomes("A") == {"pending": 4, "matched": 1}
    assert ledger.count_outcomes("B") == {"pending": 3}


def test_files_listed_by_two_runs_are_picked_up_by_one(ledger: Ledger) -> None:
    """Both list before either picks up: the one that listed them last does."""
    for run in ("A", "B"):
        ledger.request_lease(LeaseRequest(run, make_holder(run)))
        listed(ledger, 5, run)
    assert ledger.pick_up("A", None) == 0
    assert ledger.pick_up("B", None) == 5
    assert ledger.pick_up("B", None) == 5


@pytest.mark.parametrize("how", ["ended", "died", "killed elsewhere"])
def test_what_a_run_left_is_picked_up_by_the_next_one(ledger: Ledger, clock: Clock, how: str) -> None:
    """It came to its end, its process is gone, or its machine was silent for two minutes."""
    host, pid, ticks, run = make_holder("A").split(":")
    holders = {
        "died": f"{host}:{pid}:{int(ticks) + 1}:{run}",
        "killed elsewhere": f"elsewhere:{pid}:{ticks}:{run}",
    }
    under_way(ledger, 5, holders.get(how, make_holder("A")))
    if how == "ended":
        ledger.end_run("A")
    if how == "killed elsewhere":
        clock.now += timedelta(seconds=119)
        listed(ledger, 5, "too early")
        assert ledger.pick_up("too early", None) == 0
        ledger.request_lease(LeaseRequest("A", holders[how]))
        clock.now += timedelta(seconds=119)
        listed(ledger, 5, "alive")
        assert ledger.pick_up("alive", None) == 0
        clock.now += timedelta(seconds=1)
    ledger.request_lease(LeaseRequest("B", make_holder("B")))
    listed(ledger, 5, "B")
    assert ledger.pick_up("B", None) == 4


def test_a_run_that_lives_on_this_machine_keeps_its_files_whatever_the_clock_says(
    ledger: Ledger, clock: Clock
) -> None:
    """Its heartbeat counts on other machines only."""
    under_way(ledger, 5, make_holder("A"))
    clock.now += timedelta(hours=5)
    listed(ledger, 5, "B")
    assert ledger.pick_up("B", None) == 0


def test_what_was_claimed_on_another_machine_is_free_when_its_run_is_over(
    ledger: Ledger, clock: Clock
) -> None:
    """Not after the half hour of a lease, but after two minutes without a heartbeat."""
    holder = "elsewhere:5:7:A"
    ledger.request_lease(LeaseRequest("A", holder))
    listed(ledger, 3, "A")
    ledger.claim("f00000", holder, 1800)
    assert ledger.free_dead_claims() == 0
    clock.now += timedelta(seconds=120)
    assert ledger.free_dead_claims() == 1


def test_files_over_the_limit_are_counted(ledger: Ledger) -> None:
    """Of this run's listing, what nobody has picked up; not what was done before or what another run has."""
    under_way(ledger, 3, make_holder("A"))
    ledger.request_lease(LeaseRequest("B", make_holder("B")))
    listed(ledger, 8, "B")
    assert ledger.count_left("B") == 5
    assert ledger.pick_up("B", 2) == 2
    assert ledger.count_left("B") == 3
    assert ledger.count_left("A") == 0


def test_a_scan_tells_which_files_another_run_works_on(ledger: Ledger) -> None:
    """Those that it has not done; of them nothing is changed."""
    under_way(ledger, 3, make_holder("A"))
    ledger.add_folders("B", ["inbox"])
    assert ledger.record_page("B", "inbox", files(5), None) == ["f00000", "f00002"]


def test_a_lease_runs_out(ledger: Ledger, clock: Clock) -> None:
    """After it another holder may claim the file; not before."""
    listed(ledger, 1)
    ledger.claim("f00000", ME, 60)
    assert ledger.claim("f00000", YOU, 60) is None
    clock.now += timedelta(seconds=61)
    assert ledger.claim("f00000", YOU, 60) is not None
    assert not ledger.renew_claim("f00000", ME, 60)


@pytest.mark.parametrize("jump", [timedelta(days=1), -timedelta(days=1)], ids=str)
def test_a_living_process_of_this_machine_keeps_its_claim_whatever_the_clock_says(
    ledger: Ledger, clock: Clock, jump: timedelta
) -> None:
    """Its lease does not count; another run neither claims the file nor frees it."""
    listed(ledger, 1)
    mine = make_holder("A")
    ledger.claim("f00000", mine, 60)
    clock.now += jump
    assert ledger.claim("f00000", YOU, 60) is None
    assert ledger.free_dead_claims() == 0
    assert ledger.renew_claim("f00000", mine, 60)


def test_what_a_dead_process_of_this_machine_claimed_is_free_at_once(ledger: Ledger) -> None:
    """Nobody waits for its lease."""
    listed(ledger, 1)
    host, _, ticks, run = make_holder("A").split(":")
    ledger.claim("f00000", f"{host}:{2**22 + 1}:{ticks}:{run}", 1800)
    assert ledger.claim("f00000", YOU, 60) is not None


def test_a_heartbeat_in_the_future_keeps_no_run_alive(ledger: Ledger, clock: Clock) -> None:
    """The clock was ahead and was set back: the dead run of another machine blocks its files two minutes."""
    clock.now += timedelta(minutes=30)
    ledger.request_lease(LeaseRequest("A", "elsewhere:5:7:A"))
    listed(ledger, 2, "A")
    assert ledger.pick_up("A", None) == 2
    clock.now -= timedelta(minutes=30)
    listed(ledger, 2, "B")
    assert ledger.pick_up("B", None) == 2


def test_between_machines_the_clock_of_the_database_server_decides(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server is asked for its time; a SQLite ledger has that of its machine."""
    wrong = utc_now() + timedelta(days=3)
    monkeypatch.setattr(store, "utc_now", lambda: wrong)
    with open_ledger(settings) as ledger:
        assert (ledger.read_clock() == wrong) is (settings.ledger_url is None)


@pytest.mark.parametrize("ended", ["done", "failed"])
def test_what_is_put_back_into_the_inbox_is_pending_again(ledger: Ledger, ended: str) -> None:
    """A file that is done, or could not be moved, and is listed again is asked for again."""
    listed(ledger, 1)
    ledger.claim("f00000", ME, 60)
    if ended == "done":
        ledger.record_decision("f00000", ME, MATCHED)
        ledger.finish("f00000", ME)
    else:
        ledger.fail("f00000", ME, "move_forbidden")
    listed(ledger, 1, "next")
    assert ledger.pick_up("next", None) == 1
    row = ledger.claim("f00000", ME, 60)
    assert row is not None
    assert (row.outcome, row.reason, row.fault_hours) == (None, None, 0)


def test_a_claimed_file_is_left_alone_by_another_runs_scan(ledger: Ledger) -> None:
    """Its claim stands, and it is not picked up twice."""
    listed(ledger, 2)
    ledger.claim("f00000", ME, 60)
    listed(ledger, 2, "next")
    assert ledger.pick_up("next", None) == 1
    assert ledger.renew_claim("f00000", ME, 60)


def test_the_claims_of_the_dead_come_back(ledger: Ledger, clock: Clock) -> None:
    """Pending or settled as they were; those of the living stay, unless their lease ran out."""
    listed(ledger, 4)
    for number, holder in enumerate(["dead", "dead", "alive", "alive"]):
        ledger.claim(f"f{number:05}", holder, 60 + number)
    ledger.record_decision("f00001", "dead", MATCHED)
    assert ledger.free_dead_claims(lambda holder: holder == "alive") == 2
    assert ledger.free_dead_claims(lambda holder: holder == "alive") == 0
    assert ledger.renew_claim("f00002", "alive", 62)
    row = ledger.claim("f00001", ME, 999)
    assert row is not None
    assert row.outcome == "matched"
    clock.now += timedelta(seconds=62.5)
    assert ledger.free_dead_claims(lambda _holder: True) == 1


def test_this_process_is_alive_and_an_ended_one_is_not(ledger: Ledger) -> None:
    """What this process claimed stays; what an ended one claimed comes back."""
    listed(ledger, 2)
    ended = subprocess.run(
        [sys.executable, "-c", "from mailroom.ledger import make_holder; print(make_holder('run'))"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()
    ledger.claim("f00000", make_holder("run"), 60)
    ledger.claim("f00001", ended, 60)
    assert ledger.free_dead_claims() == 1


def decide(ledger: Ledger, row: FileRow, holder: str) -> None:
    """Decide the file's outcome, unless that was done before."""
    if row.outcome is None:
        ledger.record_decision(row.id, holder, MATCHED)
        row.outcome = MATCHED.outcome


def test_no_order_of_events_loses_a_file(ledger: Ledger) -> None:
    """Runs that claim, release, settle, die and put back at random: in the end every file is done once."""
    chance, names = random.Random(7), [file.id for file in files(12)]
    for number in range(60):
        run, holder = f"run-{number}", f"holder-{number}"
        listed(ledger, 12, run)
        ledger.pick_up(run, None)
        for name in chance.sample(names, 6):
            if (row := ledger.claim(name, holder, 60)) is None:
                continue
            if chance.random() < 0.6:
                decide(ledger, row, holder)
            end = chance.choice(["release", "finish", "fail", "die"])
            if end == "release":
                ledger.release(name, holder, "again")
            elif end == "finish" and ledger.renew_claim(name, holder, 60):
                decide(ledger, row, holder)
                ledger.finish(name, holder)
            elif end == "fail":
                ledger.fail(name, holder, "fault")
        ledger.free_dead_claims(lambda _holder: False)
    listed(ledger, 12, "last")
    assert ledger.pick_up("last", None) == 12
    for name in names:
        row = ledger.claim(name, ME, 60)
        assert row is not None
        decide(ledger, row, ME)
        ledger.finish(name, ME)
    assert ledger.count_outcomes("last") == {"matched": 12}


def test_a_file_killed_between_its_move_and_its_record_is_picked_up(ledger: Ledger) -> None:
    """No scan lists it, since it is in its folder; without it a purge would leave its case for ever."""
    listed(ledger, 2)
    ledger.pick_up("run", None)
    ledger.claim("f00000", "me", 60)
    ledger.record_decision("f00000", "me", FileDecision("matched", "matched", "matched"))
    ledger.claim("f00001", "me", 60)
    ledger.free_dead_claims(lambda _holder: False)
    assert ledger.pick_up("limited", 5) == 0
    assert ledger.pick_up("next", None) == 1
    assert ledger.list_pending("next", None, 9) == ["f00000"]
    claimed = ledger.claim("f00000", "you", 60)
    assert claimed is not None
    assert (claimed.state, claimed.outcome) == ("decided", "matched")
