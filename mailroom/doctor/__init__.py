"""The checks of `mailroom doctor` that need no Prefect; each check returns lines for the screen.

A check changes nothing: it does not write to Drive or Logiqs, and creates or migrates no ledger. A check that
fails returns a line and never raises. The checks of a Prefect server are in
`mailroom.orchestration.doctor_checks`.
"""

from mailroom.doctor.clock import check_clock
from mailroom.doctor.configuration import check_configuration
from mailroom.doctor.drive import check_drive
from mailroom.doctor.ledger import check_ledger
from mailroom.doctor.lines import Level, Line, describe_error, not_checked, note, ok, wrong
from mailroom.doctor.logiqs import check_logiqs
from mailroom.doctor.machine import check_disk, check_scans, check_scratch
from mailroom.doctor.printing import LinePrinter
from mailroom.doctor.response_monitor import ResponseMonitor

__all__ = [
    "Level",
    "Line",
    "LinePrinter",
    "ResponseMonitor",
    "check_clock",
    "check_configuration",
    "check_disk",
    "check_drive",
    "check_ledger",
    "check_logiqs",
    "check_scans",
    "check_scratch",
    "describe_error",
    "not_checked",
    "note",
    "ok",
    "wrong",
]
