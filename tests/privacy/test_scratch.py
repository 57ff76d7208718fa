"""Scratch: opaque, for its owner only, gone when done; what the dead left is swept, the living are not."""

import os
import tempfile
from pathlib import Path

import pytest

from mailroom.errors import ConfigError
from mailroom.privacy import Scratch, scratch
from mailroom.privacy.processes import is_alive, start_ticks
from mailroom.privacy.scratch import sweep


def test_files_are_opaque_and_gone_after_their_use(tmp_path: Path) -> None:
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


def test_what_the_dead_left_is_swept(tmp_path: Path) -> None:
    """A dead process's directory goes at the next start; a live one's, and other people's, stay."""
    mine = tmp_path / f"mailroom-{os.getuid()}-{os.getpid()}-{start_ticks(os.getpid())}-aa"
    dead = tmp_path / f"mailroom-{os.getuid()}-{2**22 + 5}-77-bb"
    reused = tmp_path / f"mailroom-{os.getuid()}-{os.getpid()}-1-cc"
    others = [tmp_path / "mailroom-notes", tmp_path / f"mailroom-{os.getuid()}-x-y-z", tmp_path / "else"]
    for path in (mine, dead, reused, *others):
        path.mkdir()
        (path / "file").write_text("made up")
    with Scratch(tmp_path):
        assert not dead.exists()
        assert not reused.exists()
        assert mine.exists()
        assert all(path.exists() for path in others)
    assert sweep(tmp_path) == 0


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """The setting is named."""
    with pytest.raises(ConfigError, match="MAILROOM_SCRATCH_DIR"):
        Scratch(tmp_path / "missing")


def test_memory_is_preferred_and_the_systems_directory_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A RAM-backed directory where there is one, else the temporary one."""
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    with Scratch() as space:
        assert space.directory().parent == tmp_path
    monkeypatch.setattr(scratch, "MEMORY", tmp_path / "missing")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Scratch() as space:
        assert space.directory().parent == tmp_path


def test_a_process_of_somebody_else_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """No right to signal it means that it is there."""

    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert is_alive(os.getpid(), 0)
