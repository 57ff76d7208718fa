"""``python -m mailroom extract``: a line for every file, for its owner only."""

import dataclasses
import io
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from rich.console import Console

from mailroom.cli import extract as extract_command
from mailroom.cli import found_files
from mailroom.cli.found_files import find_files
from mailroom.cli.main import app
from mailroom.config.settings import load_settings
from mailroom.errors import ConfigError
from mailroom.notices import NoticeFields, ReaderPool
from mailroom.notices.reading import ReadingOutcome
from tests.corpora.handmade.other_documents import cp2000_with, other_letter
from tests.one_module import replace_in

LINE_KEYS = [
    "filename",
    "fields",
    "outcome",
    "needs_review",
    "review_fields",
    "doubts",
    "seconds",
    "error",
    "notes",
    "page_ranges",
]
ALONE = "import sys; from mailroom.cli.main import main; sys.exit(main(['extract', *sys.argv[1:]]))"


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """A folder of files of many kinds."""
    folder = tmp_path / "mail"
    (folder / "sub").mkdir(parents=True)
    (folder / "b notice.pdf").write_bytes(cp2000_with())
    (folder / "sub" / "letter").write_bytes(other_letter("CP504"))
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "note.txt").write_text("hello", encoding="utf-8")
    (folder / "link.pdf").symlink_to(folder / "b notice.pdf")
    os.mkfifo(folder / "pipe")
    return folder


def extract(*arguments: object) -> int:
    """Run the command in this process."""
    with pytest.raises(SystemExit) as ended:
        app(["extract", *map(str, arguments)])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def lines_of(path: Path) -> list[dict[str, object]]:
    """The objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_regular_file_gets_its_line(mail: Path, tmp_path: Path) -> None:
    """Sorted, whatever the name or kind; links and pipes are not regular files."""
    out = tmp_path / "out.jsonl"
    assert extract(mail, mail / "note.txt", "--jsonl", out, "--jobs", 2) == 0
    lines = lines_of(out)
    assert [(line["filename"], line["outcome"]) for line in lines] == [
        ("b notice.pdf", "extract"),
        ("empty.pdf", "rejected"),
        ("note.txt", "rejected"),
        ("sub/letter", "not_cp2000"),
        ("note.txt", "rejected"),
    ]
    assert all(list(line) == LINE_KEYS for line in lines)
    fields = lines[0]["fields"]
    assert isinstance(fields, dict)
    assert list(fields) == [each.name for each in dataclasses.fields(NoticeFields)]
    assert fields["notice_date"] == "2024-10-07"


def test_out_is_for_its_owner_only(mail: Path, tmp_path: Path) -> None:
    """A new file and one that was there before, which is emptied first."""
    out = tmp_path / "out.jsonl"
    out.write_text("old\n" * 100, encoding="utf-8")
    out.chmod(0o644)
    assert extract(mail / "note.txt", "--jsonl", out) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert len(lines_of(out)) == 1


def test_out_is_not_read_as_a_file(mail: Path) -> None:
    """Where OUT lies among the files it is skipped."""
    assert extract(mail, "--jsonl", mail / "out.jsonl") == 0
    assert "out.jsonl" not in [line["filename"] for line in lines_of(mail / "out.jsonl")]


def test_out_replaces_no_document(mail: Path, tmp_path: Path) -> None:
    """A client's document that is named by mistake stays; so does a device's mode."""
    document = next(path for path in mail.rglob("*.pdf"))
    before = document.read_bytes()
    with pytest.raises(ConfigError, match="is a document"):
        extract(mail, "--jsonl", document)
    assert document.read_bytes() == before
    mode = Path(os.devnull).stat().st_mode
    assert extract(mail, "--jsonl", os.devnull) == 0
    assert Path(os.devnull).stat().st_mode == mode
    for _ in range(2):
        assert extract(mail, "--jsonl", tmp_path / "out.jsonl") == 0


def test_standard_output_takes_the_lines(mail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dash is standard output; the closing line is on standard error."""
    assert extract(mail / "note.txt", "--jsonl", "-") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["error"] == "not_a_pdf"
    assert "1 file in" in printed.err
    assert "1 rejected. 1 for a person. Seconds for each file" in printed.err
    assert set(extract_command.WORDS) == set(get_args(ReadingOutcome))


def test_an_empty_folder_gives_an_empty_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No file, no line, and that is said."""
    (tmp_path / "none").mkdir()
    assert extract(tmp_path / "none", "--jsonl", tmp_path / "out") == 0
    assert (tmp_path / "out").read_bytes() == b""
    assert capsys.readouterr().err.split() == [
        "No",
        "files",
        "found",
        "in",
        f"{tmp_path / 'none'}.",
    ]


def test_a_missing_path_and_an_impossible_out_are_named(mail: Path, tmp_path: Path) -> None:
    """One clear sentence, before anything is read."""
    with pytest.raises(ConfigError, match=r"There is no .*gone"):
        extract(tmp_path / "gone", "--jsonl", tmp_path / "out")
    with pytest.raises(ConfigError, match="cannot be written"):
        extract(mail, "--jsonl", tmp_path / "no" / "such" / "out")


@pytest.mark.parametrize("jobs", ["0", "65", "many"])
def test_jobs_are_a_small_number(mail: Path, jobs: str) -> None:
    """Anything else is refused by the command line."""
    assert extract(mail, "--jsonl", "-", "--jobs", jobs) == 2


def test_a_folder_that_cannot_be_listed_is_named(
    mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other files get their lines, and the exit code says that some did not."""
    scandir = os.scandir

    def closed(path: str) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert extract(mail, "--jsonl", tmp_path / "out") == 1
    assert len(lines_of(tmp_path / "out")) == 3
    assert "could not be listed" in " ".join(capsys.readouterr().err.split())


def test_a_file_that_vanishes_gets_its_line_anyway(
    mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Removed while the folder is walked, or before it is read: OUT is not to blame, and others are read."""
    walk = os.walk

    def with_others(*arguments: Any, **named: Any) -> Iterator[tuple[str, list[str], list[str]]]:
        for parent, folders, names in walk(*arguments, **named):
            yield parent, folders, [*names, "a gone.pdf"]

    replace_in(monkeypatch, found_files, os, walk=with_others)

    def then_lost(*arguments: Any, **named: Any) -> object:
        found = find_files(*arguments, **named)
        (mail / "note.txt").unlink()
        return found

    monkeypatch.setattr(extract_command, "find_files", then_lost)
    assert extract(mail, "--jsonl", tmp_path / "out") == 0
    lines = {line["filename"]: (line["outcome"], line["error"]) for line in lines_of(tmp_path / "out")}
    assert lines["a gone.pdf"] == lines["sub/a gone.pdf"] == ("unreadable", "vanished")
    assert lines["note.txt"] == ("unreadable", "vanished")
    assert lines["b notice.pdf"] == ("extract", None)
    assert "OUT" not in capsys.readouterr().err


class _Stops:
    """A pool whose reader is interrupted by a person, or whose disk is full."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, *_arguments: object, **_named: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "Stopped."),
        (OSError(28, "No space left on device"), 1, "No space left"),
    ],
)
def test_a_stop_is_a_code_and_a_line(
    mail: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    """Ctrl-C and a full disk end the command without a traceback."""
    monkeypatch.setattr(ReaderPool, "read_in_order", _Stops(error))
    assert extract(mail, "--jsonl", tmp_path / "out") == code
    assert said in capsys.readouterr().err


def test_a_reader_of_the_output_may_leave(mail: Path) -> None:
    """``extract … | head -1`` ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-c", ALONE, str(mail), "--jsonl", "-"],
            stdout=gone,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_ctrl_c_ends_the_command_and_its_processes(tmp_path: Path) -> None:
    """A signal in the middle gives 130 and leaves whole lines.

    Without coverage: its tracer takes a lock, which an exception raised by a signal may leave taken for good.
    """
    (tmp_path / "mail").mkdir()
    for at in range(300):
        (tmp_path / "mail" / f"{at}.pdf").write_bytes(cp2000_with())
    with subprocess.Popen(
        [sys.executable, "-c", ALONE, str(tmp_path / "mail"), "--jsonl", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "COVERAGE_PROCESS_CONFIG": ""},
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        _, said = child.communicate()
    assert child.returncode == 130
    assert b"Stopped." in said
    assert b"Traceback" not in said


def test_progress_is_shown_to_a_person_only(mail: Path) -> None:
    """On a terminal a bar is drawn."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    files, _ = find_files([mail])
    out = io.StringIO()
    extract_command._write_lines(files, out, 1, console, extract_command.Tally(), load_settings())
    assert "reading" in screen.getvalue()
    assert len(out.getvalue().splitlines()) == len(files)
