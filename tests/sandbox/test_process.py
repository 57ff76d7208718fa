"""The sandbox as a process: seeded, started, controlled, ended; and the command that people use."""

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import uvicorn

from mailroom.cli.main import main
from mailroom.errors import ConfigError
from mailroom.sandbox import process as sandbox_process
from mailroom.sandbox import seeding, servers
from mailroom.sandbox.launcher import Sandbox
from mailroom.sandbox.options import SandboxOptions
from mailroom.sandbox.process import run_as_child
from mailroom.sandbox.store import FOLDER, Store
from tests.one_module import replace_in

CSV = "\ufeffcaseid,First Name,LASTNAME,spouselastname,Ssn\n41,Jo,Smith,,734-00-1234\n\n42,,Quill,Page,1234\n"


def seed(tmp_path: Path, **options: object) -> Store:
    """Return a store that is seeded with these options."""
    return servers.seed(SandboxOptions.model_validate({"state": tmp_path / "state", **options}))


def test_a_synthetic_day_seeds_inbox_and_cases(tmp_path: Path) -> None:
    """Notices below the inbox, and their cases; seeding again changes nothing."""
    store = seed(tmp_path, notices=12)
    files = [item for item in store.list_files() if item["mimeType"] != FOLDER]
    assert len(files) == 12
    assert len(store.list_rows("cases")) > 5
    store.close()
    again = seed(tmp_path, notices=12)
    assert len([item for item in again.list_files() if item["mimeType"] != FOLDER]) == 12
    again.close()


def test_a_local_folder_keeps_its_subfolders(tmp_path: Path) -> None:
    """Only PDFs and images, in any case of their ending, each in its own subfolder."""
    (tmp_path / "own" / "a" / "b").mkdir(parents=True)
    for name in ("x.pdf", "a/x.PDF", "a/b/y.pdf", "a/notes.txt"):
        (tmp_path / "own" / name).write_text("%PDF")
    store = seed(tmp_path, files=tmp_path / "own", blobs=tmp_path / "scratch")
    named = {
        item["name"]: store.find_file(item["parents"][0])["name"]
        for item in store.list_files()
        if item["parents"]
    }
    assert named == {"CP2000_INBOX": "Mail room", "x.pdf": "CP2000_INBOX", "x.PDF": "a", "y.pdf": "b", "a": "CP2000_INBOX", "b": "a"}  # fmt: skip
    assert not list((tmp_path / "state").rglob("blobs/*"))
    assert len(list((tmp_path / "scratch").iterdir())) == 1
    store.close()


def test_a_local_folder_is_used_again(tmp_path: Path) -> None:
    """The bytes were deleted with the first run's scratch; the same folder restores them, no file twice."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "x.pdf").write_text("%PDF x")
    seed(tmp_path, files=tmp_path / "own", blobs=tmp_path / "first").close()
    shutil.rmtree(tmp_path / "first")
    store = seed(tmp_path, files=tmp_path / "own", blobs=tmp_path / "second")
    [file] = [item for item in store.list_files() if item["mimeType"] != FOLDER]
    assert store.read_content(file["id"]) == b"%PDF x"
    store.close()


def test_files_that_cannot_be_read_are_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a folder, or a file that cannot be read."""
    with pytest.raises(ConfigError, match="does not name a folder"):
        seed(tmp_path, files=tmp_path / "none")
    (tmp_path / "empty" / "a").mkdir(parents=True)
    with pytest.raises(ConfigError, match="contains no PDF"):
        seed(tmp_path / "second", files=tmp_path / "empty")
    (tmp_path / "empty" / "photo.jpg").touch()
    assert len(seeding.find_documents(tmp_path / "empty")) == 1
    with pytest.raises(ConfigError, match="contains no PDF"):
        seeding.find_documents(tmp_path / "empty", images=False)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "x.pdf").write_text("%PDF")

    for number, said in ((errno.ENOSPC, "not enough scratch space"), (errno.EIO, "could not be copied")):

        def refuse(_path: Path, number: int = number) -> bytes:
            raise OSError(number, "made up")

        store = seed(tmp_path / f"full-{number}")
        with monkeypatch.context() as patched:
            patched.setattr(Path, "read_bytes", refuse)
            with pytest.raises(ConfigError, match=said):
                seeding.seed_local_folder(store, tmp_path / "own")
    # The tests may run as root, who may read everything.
    replace_in(monkeypatch, seeding, os, access=lambda _path, _mode: False)
    with pytest.raises(ConfigError, match="1 of 1 files"):
        seeding.seed_local_folder(seed(tmp_path / "other"), tmp_path / "own")


def test_cases_come_from_a_csv(tmp_path: Path) -> None:
    """Headings in any case and with a byte order mark; empty lines and cells are skipped."""
    (tmp_path / "cases.csv").write_text(CSV, encoding="utf-8")
    store = seed(tmp_path, cases=tmp_path / "cases.csv")
    first, second = store.list_rows("cases")
    assert (first["CaseID"], first["LastName"], first["SSN"]) == (41, "Smith", "734-00-1234")
    assert "SpouseLastName" not in first
    assert (second["SpouseLastName"], second["SSN"]) == ("Page", "1234")
    store.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("FirstName,LastName\nJo,Smith\n", "no column CaseID"),
        ("CaseID,LastName,SSN\n41,Smith,1234\nx12,Quill,1234\n", "Line 3 .* CaseID is not a number"),
    ],
)
def test_an_error_in_a_csv_names_its_line(tmp_path: Path, content: str, said: str) -> None:
    """The line is named, the value is not shown."""
    (tmp_path / "cases.csv").write_text(content)
    with pytest.raises(ConfigError, match=said) as refused:
        seed(tmp_path, cases=tmp_path / "cases.csv")
    assert "x12" not in str(refused.value)
    with pytest.raises(ConfigError, match=r"No such file or directory\. Name a CSV file that exists"):
        seed(tmp_path / "other", cases=tmp_path / "none.csv")


@pytest.mark.e2e
def test_a_sandbox_is_started_controlled_and_ended(tmp_path: Path) -> None:
    """Its settings lead to it, faults can be switched on, calls are logged; its state is kept."""
    with Sandbox.start(tmp_path / "state", notices=3) as sandbox:
        settings = sandbox.settings()
        # Ctrl-C in the terminal does not reach it, also while it starts.
        assert os.getsid(sandbox._process.pid) != os.getsid(0)
        assert sandbox.environment()["MAILROOM_DRIVE__ROOT_URL"] == sandbox.pages["drive"]
        bearer = {"Authorization": f"Bearer {settings['drive']['access_token']}"}
        ask = {"url": f"{sandbox.pages['drive']}drive/v3/files", "headers": bearer}
        assert httpx.get(**ask).status_code == 200  # type: ignore[arg-type]
        for fault in ("drop", "server_error"):
            sandbox.fault("drive", fault, times=1)
        assert httpx.get(**ask).status_code == 500  # type: ignore[arg-type]
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(**ask)  # type: ignore[arg-type]
        assert [kind for _, kind in sandbox.calls("drive")] == ["list"] * 3
        assert sandbox.calls("logiqs") == []
        with pytest.raises(httpx.HTTPStatusError):
            sandbox.fault("drive", "no_such_fault")
        files = sandbox.state()["files"]
    with Sandbox.start(tmp_path / "state") as again:
        assert again.state("logiqs")["files"] == files


@pytest.mark.e2e
def test_a_sandbox_that_cannot_be_seeded_says_why(tmp_path: Path) -> None:
    """The launcher raises what the process said."""
    with pytest.raises(ConfigError, match="does not name a folder"):
        Sandbox.start(tmp_path / "state", files=tmp_path / "none")
    with pytest.raises(ConfigError, match="did not start"):
        Sandbox.start(_a_file(tmp_path) / "state")


def _a_file(folder: Path) -> Path:
    """A file where a directory should be."""
    path = folder / "file"
    path.touch()
    return path


@pytest.mark.e2e
def test_a_copied_state_is_a_sandbox_of_its_own(tmp_path: Path) -> None:
    """A copy of a seeded directory has the same files and cases, and its changes stay in it."""
    seed(tmp_path, notices=4).close()
    shutil.copytree(tmp_path / "state", tmp_path / "copy" / "state")
    with Sandbox.start(tmp_path / "copy" / "state") as sandbox:
        copied = sandbox.state("logiqs")
        inbox = sandbox.settings()["drive"]["inbox_id"]
        bearer = {"Authorization": f"Bearer {sandbox.settings()['drive']['access_token']}"}
        sent = httpx.patch(
            f"{sandbox.pages['drive']}drive/v3/files/{inbox}", json={"name": "renamed"}, headers=bearer
        )
        assert sent.status_code == 200
    # A database that was closed has no journal beside it.
    assert sorted(path.name for path in (tmp_path / "copy" / "state").iterdir()) == [
        "blobs",
        "sandbox.sqlite3",
    ]
    store, copy = seed(tmp_path), seed(tmp_path / "copy")
    assert copied["cases"] == store.list_rows("cases")
    assert [store.find_file(inbox)["name"], copy.find_file(inbox)["name"]] == ["CP2000_INBOX", "renamed"]
    assert all(copy.read_content(item["id"]) for item in copy.list_files() if item["mimeType"] != FOLDER)
    store.close()
    copy.close()


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """The error names Drive's port or the next one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=r"Port \d+"):
            servers.create_servers(SandboxOptions(state=tmp_path / "a", port=port))
        with pytest.raises(ConfigError, match=r"Port \d+"):
            servers.create_servers(SandboxOptions(state=tmp_path / "b", port=port - 1))


@pytest.mark.e2e
def test_people_start_it_in_the_foreground(tmp_path: Path, project: Path) -> None:
    """It prints the settings to export, and Ctrl-C ends it without a traceback."""
    words = [
        sys.executable,
        "-m",
        "mailroom",
        "sandbox",
        "--state",
        str(tmp_path / "state"),
        "--seed-notices",
        "3",
    ]
    running = subprocess.Popen(
        words, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert running.stdout is not None
    lines = [running.stdout.readline() for _ in range(14)]
    assert sum(line.startswith("export MAILROOM_") for line in lines) == 9
    assert lines[0].startswith("# Its Drive: http://127.0.0.1:")
    # Not in the ledger of the firm's real documents.
    assert f"export MAILROOM_STATE_DIR={tmp_path / 'state'}\n" in lines
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=30)
    assert running.returncode in (0, 130)
    assert "Traceback" not in rest


def end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the servers end as soon as they have started."""

    async def main_loop(_self: uvicorn.Server) -> None:
        pass

    monkeypatch.setattr(uvicorn.Server, "main_loop", main_loop)


def test_the_command_prints_its_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As settings for people, or as one JSON line for the launcher."""
    end_at_once(monkeypatch)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["sandbox"]) == 0
    assert "export MAILROOM_LOGIQS__MATCH_URL=" in capsys.readouterr().out
    monkeypatch.setattr(sandbox_process, "_exit_with_parent", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_args: None)
    child = SandboxOptions(state=tmp_path / "child")
    assert run_as_child(SandboxOptions.model_validate_json(child.model_dump_json())) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"environment", "pages"}
    assert run_as_child(child.model_copy(update={"files": Path("/none")})) == 2
    assert json.loads(capsys.readouterr().out)["code"] == "files_dir"


def test_a_run_needs_the_bytes_of_the_files_that_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without their folder the rest of a --files run would fail; its pages can be seen anyway."""
    end_at_once(monkeypatch)
    monkeypatch.setattr(sandbox_process, "_exit_with_parent", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_args: None)
    (tmp_path / "own" / "a").mkdir(parents=True)
    (tmp_path / "own" / "a" / "x.pdf").write_text("%PDF x")
    seed(tmp_path, files=tmp_path / "own", blobs=tmp_path / "first").close()
    shutil.rmtree(tmp_path / "first")
    options = SandboxOptions(state=tmp_path / "state")
    assert run_as_child(options) == 2
    assert json.loads(capsys.readouterr().out)["code"] == "files_deleted"
    assert main(["sandbox", "--state", str(options.state)]) == 0
    again = {"files": tmp_path / "own", "blobs": tmp_path / "second"}
    assert run_as_child(options.model_copy(update=again)) == 0


def test_a_sandbox_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped --state once showed an empty sandbox."""
    assert main(["sandbox", "--state", str(tmp_path / "none")]) == 2
    assert "There is no sandbox in" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_folder_of_something_else_is_not_made_a_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped --state once filled a folder of documents; an empty one, and a sandbox's, are used."""
    end_at_once(monkeypatch)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "file").touch()
    for name, said in (("mine", "is not empty, and not a sandbox"), ("file", "cannot be used")):
        assert main(["sandbox", "--state", str(tmp_path / name), "--seed-notices", "3"]) == 2
        assert said in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    (tmp_path / "state").mkdir()
    for _ in range(2):
        seed(tmp_path).close()


def test_it_ends_with_its_parent() -> None:
    """Standard input closes when the parent ends."""
    reading, writing = os.pipe()
    code = "from mailroom.sandbox.process import _exit_with_parent; _exit_with_parent()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=reading)
    os.close(reading)
    os.close(writing)
    assert process.wait(timeout=30) == 0
