"""The lines of `mailroom doctor`: one for everything that a run depends on, with what to do about problems.

They check what is configured and change nothing. The checks of a Prefect server are beside this module, all
others in `mailroom.doctor`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from importlib.metadata import version

from mailroom.config.settings import Settings, load_settings, missing_for_real_systems
from mailroom.config.sources import Sources
from mailroom.config.target import Target, TargetRequest, decide_target
from mailroom.doctor.clock import check_clock
from mailroom.doctor.configuration import can_find_cases, check_configuration, check_dotenv
from mailroom.doctor.drive import check_drive
from mailroom.doctor.ledger import check_index, check_ledger, has_ledger
from mailroom.doctor.lines import Line, not_checked, note, ok, wrong
from mailroom.doctor.lists import check_lists_dir
from mailroom.doctor.logiqs import check_logiqs
from mailroom.doctor.machine import check_disk, check_scans, check_scratch
from mailroom.doctor.network import check_network
from mailroom.doctor.response_monitor import ResponseMonitor
from mailroom.errors import ConfigError
from mailroom.ledger.inspection import has_case_index
from mailroom.orchestration.prefect_environment import LOGGING_FILE, check_prefect_settings

PACKAGES = ("mailroom", "prefect", "google-api-python-client", "pdfplumber", "httpx")
CLOCK_SECONDS = 5.0
NO_REAL_SYSTEMS = (
    "The environment and .env name no real systems, so `python flows/daily.py` runs on the built-in sandbox."
)


def list_lines(announce: Callable[[Target], None], *, real: bool, configured: bool) -> Iterator[Line]:
    """Prefect first, since its server holds settings; then the settings, and what they lead to.

    Args:
        announce: called first with the target, as in a run.
        real: whether what a Prefect server stores counts.
        configured: whether a Prefect server is configured; a temporary one is started for ``real`` only.
    """
    try:
        check_prefect_settings()
    except ConfigError as error:
        yield from _target(announce, TargetRequest(real=real), Sources())
        yield wrong("Prefect settings", error.what, error.fix)
        yield from _without_prefect(all_read=not real)
        return
    # Prefect takes a second to import.
    from mailroom.orchestration import deployment_checks, doctor_checks  # noqa: PLC0415

    look = doctor_checks.look_at_server(file_names_one=configured, temporary=not configured)
    stored = look.stored.sources if look.stored else Sources()
    target = yield from _target(announce, TargetRequest(real=real), stored)
    answers = configured and look.stored is not None
    deployments = deployment_checks.check_deployments(LOGGING_FILE) if answers else ()
    if target is not None and not target.is_real:
        yield from _for_sandbox(target.settings, look.lines, deployments)
        yield _versions(look.version)
        return
    counted = stored if real else Sources()
    settings, fault = _settings(counted)
    if not configured and settings is not None and missing_for_real_systems(settings) is None:
        # Nothing is set at all: the line about that says everything.
        return
    yield from look.lines
    yield from deployments
    yield doctor_checks.check_logging(LOGGING_FILE)
    if real:
        yield from doctor_checks.check_blocks(look.stored, settings, named=configured)
    else:
        for part in ("drive", "logiqs"):
            yield not_checked(f"block {part}", "blocks are used only by deployments and with --real")
    yield from _configuration(
        settings, fault, counted, all_read=look.stored is not None or not (real and configured)
    )
    if settings is not None:
        yield from _systems(settings)
        yield from doctor_checks.check_limits(settings, answers=answers)
        yield from deployment_checks.check_dispatch(settings, answers=answers)
        yield from _machine(settings)
    yield _versions(look.version)


def send_test_message(*, configured: bool) -> Iterator[Line]:
    """Send a test message through each notification block on the server; yield what became of it.

    A temporary server has no automations, so nobody would ever be told through its blocks.
    """
    topic = "test message"
    if not configured:
        yield wrong(
            topic, "not sent: no Prefect server is configured.", "Set PREFECT_API_URL to its address."
        )
        return
    try:
        check_prefect_settings()
    except ConfigError as error:
        yield wrong(topic, f"not sent: {error.what}", error.fix)
        return
    # As above.
    from mailroom.orchestration import notification_checks  # noqa: PLC0415

    yield from notification_checks.send_test_message()


def _for_sandbox(settings: Settings, server: Sequence[Line], deployments: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines for a machine without settings: what the real systems need, and the machine itself."""
    # A sandbox run has its own Prefect server; about a missing one the first line says enough.
    for line in server[:1]:
        unneeded = line.level == "wrong"
        yield note(line.topic, f"{line.words} The sandbox does not need it.", line.fix) if unneeded else line
    # They work on the real systems, whatever a command line does.
    yield from deployments
    yield from check_dotenv()
    yield from check_configuration(settings, Sources(), on_sandbox=True)
    yield from _machine(settings)


def _target(
    announce: Callable[[Target], None], request: TargetRequest, stored: Sources
) -> Generator[Line, None, Target | None]:
    """Name the target as a run does; a line where a run could not start, and what the sandbox means.

    Returns:
        The target; None where a run could not start.
    """
    try:
        target = decide_target(request, stored, has_case_index)
    except ConfigError as error:
        # A setting that cannot be used has its own line below.
        if _settings(stored if request.real else Sources())[1] is None:
            yield wrong("target", error.what, error.fix)
        return None
    announce(target)
    if not target.is_real:
        yield note("target", target.hint or NO_REAL_SYSTEMS)
    return target


def _without_prefect(*, all_read: bool) -> Iterator[Line]:
    settings, fault = _settings(Sources())
    yield from _configuration(settings, fault, Sources(), all_read=all_read)
    if settings is not None:
        yield from _systems(settings)
        yield from _machine(settings)
    yield _versions(None)


def _settings(sources: Sources) -> tuple[Settings | None, ConfigError | None]:
    try:
        return load_settings(blocks=sources.merge()), None
    except ConfigError as error:
        return None, error


def _configuration(
    settings: Settings | None, fault: ConfigError | None, sources: Sources, *, all_read: bool
) -> Iterator[Line]:
    yield from check_dotenv()
    if settings is not None:
        yield from check_configuration(settings, sources, all_read=all_read)
    if fault is not None:
        yield wrong("configuration", fault.what, fault.fix)
        yield not_checked("all other checks", "the configuration must be valid first")


def _systems(settings: Settings) -> Iterator[Line]:
    """Drive, Logiqs, the match service, and the clock by what they answered."""
    yield from check_network()
    monitor = ResponseMonitor()
    yield from check_drive(settings.drive, has_ledger=has_ledger(settings))
    yield from check_logiqs(settings.logiqs, monitor, has_index=can_find_cases(settings))
    ask = settings.drive.root_url if settings.drive.has_credential else None
    yield check_clock(monitor, ask, CLOCK_SECONDS)


def _machine(settings: Settings) -> Iterator[Line]:
    yield check_ledger(settings)
    yield check_index(settings)
    yield from check_lists_dir(settings)
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
