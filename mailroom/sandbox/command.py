"""`python -m mailroom sandbox`: the servers in the foreground, printing the settings to export."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from mailroom.errors import ConfigError
from mailroom.sandbox.servers import Plan, Servers, servers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that people use, and those of `mailroom.sandbox.launcher`."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="Drive on N, Logiqs on N + 1")
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help="where its state lies; kept, and gone on with"
    )
    parser.add_argument(
        "--seed-notices", type=int, metavar="N", help="fill a new sandbox with N synthetic notices"
    )
    for name in ("--files", "--cases", "--blobs"):
        parser.add_argument(name, type=Path, help=argparse.SUPPRESS)
    for name in ("--drive-rate", "--logiqs-rate"):
        parser.add_argument(name, type=float, help=argparse.SUPPRESS)
    parser.add_argument("--latency", type=float, default=0.0, help=argparse.SUPPRESS)
    parser.add_argument("--as-child", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop.

    Raises:
        ConfigError: a port is taken, or what it is to be filled with cannot be read.
    """
    if args.as_child:
        return _as_child(args)
    state = args.state or Path(tempfile.mkdtemp(prefix="mailroom-sandbox-"))
    both = servers(_plan(args, state))
    both.run(lambda: _say(both, state))
    return 0


def _plan(args: argparse.Namespace, state: Path) -> Plan:
    return Plan(
        state=state,
        notices=args.seed_notices,
        files=args.files,
        cases=args.cases,
        blobs=args.blobs,
        port=args.port,
        drive_rate=args.drive_rate,
        logiqs_rate=args.logiqs_rate,
        latency=args.latency,
    )


def _say(both: Servers, state: Path) -> None:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in both.environment.items()]
    lines += [
        f"# Its Drive: {both.pages['drive']}",
        f"# Its Logiqs: {both.pages['logiqs']}",
        f"# Its state: {state}",
        "# Ctrl-C ends it.",
    ]
    _print("\n".join(lines))


def _as_child(args: argparse.Namespace) -> int:
    """One JSON line on standard output when it is ready, or the reason why not; ends with its parent."""
    # A Ctrl-C in the terminal is for the run, which ends its sandbox itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        both = servers(_plan(args, args.state))
    except ConfigError as error:
        _print(json.dumps({"code": error.code, "what": error.what, "mend": error.mend}))
        return 2
    ready: dict[str, Any] = {"environment": both.environment, "pages": both.pages}
    both.run(lambda: _print(json.dumps(ready)))
    return 0


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
