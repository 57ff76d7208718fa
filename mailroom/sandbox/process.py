"""The sandbox as a process: in the foreground for a person, or as the child of a run."""

from __future__ import annotations

import json
import os
import shlex
import sys
import threading
from pathlib import Path
from typing import Any

from mailroom.errors import ConfigError
from mailroom.sandbox.options import SandboxOptions
from mailroom.sandbox.seeding import check_contents
from mailroom.sandbox.servers import Servers, create_servers


def run_in_foreground(options: SandboxOptions) -> int:
    """Serve until a signal ends it, and print the settings to export; return the exit code.

    Raises:
        ConfigError: a port is in use, or a file to seed it with cannot be read.
    """
    both = create_servers(options)
    both.run(lambda: _print_settings(both, options.state))
    return 0


def run_as_child(options: SandboxOptions) -> int:
    """Serve until the parent process ends; return the exit code.

    Prints one JSON line on standard output: the settings when it is ready, or the reason why it cannot start.
    """
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    try:
        both = create_servers(options)
        check_contents(both.store)
    except ConfigError as error:
        _print(json.dumps({"code": error.code, "what": error.what, "fix": error.fix}))
        return 2
    ready: dict[str, Any] = {"environment": both.environment, "pages": both.pages}
    both.run(lambda: _print(json.dumps(ready)))
    return 0


def _print_settings(both: Servers, state: Path) -> None:
    # The ledger of this sandbox's runs: what was tried must not be in that of the firm's real documents.
    exported = {**both.environment, "MAILROOM_STATE_DIR": str(state.resolve())}
    lines = [
        f"# Its Drive: {both.pages['drive']}",
        f"# Its Logiqs: {both.pages['logiqs']}",
        "# Open both in a browser. Ctrl-C ends the sandbox.",
        f"# Its state: {state}",
        "# For the daily run and all other commands on this sandbox, in another terminal:",
        *(f"export {name}={shlex.quote(value)}" for name, value in exported.items()),
    ]
    _print("\n".join(lines))


def _exit_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
