"""`mailroom file`, `retry` and `retract`: a person decides about a file; the decision is carried out at once.

0: done.
1: the decision does not fit the file, or the result is not the one asked for; a line says why.
2: configuration or credentials are wrong.
3: a system does not answer, or another run is active; the next run carries out a decision that was stored.
130, 143: stopped by a signal.
"""

from __future__ import annotations

import getpass
from functools import partial

from rich.console import Console

from mailroom.cli.real_run import work_on_real_systems
from mailroom.cli.wrapping import print_line
from mailroom.drive.links import parse_file_link
from mailroom.errors import FileFault
from mailroom.ledger import FileRow
from mailroom.ledger.decisions import Action, PersonDecision
from mailroom.ledger.states import FINAL_STATES
from mailroom.run.context import RunContext
from mailroom.run.file_decision import NOT_FILED, name_result
from mailroom.run.reasons import MEANING, find_remedy, in_words

# The outcome that a decision asks for; after a retry any outcome is a success.
FILED = {"matched", "duplicate"}
WANTED = {
    Action.FILE: FILED,
    Action.FILE_ANYWAY: FILED,
    Action.RETRACT: {"review"},
    Action.RETRY: set(MEANING),
}
LATER = "The decision is stored, but not carried out yet ({}). The next run carries it out."


def run_decision(action: str, link: str, case_id: int | None = None, *, real: bool) -> int:
    """Store the decision, carry it out, say the outcome, and return the exit code.

    Raises:
        ConfigError: the real systems are not configured, reject the credentials, or there is no ledger.
    """
    decision = PersonDecision(Action(action), getpass.getuser(), case_id)
    work = partial(_carry_out, link, decision)
    return work_on_real_systems(action, work, real=real)


def _carry_out(link: str, decision: PersonDecision, run: RunContext, console: Console) -> int:
    try:
        file_id = parse_file_link(link)
        if file_id is None:
            raise FileFault("not_a_link")
        run.preflight()
        pipeline = run.file_pipeline()
        if decision.case_id is not None and pipeline.crm.get_case(decision.case_id) is None:
            raise FileFault("no_such_case")
        run.ledger.record_person_decision(file_id, decision, pipeline.drive.get_state(file_id))
    except FileFault as refused:
        remedy = find_remedy(refused.code)
        print_line(
            console, f"Nothing was done: {in_words(refused.code)}." + (f" To do: {remedy}." if remedy else "")
        )
        return 1
    pipeline.process(file_id)
    row = run.ledger.find_files([file_id])[file_id]
    print_line(console, describe_result(row, decision.action))
    if not row.has_ended:
        return 3
    return 0 if row.outcome in WANTED[decision.action] else 1


def describe_result(row: FileRow, action: Action) -> str:
    """Return what was done about a file, and what is left to do, in a line."""
    if not row.has_ended:
        return LATER.format(in_words(row.fault or "pending"))
    reason = row.reason or ""
    if action is not Action.RETRACT and name_result(row) == NOT_FILED:
        remedy = find_remedy(reason)
        done = f"Nothing was filed: {in_words(reason)}." + (f" To do: {remedy}." if remedy else "")
    else:
        done = f"{(row.outcome or '').capitalize()}: {in_words(reason)}."
    if row.state in FINAL_STATES:
        return done
    fault = row.fault or ""
    return f"{done} But the file is where it was: {in_words(fault)}. To do: {find_remedy(fault)}."
