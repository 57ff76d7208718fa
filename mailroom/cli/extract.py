"""`mailroom extract PATH… --jsonl OUT [--jobs N]`: what the reader reads, one JSON object on each line.

Every regular file under the paths gets its line, whatever its name or kind; symbolic links inside a folder
are not followed. OUT holds personal data, so only its owner can read it. This module finds files, writes
lines and shows the progress; the pool reads.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mailroom.cli.found_files import FoundFile, Identity, find_files
from mailroom.cli.private_file import open_for_owner
from mailroom.cli.wrapping import print_line
from mailroom.config.settings import Settings, load_settings
from mailroom.document.file_type import find_image_type
from mailroom.errors import ConfigError
from mailroom.notices.reader_pool import ReaderPool
from mailroom.notices.reading import Reading
from mailroom.run.reasons import count_noun

# Files handed to the readers ahead of the one whose line is written next, for each job.
AHEAD = 4
# Outcomes as the closing line calls them.
WORDS = {
    "extract": "CP2000 read",
    "review": "CP2000 without its key",
    "not_cp2000": "other documents",
    "unreadable": "unreadable",
    "rejected": "rejected",
}


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
            raise ConfigError("no_such_path", what=f"There is no {path}.", fix="Name files or folders.")
    tally, settings = Tally(), load_settings()
    try:
        with _open_out(jsonl) as (out, identity):
            files, unlisted = find_files(paths, passing_over=identity)
            _write_lines(files, out, jobs, console, tally, settings)
    except KeyboardInterrupt:
        print_line(console, f"Stopped. {tally.words()}")
        return 130
    except BrokenPipeError:
        _silence_stdout()
        return 1
    except OSError as error:
        print_line(console, f"{jsonl} could not be written completely: {error.strerror}. {tally.words()}")
        return 1
    for folder in unlisted:
        print_line(console, f"{folder} could not be listed; its files have no line.")
    where = ", ".join(map(str, paths))
    print_line(console, tally.words() if files else f"No files found in {where}.")
    return 1 if unlisted else 0


@dataclass
class Tally:
    """What has been written so far, for the closing line."""

    began: float = field(default_factory=time.monotonic)
    outcomes: Counter[str] = field(default_factory=Counter)
    for_a_person: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, reading: Reading) -> None:
        """Count the reading of one more file."""
        self.outcomes[reading.outcome] += 1
        self.for_a_person += reading.needs_review
        self.seconds.append(reading.seconds)

    def words(self) -> str:
        """One line for a person: files, outcomes, how many a person should see, seconds, rate."""
        files = self.outcomes.total()
        seconds = time.monotonic() - self.began
        if not files:
            return "No files were read."
        rate = f", {files / seconds:.1f} a second" if seconds > 0 else ""
        counts = ", ".join(f"{count} {WORDS[name]}" for name, count in self.outcomes.most_common())
        each = f"Seconds for each file: median {median(self.seconds):.2f}, maximum {max(self.seconds):.2f}."
        done = f"{count_noun(files, 'file')} in {seconds:.1f} s{rate}: {counts}."
        return f"{done} {self.for_a_person} for a person. {each}"


def _check_replaceable(out: Path) -> None:
    """Refuse to replace a document, which may be the only copy; any other file may be replaced."""
    if not out.is_file():
        return
    with out.open("rb") as file:
        head = file.read(1024)
    if b"%PDF-" in head or find_image_type(head) is not None:
        raise ConfigError(
            "out_is_a_document",
            what=f"{out} is a document, and would be overwritten.",
            fix="Name another file for --jsonl.",
        )


@contextmanager
def _open_out(name: str) -> Iterator[tuple[IO[str], Identity | None]]:
    """Open OUT so that only its owner can read it, with its identity; ``-`` is standard output."""
    if name == "-":
        yield sys.stdout, None
        sys.stdout.flush()
        return
    try:
        _check_replaceable(Path(name))
        descriptor = open_for_owner(Path(name))
    except OSError as error:
        raise ConfigError(
            "out_not_writable",
            what=f"{name} cannot be written: {error.strerror}.",
            fix="Name a file in a folder that you may write to.",
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        status = os.fstat(descriptor)
        yield out, (status.st_dev, status.st_ino)


def _silence_stdout() -> None:
    """Redirect standard output, whose reader has gone: the interpreter flushes it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_lines(
    files: list[FoundFile],
    out: IO[str],
    jobs: int,
    console: Console,
    tally: Tally,
    settings: Settings,
) -> None:
    """Read files at the same time, write their lines in order."""
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
        ReaderPool(
            min(jobs, len(files)) or 1, confidence=settings.reading_confidence, images=settings.read_images
        ) as pool,
        ThreadPoolExecutor(jobs) as threads,
    ):
        task = bar.add_task("", total=len(files))
        try:
            readings = pool.read_in_order((file.path for file in files), threads, ahead=AHEAD * jobs)
            for file, reading in zip(files, readings, strict=True):
                out.write(json.dumps({"filename": file.name, **reading.as_json()}) + "\n")
                tally.add(reading)
                bar.advance(task)
            out.flush()
        except BaseException:
            # Files that are being read now are not waited for: their processes are ended.
            threads.shutdown(wait=False, cancel_futures=True)
            pool.close()
            raise
