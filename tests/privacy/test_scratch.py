"""Scratch: random names, for the owner only, removed after use; only what dead runs left is removed."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from mailroom.errors import ConfigError
from mailroom.privacy import processes, scratch
from mailroom.privacy.processes import is_alive, pid_namespace_id, read_start_ticks
from mailroom.privacy.scratch import Scratch, sweep
from tests.one_module import replace_in


def test_files_have_random_names_and_are_removed_after_use(tmp_path: Path) -> None:
    """Also when the block fails."""
    with Scratch(tmp_path) as space:
        assert space.directory().stat().st_mode & 0o777 == 0o700
        with space.file() as path:
            path.write_text("made up")
            assert path.parent == space.directory()
            assert len(path.name) == 32
        assert not path.exists()
        with pytest.raises(FileNotFoundError), space.file() as path:
            path.with_name("missing").rename(path)
        assert not path.exists()
        with space.file() as path:
            pass
        (space.directory() / "left").write_text("made up")
    assert not list(tmp_path.iterdir())


def left(base: Path, pid: int, ticks: int, where: str = "", user: int | None = None) -> Path:
    """A directory such as a run makes, with a file in it."""
    parts = ("mailroom", os.getuid() if user is None else user, where or pid_namespace_id(), pid, ticks, "aa")
    path = base / "-".join(map(str, parts))
    path.mkdir()
    (path / "file").write_text("made up")
    return path


def test_directories_of_dead_processes_are_removed(tmp_path: Path) -> None:
    """At the next start, also if the process id is used again; that of a live process stays."""
    mine = left(tmp_path, os.getpid(), read_start_ticks(os.getpid()))
    dead, reused = left(tmp_path, 2**22 + 5, 77), left(tmp_path, os.getpid(), 1)
    with Scratch(tmp_path):
        assert not dead.exists()
        assert not reused.exists()
        assert mine.exists()
    assert sweep(tmp_path) == 0


def test_the_directory_of_a_killed_run_is_removed(tmp_path: Path) -> None:
    """SIGKILL in the middle of a file: the next start removes it."""
    script = "import sys, time; from pathlib import Path; from mailroom.privacy.scratch import Scratch\n"
    script += "with Scratch(Path(sys.argv[1])) as scratch, scratch.file() as path:\n"
    script += "    path.write_text('made up'); print('ready', flush=True); time.sleep(60)\n"
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert sweep(tmp_path) == 0
        process.kill()
    assert len(list(tmp_path.glob("*/*"))) == 1
    assert sweep(tmp_path) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system tells no state of a process")
def test_a_zombie_is_dead() -> None:
    """Its id is still in use, but nobody uses its directory."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        ticks = read_start_ticks(process.pid)
        assert is_alive(process.pid, ticks)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert read_start_ticks(process.pid) == ticks
        assert not is_alive(process.pid, ticks)
        assert not is_alive(process.pid, 0)
    finally:
        process.wait()


def test_a_directory_that_may_be_in_use_is_kept(tmp_path: Path) -> None:
    """Other names, a file, a link, the id of another user; the target of a link stays too."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("made up")
    base = tmp_path / "base"
    base.mkdir()
    start = f"mailroom-{os.getuid()}-{pid_namespace_id()}-{2**22 + 5}"
    for name in (
        "mailroom-notes",
        f"mailroom-{os.getuid()}-x-y-z",
        f"mailroom-{os.getuid()}-x-1-y-z",
        "else",
    ):
        (base / name).mkdir()
    (base / f"{start}-7-file").write_text("made up")
    (base / f"{start}-8-link").symlink_to(elsewhere)
    left(base, 2**22 + 5, 9, user=os.getuid() + 1)
    before = set(base.iterdir())
    assert sweep(base) == 0
    assert set(base.iterdir()) == before
    assert (elsewhere / "file").exists()


def test_only_old_directories_of_another_machine_are_removed(tmp_path: Path) -> None:
    """Machines or containers may share a directory, and their processes are unknown here."""
    theirs, old = left(tmp_path, 2**22 + 5, 77, "0123abcd"), left(tmp_path, 2**22 + 6, 77, "0123abcd")
    os.utime(old, (time.time() - scratch.FOREIGN_SECONDS - 60,) * 2)
    assert sweep(tmp_path) == 1
    assert theirs.exists()


def test_earlier_base_directories_are_cleaned_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The killed run may have had another setting."""
    memory, temporary, chosen = (tmp_path / name for name in ("memory", "temporary", "chosen"))
    for path in (memory, temporary, chosen):
        path.mkdir()
    monkeypatch.setattr(scratch, "MEMORY", memory)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    dead = [left(path, 2**22 + 5, 77) for path in (memory, temporary, chosen)]
    with Scratch(chosen):
        assert not [path for path in dead if path.exists()]


def test_a_base_that_others_can_change_is_refused(tmp_path: Path) -> None:
    """One where others could replace our directory, and one that is not a directory."""
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    with pytest.raises(ConfigError, match="Other users may rename"):
        Scratch(open_to_all)
    open_to_all.chmod(0o1777)
    Scratch(open_to_all).close()
    link = tmp_path / "link"
    link.symlink_to(open_to_all)
    with Scratch(link) as space:
        assert space.directory().parent == open_to_all
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigError, match="not a directory"):
        Scratch(file)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_base_of_another_user_is_refused(tmp_path: Path) -> None:
    """Its owner could replace our directory, and so could the owner of a link to it."""
    theirs, ours, link = (tmp_path / name for name in ("theirs", "ours", "link"))
    theirs.mkdir()
    ours.mkdir()
    link.symlink_to(ours)
    for each in (theirs, link):
        os.lchown(each, 54_321, 54_321)
        with pytest.raises(ConfigError, match="belongs to another user"):
            Scratch(each)


def test_a_base_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the setting: the directory is missing, full, or not writable."""
    with pytest.raises(ConfigError, match="MAILROOM_SCRATCH_DIR"):
        Scratch(tmp_path / "missing")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ConfigError, match="MAILROOM_SCRATCH_DIR"):
        Scratch(tmp_path)


def test_a_directory_that_cannot_be_removed_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds documents, so a person must know."""
    space = Scratch(tmp_path)
    with monkeypatch.context() as patch:
        replace_in(patch, scratch, shutil, rmtree=lambda *_args, **_named: None)
        space.close()
    assert "could not be removed" in caplog.text
    space.close()
    assert not list(tmp_path.iterdir())


def test_memory_is_preferred_to_the_temporary_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A RAM-backed directory if there is one, else the temporary directory."""
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    with Scratch() as space:
        assert space.directory().parent == tmp_path
    monkeypatch.setattr(scratch, "MEMORY", tmp_path / "missing")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Scratch() as space:
        assert space.directory().parent == tmp_path


def test_a_process_of_another_user_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without permission to signal it, it must exist."""

    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    replace_in(monkeypatch, processes, os, kill=refuse)
    assert is_alive(os.getpid(), 0)
