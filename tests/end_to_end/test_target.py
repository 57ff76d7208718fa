"""Which systems a command works on, as a person meets it: named first, and never real because of blocks
alone.
"""

import contextlib
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from mailroom.config.target import SANDBOX_LINE
from mailroom.sandbox.launcher import Sandbox
from tests.end_to_end.conftest import FAST, Commands
from tests.in_process import environment
from tests.prefect_server import running_server, save_blocks


@pytest.mark.usefixtures("prefect_server")
def test_blocks_alone_never_make_a_plain_command_real(
    sandbox: Sandbox, commands: Commands, tmp_path: Path, prefect_api: str, empty_prefect_home: Path
) -> None:
    """A run once filed documents because of blocks; now --real says so, and run and doctor name one
    target.
    """
    shutil.copytree(empty_prefect_home, tmp_path / "state" / "mailroom" / "prefect")
    save_blocks(sandbox)
    calls = len(sandbox.calls("drive"))
    commands.extra = {"PREFECT_API_URL": prefect_api}
    plain = commands.daily("--limit", "2")
    assert plain.code == 0, plain.screen
    assert plain.clean(), plain.screen
    assert plain.screen.startswith(f"{SANDBOX_LINE}\n")
    assert "--real uses them" in plain.screen
    assert plain.report["mode"] == "sandbox"
    looked = commands.call_doctor()
    assert looked.screen.startswith(f"{SANDBOX_LINE}\n")
    assert "--real uses them" in looked.screen
    assert len(sandbox.calls("drive")) == calls
    assert flow_runs(prefect_api) == 0, "a sandbox run writes nothing to a configured server"
    inbox = sandbox.settings()["drive"]["inbox_id"]
    named = (
        f"Real systems: Drive inbox CP2000_INBOX ({inbox}) as mailroom@sandbox.example, Logiqs tenant "
        f"127.0.0.1:{sandbox.pages['logiqs'].rstrip('/').rpartition(':')[2]}, "
        "settings from a Prefect block and a Prefect variable\n"
    )
    real = commands.call_daily("--real", "--limit", "2")
    assert real.code == 0, real.screen
    assert real.clean(), real.screen
    assert real.screen.startswith(named), real.screen
    assert (real.report["mode"], flow_runs(prefect_api)) == ("real", 1)
    doctor = commands.call_doctor("--real")
    assert doctor.code == 0, doctor.screen
    assert doctor.screen.startswith(named), doctor.screen
    mixed = commands.call_daily(MAILROOM_DRIVE__INBOX_ID=inbox)
    assert (mixed.code, "--real" in mixed.screen) == (2, True), mixed.screen


def flow_runs(api: str) -> int:
    """How many flow runs a Prefect server knows."""
    return len(httpx.post(f"{api}/flow_runs/filter", json={}).raise_for_status().json())


def test_with_real_blocks_of_the_active_profile_count(
    commands: Commands, sandbox: Sandbox, tmp_path: Path, empty_prefect_home: Path
) -> None:
    """Saved without any server running: in the profile's own database."""
    home = shutil.copytree(empty_prefect_home, tmp_path / "own")
    own = {"PREFECT_HOME": str(home)}
    with running_server(home) as api, environment({**os.environ, "PREFECT_API_URL": api}):
        save_blocks(sandbox)
    doctor = commands.run("-m", "mailroom", "doctor", "--real", **own)
    assert doctor.code == 0, doctor.screen
    assert doctor.clean(), doctor.screen
    assert doctor.screen.startswith("Real systems: Drive inbox CP2000_INBOX (")


def test_the_first_real_run_of_a_ledger_asks(served: Commands, sandbox: Sandbox) -> None:
    """In a terminal, after the line that names the systems; "no" files nothing."""
    code, screen = at_a_terminal(served, b"n\n", "--limit", "1")
    assert code == 1, screen
    assert screen.index("Real systems: Drive inbox CP2000_INBOX") < screen.index("Continue?")
    assert "Nothing was done" in screen
    assert not sandbox.state()["documents"]
    code, screen = at_a_terminal(served, b"y\n", "--limit", "1")
    assert (code, "Continue?" in screen) == (0, True), screen
    assert len(sandbox.state()["documents"]) == 1


def at_a_terminal(commands: Commands, typed: bytes, *words: str) -> tuple[int, str]:
    """Run the command in a terminal, answer its question, and see how it ends."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "flows/daily.py", *words],
        cwd=commands.project,
        env={**commands.environment, **FAST, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        # Linux says EIO when the other end closes.
        with contextlib.suppress(OSError):
            while part := os.read(ours, 65536):
                shown += part
                if typed and b"Continue?" in shown:
                    os.write(ours, typed)
                    typed = b""
    os.close(ours)
    return process.returncode, shown.decode(errors="replace")
