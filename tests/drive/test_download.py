"""Downloads: chunks, breaks, servers that misbehave, and the proof that the bytes are the file's."""

from __future__ import annotations

import hashlib
import os
import stat
import tracemalloc
from pathlib import Path

import pytest

from mailroom.config.api_settings import DriveSettings
from mailroom.drive.download import FileOnDisk, open_on_disk
from mailroom.errors import ConfigError, FileFault, MailroomError, RunStop, Transient
from tests.drive.conftest import Bench, bench_on
from tests.drive.fake_drive import FakeDrive

CONTENT = bytes(number * 7 % 251 for number in range(5000))
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture
def target(drive: FakeDrive, tmp_path: Path) -> Path:
    """Where the file f1 of 5,000 bytes goes: five chunks."""
    drive.add_pdf("f1", CONTENT)
    return tmp_path / "notice"


def ranges(drive: FakeDrive) -> list[str]:
    """What was asked for, in order."""
    asked = [call.headers.get("range") for call in drive.calls("drive.files.get")]
    return [one.removeprefix("bytes=") for one in asked if one]


def test_a_file_comes_in_chunks_and_is_its_own(bench: Bench, drive: FakeDrive, target: Path) -> None:
    """Five chunks of 1 KB, the owner's only, and the hash of what lies there."""
    target.write_bytes(b"left from before, and longer" * 1000)
    target.chmod(0o644)
    assert bench.client.download("f1", len(CONTENT), MD5, target) == SHA256
    assert target.read_bytes() == CONTENT
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert ranges(drive) == ["0-1023", "1024-2047", "2048-3071", "3072-4095", "4096-5119"]
    assert bench.meter.calls == 5


@pytest.mark.parametrize("size", [1, 1023, 1024])
def test_a_file_that_fits_in_one_chunk_is_one_call(
    bench: Bench, drive: FakeDrive, tmp_path: Path, size: int
) -> None:
    """Each range request may be billed as a download."""
    drive.add_pdf("small", CONTENT[:size])
    bench.client.download("small", size, None, tmp_path / "small")
    assert len(drive.sent) == 1


def test_an_empty_file_needs_no_call(bench: Bench, drive: FakeDrive, tmp_path: Path) -> None:
    """Nothing is asked for, and the target is empty."""
    drive.add_pdf("empty", b"")
    digest = bench.client.download("empty", 0, None, tmp_path / "empty")
    assert digest == hashlib.sha256(b"").hexdigest()
    assert (tmp_path / "empty").read_bytes() == b""
    assert drive.sent == []


@pytest.mark.parametrize(
    "fault", ["cut_chunk", "no_answer", "server_error", "rate_limited", "empty_part", "unknown_total"]
)
def test_a_broken_chunk_is_continued(bench: Bench, drive: FakeDrive, target: Path, fault: str) -> None:
    """What came before the break is kept."""
    drive.fail("none", on="media", times=2)
    drive.fail(fault, on="media")
    assert bench.client.download("f1", len(CONTENT), MD5, target) == SHA256
    assert target.read_bytes() == CONTENT
    assert bench.meter.retries == 1
    assert ranges(drive).count("0-1023") == 1


@pytest.mark.parametrize("fault", ["cut_without_length", "wrong_bytes", "range_refused"])
def test_bytes_that_are_not_the_files_are_thrown_away(
    bench: Bench, drive: FakeDrive, target: Path, fault: str
) -> None:
    """A short file without an error, wrong bytes, a range that does not fit: from the first byte again."""
    drive.fail(fault, on="media")
    assert bench.client.download("f1", len(CONTENT), MD5, target) == SHA256
    assert target.read_bytes() == CONTENT
    assert ranges(drive).count("0-1023") == 2


def test_a_server_that_ignores_ranges_comes_to_an_end(bench: Bench, drive: FakeDrive, target: Path) -> None:
    """Given whole at once it is the file; given again and again it is given up, with not a byte too many."""
    drive.ignores_range = True
    assert bench.client.download("f1", len(CONTENT), MD5, target) == SHA256
    drive.ignores_range = False
    drive.fail("none", on="media")
    drive.fail("whole_file", on="media", times=20)
    drive.files["f1"]["size"] = str(len(CONTENT) - 1)
    with pytest.raises(Transient, match="download_corrupt"):
        bench.client.download("f1", len(CONTENT) - 1, MD5, target)
    assert target.stat().st_size <= len(CONTENT)
    assert bench.meter.retries == 3


@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1])
def test_a_file_of_another_size_is_not_the_listed_one(bench: Bench, target: Path, size: int) -> None:
    """The size is checked also where Drive gave no MD5; one call tells that the file has changed."""
    with pytest.raises(FileFault, match="content_changed"):
        bench.client.download("f1", size, None, target)
    assert bench.meter.retries == 0
    assert target.stat().st_size <= size


def test_a_file_that_was_replaced_costs_one_download_and_one_call(
    bench: Bench, drive: FakeDrive, target: Path
) -> None:
    """Its bytes are not those that were listed, and Drive says so."""
    with pytest.raises(FileFault, match="content_changed"):
        bench.client.download("f1", len(CONTENT), "0" * 32, target)
    assert len(ranges(drive)) == 5
    assert len(drive.calls("drive.files.get")) == 6
    assert bench.client.get_state("f1").is_as_listed(len(CONTENT), MD5)


def test_permanent_corruption_is_left_to_a_later_run(bench: Bench, drive: FakeDrive, target: Path) -> None:
    """After the repeats the fault is still a transient one, and nothing of the bytes is left."""
    drive.files["f1"]["md5Checksum"] = "0" * 32
    with pytest.raises(Transient, match="download_corrupt"):
        bench.client.download("f1", len(CONTENT), "0" * 32, target)
    assert target.stat().st_size == 0
    assert bench.meter.retries == 3


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("not_found", "vanished"),
        ("abusive_file", "cannot_download_abusive_file"),
        ("file_not_downloadable", "file_not_downloadable"),
        ("no_permission", "insufficient_file_permissions"),
    ],
)
def test_a_file_that_drive_keeps_is_this_files_fault(
    bench: Bench, drive: FakeDrive, target: Path, fault: str, code: str
) -> None:
    """It is told by a code and the file's id, without repeats."""
    drive.fail(fault)
    with pytest.raises(FileFault) as caught:
        bench.client.download("f1", len(CONTENT), MD5, target)
    assert (caught.value.code, caught.value.ids) == (code, {"file": "f1"})
    assert bench.waits == []


def test_a_used_up_quota_stops_the_run(bench: Bench, drive: FakeDrive, target: Path) -> None:
    """The day's limit is not repeated against."""
    drive.fail("daily_limit_exceeded")
    with pytest.raises(RunStop) as caught:
        bench.client.download("f1", len(CONTENT), MD5, target)
    assert caught.value.code == "daily_limit_exceeded"
    assert len(drive.sent) == 1


def test_a_full_disk_stops_the_run() -> None:
    """No space left is about this machine, not about the file or the network."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(RunStop) as caught:
            FileOnDisk(descriptor, 10).write(b"0123456789")
    finally:
        os.close(descriptor)
    assert caught.value.code == "scratch_full"
    assert "MAILROOM_SCRATCH_DIR" in caught.value.fix


def test_a_target_that_cannot_be_written_is_for_a_person(tmp_path: Path) -> None:
    """A missing directory, and a link in the target's place, are refused."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "missing" / "notice", link):
        with pytest.raises(ConfigError) as caught:
            open_on_disk(path)
        assert caught.value.code == "scratch_unwritable"
    assert not (tmp_path / "elsewhere").exists()


def test_memory_holds_chunks_not_files(drive: FakeDrive, settings: DriveSettings, tmp_path: Path) -> None:
    """A file of 4 MB in chunks of 64 KB leaves the peak far below its size."""
    size = 4_194_304
    drive.add_pdf("large", bytes(size))
    bench = bench_on(settings.model_copy(update={"chunk_bytes": 65_536}))
    bench.client.get_folder("inbox")
    tracemalloc.start()
    try:
        bench.client.download("large", size, None, tmp_path / "large")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size / 4


def test_descriptors_are_closed_after_a_fault(bench: Bench, drive: FakeDrive, target: Path) -> None:
    """A failed download leaves nothing open."""
    bench.client.get_folder("inbox")
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    for _ in range(5):
        drive.fail("abusive_file")
        with pytest.raises(MailroomError):
            bench.client.download("f1", len(CONTENT), MD5, target)
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) <= before + 1
