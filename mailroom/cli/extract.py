"""`mailroom extract PATH… --jsonl OUT [--jobs N]`: what the reader reads, one JSON object on each line.

Every regular file under the paths gets its line, whatever its name or kind; symbolic links inside a folder are
not followed. OUT holds personal data, so only its owner can read it. This module finds files, writes lines and
shows the progress; the pool reads.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from statistics import median
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mailroom.config.settings import Settings, load_settings
from mailroom.document.file_type import find_image_type
from mailroom.errors import ConfigError
from mailroom.notices.pool import ReaderPool
from mailroom.notices.reading import Reading

# Files handed to the readers ahead of the one whose line is written next, for each job.
AHEAD = 4


def run_extract(paths: Sequence[Path], jsonl: str, jobs: int) -> int:
    """Read all files and write their lines.

    Args:
        paths: PDFs, or folders of them.
        jsonl: the file to write; ``-`` is standard output.
        jobs: files read at a time.

    Returns:
        0 when each file got its line, 1 when a folder could not be listed or OUT not written completely,
        130 when stopped by Ctrl-C.

    Raises:
        ConfigError: a PATH does not exist, OUT cannot be created, or a setting is malformed.
    """
    console = Console(stderr=True, highlight=False)
    for path in paths:
        if not path.exists():
            raise ConfigError("no_such_path", what=f"There is no {path}.", mend="Name files or folders.")
    tally, settings = Tally(), load_settings()
    try:
        with _out(jsonl) as (out, identity):
            files, unlisted = find_files(paths, passing_over=identity)
            _write_lines(files, out, jobs, console, tally, settings)
    except KeyboardInterrupt:
        console.print(f"Stopped. {tally.words()}", soft_wrap=True)
        return 130
    except BrokenPipeError:
        _silence_stdout()
        return 1
    except OSError as error:
        console.print(
            f"{jsonl} could not be written completely: {error.strerror}. {tally.words()}", soft_wrap=True
        )
        return 1
    for folder in unlisted:
        console.print(f"{folder} could not be listed; its files have no line.", soft_wrap=True)
    console.print(tally.words(), soft_wrap=True)
    return 1 if unlisted else 0


@dataclass
class Tally:
    """What has been written so far, for the closing line."""

    began: float = field(default_factory=time.monotonic)
    outcomes: Counter[str] = field(default_factory=Counter)
    for_a_person: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, reading: Reading) -> None:
        """Count a file."""
        self.outcomes[reading.outcome] += 1
        self.for_a_person += reading.needs_review
        self.seconds.append(reading.seconds)

    def words(self) -> str:
        """One line for a person: files, outcomes, how many a person should see, seconds, rate."""
        files = self.outcomes.total()
        seconds = time.monotonic() - self.began
        if not files:
            return f"0 files in {seconds:.1f} s."
        rate = f", {files / seconds:.1f} a second" if seconds > 0 else ""
        counts = ", ".join(f"{count} {name}" for name, count in self.outcomes.most_common())
        each = f"A file took {median(self.seconds):.2f} s in the median, {max(self.seconds):.2f} s at most."
        return f"{files} files in {seconds:.1f} s{rate}: {counts}. {self.for_a_person} for a person. {each}"


@dataclass(frozen=True)
class FoundFile:
    """A file and its name relative to the path that it was found under."""

    path: Path
    name: str


Identity = tuple[int, int]


def find_files(
    paths: Iterable[Path], passing_over: Identity | None = None
) -> tuple[list[FoundFile], list[Path]]:
    """Every regular file under the paths, each path's in order of name, and the folders that cannot be listed.

    Args:
        paths: files and folders that exist.
        passing_over: device and inode of the file that is being written.
    """
    found: list[FoundFile] = []
    unlisted: list[Path] = []
    for path in paths:
        if path.is_dir():
            under = sorted(_walk(path, unlisted))
            found += [FoundFile(each, each.relative_to(path).as_posix()) for each in under]
        elif path.is_file():
            found.append(FoundFile(path, path.name))
    if passing_over is not None:
        found = [each for each in found if _identity(each.path) != passing_over]
    return found, unlisted


def _walk(folder: Path, unlisted: list[Path]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        unlisted.append(Path(error.filename))

    for parent, _, names in os.walk(folder, onerror=note):
        for name in names:
            path = Path(parent, name)
            if _may_be_regular(path):
                yield path


def _may_be_regular(path: Path) -> bool:
    """Whether it is a regular file; what went between listing and looking was one for all that is known."""
    try:
        return S_ISREG(path.lstat().st_mode)
    except OSError:
        return True


def _identity(path: Path) -> Identity | None:
    """Device and inode, None for a file that has gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _check_replaceable(out: Path) -> None:
    """An older file may be replaced; a document, which may be the only copy, not."""
    if not out.is_file():
        return
    with out.open("rb") as file:
        head = file.read(1024)
    if b"%PDF-" in head or find_image_type(head) is not None:
        raise ConfigError(
            "out_is_a_document",
            what=f"{out} is a document, and would be overwritten.",
            mend="Name another file for --jsonl.",
        )


@contextmanager
def _out(name: str) -> Iterator[tuple[IO[str], Identity | None]]:
    """OUT opened for its owner only, with its identity; ``-`` is standard output."""
    if name == "-":
        yield sys.stdout, None
        sys.stdout.flush()
        return
    try:
        _check_replaceable(Path(name))
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600)
        if S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)
            os.ftruncate(descriptor, 0)
    except OSError as error:
        raise ConfigError(
            "out_not_writable",
            what=f"{name} cannot be written: {error.strerror}.",
            mend="Name a file in a folder that you may write to.",
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        status = os.fstat(descriptor)
        yield out, (status.st_dev, status.st_ino)


def _silence_stdout() -> None:
    """Whoever read standard output has gone: the interpreter must not try to flush it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_lines(
    files: list[FoundFile],
    out: IO[str],
    jobs: int,
    console: Console,
    tally: Tally,
    settings: Settings | None = None,
) -> None:
    """Read side by side, write in order."""
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
        _pool(min(jobs, len(files)) or 1, settings) as pool,
        ThreadPoolExecutor(jobs) as threads,
    ):
        task = bar.add_task("", total=len(files))
        try:
            for file, reading in _in_order(files, pool, threads, ahead=AHEAD * jobs):
                out.write(json.dumps({"filename": file.name, **reading.as_json()}) + "\n")
                tally.add(reading)
                bar.advance(task)
            out.flush()
        except BaseException:
            # What is being read now is not waited for: its process is ended.
            threads.shutdown(wait=False, cancel_futures=True)
            pool.close()
            raise


def _pool(workers: int, settings: Settings | None) -> ReaderPool:
    if settings is None:
        return ReaderPool(workers)
    return ReaderPool(workers, confidence=settings.reading_confidence, images=settings.read_images)


def _in_order(
    files: Iterable[FoundFile], pool: ReaderPool, threads: ThreadPoolExecutor, ahead: int
) -> Iterator[tuple[FoundFile, Reading]]:
    waiting: deque[tuple[FoundFile, Future[Reading]]] = deque()
    for file in files:
        waiting.append((file, threads.submit(_read, pool, file.path)))
        if len(waiting) > ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    for first, future in waiting:
        yield first, future.result()


def _read(pool: ReaderPool, path: Path) -> Reading:
    """What is in the file; that it has gone since it was found is told apart from a file that cannot be read."""
    reading = pool.read(path)
    if reading.error == "cannot_be_opened" and not os.path.lexists(path):
        return Reading("unreadable", needs_review=True, error="vanished", seconds=reading.seconds)
    return reading
