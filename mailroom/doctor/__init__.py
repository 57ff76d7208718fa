"""What `python -m mailroom doctor` looks at, as far as it needs no Prefect; each check answers lines.

Nothing is written to Drive or Logiqs, made or migrated here; a check that fails is a line, never an exception.
"""

from mailroom.doctor.answers import Answers
from mailroom.doctor.clock import check_clock
from mailroom.doctor.configuration import check_configuration
from mailroom.doctor.drive import check_drive
from mailroom.doctor.ledger import check_ledger
from mailroom.doctor.lines import Level, Line, not_checked, note, of_error, ok, wrong
from mailroom.doctor.logiqs import check_logiqs
from mailroom.doctor.machine import check_disk, check_scans, check_scratch
from mailroom.doctor.printing import LinePrinter

__all__ = [
    "Answers",
    "Level",
    "Line",
    "LinePrinter",
    "check_clock",
    "check_configuration",
    "check_disk",
    "check_drive",
    "check_ledger",
    "check_logiqs",
    "check_scans",
    "check_scratch",
    "not_checked",
    "note",
    "of_error",
    "ok",
    "wrong",
]
