"""The arguments of `python -m mailroom sandbox`; what the command does is in `mailroom.sandbox.process`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from mailroom.sandbox.process import run_as_child, run_in_foreground
from mailroom.sandbox.servers import SandboxOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for people, and the hidden ones of `mailroom.sandbox.launcher`."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="Drive on N, Logiqs on N + 1")
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="directory that keeps its state; an existing one is used again",
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
    """Run the sandbox with these arguments; return the exit code.

    Raises:
        ConfigError: a port is in use, or a file to seed it with cannot be read.
    """
    options = SandboxOptions(
        state=args.state or Path(tempfile.mkdtemp(prefix="mailroom-sandbox-")),
        notices=args.seed_notices,
        files=args.files,
        cases=args.cases,
        blobs=args.blobs,
        port=args.port,
        drive_rate=args.drive_rate,
        logiqs_rate=args.logiqs_rate,
        latency=args.latency,
    )
    return run_as_child(options) if args.as_child else run_in_foreground(options)
