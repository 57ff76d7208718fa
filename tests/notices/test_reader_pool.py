"""Reading processes: shared by threads, limited, replaced, without secrets."""

import os
import signal
import subprocess
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from mailroom.notices import ReaderPool, Reading
from mailroom.notices import reader_pool as pool_module
from mailroom.workers.child_process import ChildDied, ChildProcess, ChildTimedOut
from tests.corpora.handmade.other_documents import cp2000_with
from tests.corpora.malicious import MALICIOUS_FILES


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    """The path of a CP2000 notice."""
    path = tmp_path / "notice.pdf"
    path.write_bytes(cp2000_with())
    return path


def pids(pool: ReaderPool) -> list[int]:
    """The ids of the pool's processes."""
    return sorted(child.pid for child in pool._children._all)


def test_many_threads_share_few_processes(notice: Path) -> None:
    """Files wait for the next free process; every one is read."""
    with ReaderPool(2) as pool, ThreadPoolExecutor(6) as threads:
        readings = list(threads.map(pool.read, [notice] * 12))
        assert len(pids(pool)) <= 2
    assert {reading.outcome for reading in readings} == {"extract"}
    assert {reading.fields.last_name for reading in readings} == {"OAKLEY"}


def test_the_pool_tells_how_long_its_processes_have_files(notice: Path) -> None:
    """And how long threads wait for one: both count when a file is read, and not before."""
    with ReaderPool(2) as pool:
        pool.start()
        assert (pool.workers, pool.busy.seconds, pool.waited.seconds) == (2, 0.0, 0.0)
        pool.read(notice)
        first = (pool.busy.seconds, pool.waited.seconds)
        pool.read(notice)
        assert 0.0 < first[0] < pool.busy.seconds
        assert 0.0 < first[1] < pool.waited.seconds


def test_processes_start_when_needed_or_ahead(notice: Path) -> None:
    """None runs before the first file, all after `start`, and they are then used."""
    with ReaderPool(2) as pool:
        assert pids(pool) == []
        pool.start()
        started = pids(pool)
        assert len(started) == 2
        assert pool.read(notice).outcome == "extract"
        pool.start()
        assert pids(pool) == started


def test_a_file_over_its_deadline_costs_its_process_only(notice: Path) -> None:
    """It is killed, the file is rejected, and the next one has a new process."""
    with ReaderPool(1, deadline=0) as pool:
        reading = pool.read(notice)
        assert (reading.outcome, reading.error) == ("rejected", "reading_timed_out")
        assert pids(pool) == []


def test_processor_time_counts_and_not_the_clock(notice: Path) -> None:
    """A process that stands still for longer than its deadline reads the file when it continues."""
    with ReaderPool(1, deadline=1) as pool:
        pool.read(notice)
        (pid,) = pids(pool)
        os.kill(pid, signal.SIGSTOP)
        wakes = threading.Timer(1.5, os.kill, (pid, signal.SIGCONT))
        wakes.start()
        assert pool.read(notice).outcome == "extract"
        assert pids(pool) == [pid]


def test_a_process_that_took_its_processor_time_has_timed_out(tmp_path: Path) -> None:
    """Long before anybody stops waiting for it, and it is not taken for one that crashed."""
    endless = tmp_path / "never ends"
    endless.write_bytes(MALICIOUS_FILES["tiling-without-end"].make(Random(1)))
    child = ChildProcess(pool_module.MODULE, 600, 1)
    with closing(child):
        child.wait_until_ready()
        child.send({"path": str(endless)})
        with pytest.raises(ChildTimedOut):
            child.read_line(600)


class _Asking:
    """A reading process that has taken some processor time, and asks for two pages."""

    def __init__(self) -> None:
        asks = [{"recognize": {"width": 1, "height": 1}, "cpu": used} for used in (3.0, 4.0)]
        self.says = iter([*asks, Reading("rejected").as_json()])
        self.told: list[dict[str, Any]] = []

    def read_line(self, _seconds: float) -> dict[str, Any]:
        return next(self.says)

    def read_bytes(self, count: int, _seconds: float) -> bytes:
        return bytes(count)

    def send(self, message: dict[str, Any]) -> None:
        self.told.append(message)


def test_reading_images_counts_for_their_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page may take what the file has left, and the reader itself has the rest."""
    allowed, child = [], _Asking()

    def recognize(question: dict[str, Any], _pixels: bytes, _seconds: float) -> dict[str, Any]:
        allowed.append(question["cpu_seconds"])
        return {"words": [], "cpu": 5.0}

    with ReaderPool(1, deadline=20) as pool:
        monkeypatch.setattr(pool._ocr, "recognize", recognize)
        pool._receive(cast("ChildProcess", child), 0.0)
    assert allowed == [17.0, 11.0]
    assert child.told == [{"words": [], "cpu_left": 12.0}, {"words": [], "cpu_left": 6.0}]


def test_a_process_that_dies_is_replaced_once(notice: Path) -> None:
    """A process killed from outside costs nothing: the file is read by the next."""
    with ReaderPool(1) as pool:
        pool.read(notice)
        (pid,) = pids(pool)
        os.kill(pid, signal.SIGKILL)
        assert pool.read(notice).outcome == "extract"
        assert pids(pool) != [pid]


def test_a_file_that_kills_twice_is_rejected(notice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes in a row that end without an answer give the file a code."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with ReaderPool(1) as pool:
        reading = pool.read(notice)
    assert (reading.outcome, reading.error, reading.needs_review) == ("rejected", "reader_died", True)


def test_a_process_slow_to_load_is_not_waited_for_twice(
    notice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that dies first and is too slow afterwards is over its deadline."""
    with ReaderPool(1, memory_mb=1) as pool:
        faults = iter((ChildDied, ChildTimedOut))

        def fail(*_arguments: object, **_options: object) -> None:
            raise next(faults)

        monkeypatch.setattr(pool, "_read_once", fail)
        assert pool.read(notice).error == "reading_timed_out"


def bomb(path: Path, megabytes: int) -> Path:
    """A PDF of one page whose small content stream becomes this large."""
    packer = zlib.compressobj(1)
    squeezed = b"".join(packer.compress(b"0 " * 524_288) for _ in range(megabytes)) + packer.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(squeezed), squeezed),
    ]
    out = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(objects, 1))
    path.write_bytes(out + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n0\n%%EOF")
    return path


def test_a_bomb_costs_only_itself(notice: Path, tmp_path: Path) -> None:
    """A file that unpacks to more than the limit is rejected, and its neighbours are read."""
    with ReaderPool(1, memory_mb=160) as pool:
        before, burst, after = (pool.read(each) for each in (notice, bomb(tmp_path / "b", 200), notice))
    assert (before.outcome, after.outcome) == ("extract", "extract")
    assert burst.outcome != "extract"


def test_a_process_that_ran_out_of_memory_is_replaced(notice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is kept, the process is not; nor is one that has read its share of files."""
    monkeypatch.setattr(pool_module, "FILES_PER_CHILD", 2)
    with ReaderPool(1) as pool:
        pool.read(notice)
        first = pids(pool)
        pool.read(notice)
        assert pids(pool) == []
        assert first


def test_no_secret_reaches_a_process(notice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment only what a program needs to start is passed on; the command line names no file."""
    monkeypatch.setenv("MAILROOM_LOGIQS__SECRET_TOKEN", "canary")
    monkeypatch.setenv("PREFECT_API_KEY", "canary")
    with ReaderPool(1) as pool:
        pool.read(notice)
        (pid,) = pids(pool)
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    assert b"canary" not in environment
    assert b"notice.pdf" not in command


def test_a_closed_pool_reads_nothing(notice: Path) -> None:
    """Its processes are gone, and asking it is a mistake."""
    pool = ReaderPool(1)
    pool.read(notice)
    (pid,) = pids(pool)
    pool.close()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(RuntimeError, match="closed"):
        pool.read(notice)


ORPHAN = """
import os, signal, sys
from pathlib import Path
from mailroom.notices import ReaderPool, Reading
pool = ReaderPool(1)
pool.read(Path(sys.argv[1]))
print(next(iter(pool._children._all)).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_processes_end_with_a_killed_parent(notice: Path) -> None:
    """No reading process outlives the run, however that ends."""
    parent = subprocess.run(
        [sys.executable, "-c", ORPHAN, str(notice)], stdout=subprocess.PIPE, check=False, text=True
    )
    assert parent.returncode == -signal.SIGKILL
    pid = int(parent.stdout)
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists() or "State:\tZ" in Path(f"/proc/{pid}/status").read_text():
            break
        subprocess.run(["sleep", "0.05"], check=True)
    else:
        pytest.fail("the process is still running")


def test_closing_does_not_wait_for_a_file(notice: Path, tmp_path: Path) -> None:
    """A file that is being read when the pool is closed comes back as lost, at once."""
    endless = tmp_path / "never ends"
    endless.write_bytes(MALICIOUS_FILES["tiling-without-end"].make(Random(1)))
    pool = ReaderPool(1)
    pool.read(notice)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(pool.read, endless)
        while pool._children._free.qsize():
            pass
        pool.close()
        assert waiting.result().error == "reader_died"


def test_a_stop_ends_the_wait_for_a_process(notice: Path, tmp_path: Path) -> None:
    """What is being read, waits for its turn or comes later is not read any more."""
    endless = tmp_path / "never ends"
    endless.write_bytes(MALICIOUS_FILES["tiling-without-end"].make(Random(1)))
    with ReaderPool(1) as pool, ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(pool.read, path) for path in (endless, *[notice] * 3)]
        while pool._children._free.qsize():
            pass
        pool.give_up()
        readings = [each.result() for each in waiting]
        assert {reading.error for reading in (*readings, pool.read(notice))} == {"reader_died"}
        assert pids(pool) == []


def test_an_idle_pool_that_was_given_up_lets_nobody_wait(notice: Path) -> None:
    """No thread is left that would give a process back."""
    pool = ReaderPool(2)
    pool.read(notice)
    pool.give_up()
    with pytest.raises(ChildDied), pool._children.lend():
        pass


def test_an_image_explains_a_file(notice: Path) -> None:
    """The same process draws it; a file that is not a document has no image, and the process continues."""
    with ReaderPool(1) as pool:
        reading, image = pool.explain(notice)
        assert reading.outcome == "extract"
        assert image is not None
        assert image.startswith(b"\x89PNG")
        first = pids(pool)
        assert pool.explain(notice.with_name("gone"))[1] is None
        assert pool.read(notice).outcome == "extract"
        assert pids(pool) == first
