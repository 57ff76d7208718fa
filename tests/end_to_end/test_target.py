"""Which systems a command works on, as a person meets it: named first, and never real because of blocks alone."""

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.config.target import SANDBOX_LINE
from mailroom.sandbox.launcher import Sandbox
from tests.end_to_end.conftest import FAST, Commands
from tests.end_to_end.firm import Firm, firm_with_server


@pytest.fixture
def firm(tmp_path: Path, sandbox: Sandbox) -> Iterator[Firm]:
    """A Prefect server whose blocks and variables lead to a sandbox that stands for the real systems."""
    with firm_with_server(tmp_path / "firm") as made:
        made.lead_to(sandbox)
        yield made


def test_blocks_alone_never_make_a_plain_command_real(
    firm: Firm, sandbox: Sandbox, commands: Commands
) -> None:
    """A run once filed documents because of blocks; now --real says so, and run and doctor name one target."""
    calls = len(sandbox.calls("drive"))
    on_server = {"PREFECT_API_URL": firm.api}
    plain = commands.daily("--limit", "2", **on_server)
    assert plain.code == 0, plain.screen
    assert plain.clean(), plain.screen
    assert plain.screen.startswith(f"{SANDBOX_LINE}\n")
    assert "--real uses them" in plain.screen
    assert plain.report["mode"] == "sandbox"
    looked = commands.run("-m", "mailroom", "doctor", **on_server)
    assert looked.screen.startswith(f"{SANDBOX_LINE}\n")
    assert "--real uses them" in looked.screen
    assert len(sandbox.calls("drive")) == calls
    assert not firm.ask("/flow_runs/filter"), "a sandbox run writes nothing to a configured server"
    inbox = sandbox.settings()["drive"]["inbox_id"]
    named = (
        f"Real systems: Drive inbox CP2000_INBOX ({inbox}) as mailroom@sandbox.example, Logiqs tenant "
        f"127.0.0.1:{sandbox.pages['logiqs'].rstrip('/').rpartition(':')[2]}, "
        "settings from a Prefect block and a Prefect variable\n"
    )
    real = commands.daily("--real", "--limit", "2", **on_server)
    assert real.code == 0, real.screen
    assert real.clean(), real.screen
    assert real.screen.startswith(named), real.screen
    assert (real.report["mode"], len(firm.ask("/flow_runs/filter"))) == ("real", 1)
    doctor = commands.run("-m", "mailroom", "doctor", "--real", **on_server)
    assert doctor.code == 0, doctor.screen
    assert doctor.screen.startswith(named), doctor.screen
    mixed = commands.daily(**on_server, MAILROOM_DRIVE__INBOX_ID=inbox)
    assert (mixed.code, "--real" in mixed.screen) == (2, True), mixed.screen


def test_with_real_blocks_of_the_active_profile_count(
    commands: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Saved without any server running: in the profile's own database."""
    with firm_with_server(tmp_path / "firm", PREFECT_HOME=str(tmp_path / "own")) as firm:
        firm.lead_to(sandbox)
    own = {"PREFECT_HOME": str(tmp_path / "own")}
    doctor = commands.run("-m", "mailroom", "doctor", "--real", **own)
    assert doctor.code == 0, doctor.screen
    assert doctor.clean(), doctor.screen
    assert doctor.screen.startswith("Real systems: Drive inbox CP2000_INBOX (")


def test_the_first_real_run_of_a_ledger_asks(real: Commands, sandbox: Sandbox) -> None:
    """In a terminal, after the line that names the systems; "no" files nothing."""
    code, screen = at_a_terminal(real, b"n\n", "--limit", "1")
    assert code == 1, screen
    assert screen.index("Real systems: Drive inbox CP2000_INBOX") < screen.index("Go on?")
    assert "Nothing was done" in screen
    assert not sandbox.state()["documents"]
    code, screen = at_a_terminal(real, b"y\n", "--limit", "1")
    assert (code, "Go on?" in screen) == (0, True), screen
    assert len(sandbox.state()["documents"]) == 1


def at_a_terminal(commands: Commands, typed: bytes, *words: str) -> tuple[int, str]:
    """Run the day in a terminal, answer its question, and see how it ends."""
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
                if typed and b"Go on?" in shown:
                    os.write(ours, typed)
                    typed = b""
    os.close(ours)
    return process.returncode, shown.decode(errors="replace")
