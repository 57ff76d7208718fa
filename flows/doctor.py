"""``python -m mailroom doctor``: a line for each thing that a run depends on, and what to do where it is wrong.

Runs against whatever is configured, and writes to none of it. Exit code 0 when nothing is wrong, else 2. What
is looked at on a Prefect server stands in `tasks.doctor`, all else in `mailroom.doctor`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from flows.command_line import prefect_settings_fault
from flows.local_server import server_is_configured
from mailroom.doctor import (
    Answers,
    Line,
    LinePrinter,
    Sources,
    check_clock,
    check_configuration,
    check_disk,
    check_drive,
    check_ledger,
    check_logiqs,
    check_scans,
    check_scratch,
    not_checked,
    ok,
    wrong,
)
from mailroom.errors import ConfigError
from mailroom.settings import Settings, load_settings

LOGGING_FILE = Path(__file__).with_name("logging.yml")
PACKAGES = ("mailroom", "prefect", "google-api-python-client", "pdfplumber", "httpx")
CLOCK_SECONDS = 5.0


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none: what it looks at is what a run would use."""


def run(_args: argparse.Namespace) -> int:
    """Print the lines as they come, and answer the exit code."""
    # On a terminal Prefect, when it is imported, tells of its telemetry otherwise, and may send some.
    os.environ.setdefault("DO_NOT_TRACK", "1")
    printer = LinePrinter(Console())
    with _silence():
        try:
            for line in lines():
                printer.show(line)
        except KeyboardInterrupt:
            return 130
    return printer.close()


@contextmanager
def _silence() -> Iterator[None]:
    """What libraries log or warn of would stand between the lines; each fault has a line of its own."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def lines() -> Iterator[Line]:
    """Prefect first, since its server holds settings; then the settings, and what they lead to."""
    try:
        # Prefect takes a second to import, and reads its own settings then.
        from tasks.doctor import check_blocks, check_limits, check_logging, look_at_server  # noqa: PLC0415
    except ValidationError as error:
        own = prefect_settings_fault(error)
        yield wrong("Prefect settings", own.what, own.mend)
        yield from _without_prefect()
        return
    named = server_is_configured()
    look = look_at_server(file_names_one=named)
    yield from look.lines
    yield check_logging(LOGGING_FILE)
    sources = look.stored.sources if look.stored else Sources()
    settings, fault = _settings(sources)
    yield from check_blocks(look.stored, settings, named=named)
    yield from _configuration(settings, fault, sources, all_read=look.stored is not None or not named)
    if settings is not None:
        yield from _systems(settings)
        yield from check_limits(settings, answers=look.stored is not None)
        yield from _machine(settings)
    yield _versions(look.version)


def _without_prefect() -> Iterator[Line]:
    settings, fault = _settings(Sources())
    yield from _configuration(settings, fault, Sources(), all_read=False)
    if settings is not None:
        yield from _systems(settings)
        yield from _machine(settings)
    yield _versions(None)


def _settings(sources: Sources) -> tuple[Settings | None, ConfigError | None]:
    try:
        return load_settings(blocks=sources.merged()), None
    except ConfigError as error:
        return None, error


def _configuration(
    settings: Settings | None, fault: ConfigError | None, sources: Sources, *, all_read: bool
) -> Iterator[Line]:
    if settings is not None:
        yield from check_configuration(settings, sources, all_read=all_read)
    if fault is not None:
        yield wrong("configuration", fault.what, fault.mend)
        for topic in ("Drive", "Logiqs", "match service", "limits", "ledger", "scratch", "disk", "clock"):
            yield not_checked(topic, "the configuration comes first")


def _systems(settings: Settings) -> Iterator[Line]:
    """Drive, Logiqs, the match service, and the clock by what they answered."""
    answers = Answers()
    yield from check_drive(settings.drive)
    yield from check_logiqs(settings.logiqs, answers)
    ask = settings.drive.root_url if settings.drive.has_credential else None
    yield check_clock(answers, ask, CLOCK_SECONDS)


def _machine(settings: Settings) -> Iterator[Line]:
    yield check_ledger(settings)
    yield check_scratch(settings)
    yield from check_disk(settings)
    yield check_scans()


def _versions(server: str | None) -> Line:
    python = ".".join(map(str, sys.version_info[:3]))
    found = {name: version(name) for name in PACKAGES}
    found["prefect"] += f" (its server {server})" if server else ""
    return ok(
        "versions", ", ".join([f"Python {python}", *(f"{name} {told}" for name, told in found.items())])
    )
