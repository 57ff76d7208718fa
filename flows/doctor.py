"""Every weekday before the daily run: checks what a run depends on, where the worker runs."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from mailroom.doctor.lines import Line
from mailroom.errors import MailroomError
from mailroom.orchestration.doctor_lines import list_lines
from mailroom.orchestration.log_setup import check_redaction
from mailroom.privacy.error_boundary import guard_process, sanitize_errors


@flow(name="doctor", persist_result=False)
def doctor() -> State[None]:
    """Checks what a run depends on, as `mailroom doctor --real` does, and changes nothing.

    Each line is in its log. Fails when something is wrong, with these lines as its message.
    """
    try:
        lines = check_everything()
    except MailroomError as error:
        # What a person must know is one line; a traceback would hide it.
        return Failed(message=str(error), data=error)
    wrong = [f"{line.topic}: {line.words} {line.fix}" for line in lines if line.level == "wrong"]
    return Failed(message="\n".join(wrong)) if wrong else Completed(message="Nothing is wrong.")


@sanitize_errors
def check_everything() -> Sequence[Line]:
    """Return the doctor's lines for the real systems, after they were logged."""
    check_redaction()
    guard_process()
    # The run's page shows this log; that of the modules is in the worker's log alone.
    log = get_run_logger()
    lines = []
    for line in list_lines(lambda target: log.info(target.describe()), real=True, configured=True):
        level = logging.WARNING if line.level == "wrong" else logging.INFO
        log.log(level, "%s  %s: %s %s", line.level, line.topic, line.words, line.fix)
        lines.append(line)
    return lines
