"""Scratch and disk are writable, in memory and large enough; else a line says so."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from mailroom.config.settings import Settings, load_settings
from mailroom.doctor import machine
from mailroom.doctor.lines import Level
from mailroom.doctor.machine import check_disk, check_scans, check_scratch
from mailroom.document.ocr import pool as ocr_pool


def settings(tmp_path: Path, **more: Any) -> Settings:
    """Scratch and state in a temporary directory."""
    given: dict[str, Any] = {"scratch_dir": tmp_path, "state_dir": tmp_path / "a" / "state", **more}
    return load_settings(**given)


def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The temporary directory is on this kind of file system."""
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/a / ext4 rw 0 0\nnone {tmp_path} {kind} rw 0 0\nnone /with\\040space xfs rw 0 0\n"
    )
    monkeypatch.setattr(machine, "MOUNTS", mounts)


@pytest.mark.parametrize(("kind", "level"), [("tmpfs", "ok"), ("ext4", "note")])
def test_scratch_on_a_disk_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, level: Level
) -> None:
    """On a disk PDFs could be recovered later; the check leaves no file."""
    mounted(tmp_path, monkeypatch, kind)
    line = check_scratch(settings(tmp_path))
    assert (line.level, kind in line.words) == (level, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mounts"]


def test_scratch_on_an_unknown_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On macOS there is no list of mounts."""
    monkeypatch.setattr(machine, "MOUNTS", tmp_path / "none")
    assert "may be on a disk" in check_scratch(settings(tmp_path)).words


def test_a_mount_point_with_a_space_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of mounts writes it in octal."""
    mounted(tmp_path, monkeypatch, "tmpfs")
    assert machine.find_filesystem(Path("/with space/x")) == "xfs"


def test_scratch_that_cannot_be_written_to_is_wrong(tmp_path: Path) -> None:
    """Both lines name the setting."""
    nowhere = settings(tmp_path, scratch_dir=tmp_path / "none")
    for line in (check_scratch(nowhere), check_disk(nowhere)[1]):
        assert line.level == "wrong"
        assert "MAILROOM_SCRATCH_DIR" in line.fix


def test_scratch_that_others_can_change_is_wrong(tmp_path: Path) -> None:
    """As a run would refuse it."""
    tmp_path.chmod(0o777)
    line = check_scratch(settings(tmp_path))
    assert line.level == "wrong"
    assert "Other users may rename" in line.words


@pytest.mark.parametrize(
    ("free", "levels"),
    [
        (10 * 2**30, ["ok", "ok"]),
        (100 * 2**20, ["note", "note"]),
        (40 * 2**20, ["wrong", "note"]),
        (2**20, ["wrong", "wrong"]),
    ],
)
def test_little_free_space_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, levels: list[Level]
) -> None:
    """Less than one document needs is wrong, little space is a note."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(free, 0, free))
    lines = check_disk(settings(tmp_path))
    assert [line.level for line in lines] == levels
    assert all(line.fix for line in lines if line.level != "ok")


@pytest.mark.parametrize("place", ["/proc/none/state", f"/proc/{'x' * 300}"])
def test_a_state_directory_that_cannot_be_created_is_wrong(place: str) -> None:
    """Without permission to create it, or with an invalid name."""
    line = check_disk(load_settings(state_dir=place))[0]
    assert (line.level, "MAILROOM_STATE_DIR" in line.fix) == ("wrong", True)


def test_the_engine_that_reads_scans_can_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is installed with the mail room, and needs no other program."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_scans().level == "ok"


def test_without_the_engine_scans_go_to_review(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is possible, and the line says what happens to scans."""
    monkeypatch.setattr(ocr_pool, "NEEDED", ("no_such_package",))
    line = check_scans()
    assert (line.level, "REVIEW" in line.words, "uv sync" in line.fix) == ("note", True, True)


@pytest.mark.parametrize(
    ("body", "level", "said"),
    [("exit 0", "ok", "Tesseract is the second reader"), ("exit 1", "note", "not read a second time")],
)
def test_the_state_of_tesseract_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, level: Level, said: str
) -> None:
    """If Tesseract is on PATH it should work; it need not be installed."""
    program = tmp_path / "tesseract"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\n{body}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    line = check_scans()
    assert (line.level, said in line.words) == (level, True)


@pytest.mark.parametrize("limits", [{"OCR_MEMORY_MB": 150}, {"MODULE": "mailroom.no_such_module"}])
def test_an_engine_that_crashes_counts_as_missing(
    monkeypatch: pytest.MonkeyPatch, limits: dict[str, Any]
) -> None:
    """Too little memory, or broken models: the process ends before it is ready."""
    for name, value in limits.items():
        monkeypatch.setattr(ocr_pool, name, value)
    assert check_scans().level == "note"
