"""A formatter that redacts: message, arguments and traceback alike.

A formatter and not a filter, since only it sees the traceback's text. It never raises and never drops a
record: what cannot be put into words becomes ``[unprintable]``.
"""

from __future__ import annotations

import logging
from typing import Any

from mailroom.errors import MailroomError
from mailroom.privacy.redaction import redact

UNPRINTABLE = "[unprintable]"


class RedactingFormatter(logging.Formatter):
    """Use it in place of `logging.Formatter`; in a configuration file: ``(): …RedactingFormatter``."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, redacted."""
        try:
            return redact(super().format(record))
        except Exception:  # noqa: BLE001 - arguments of any kind may fail in any way; the record must not
            return f"{record.levelname} {record.name} {UNPRINTABLE}"

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The traceback; of an error raised on purpose only its line, which says what to do."""
        error = ei[1]
        if isinstance(error, MailroomError):
            return f"{type(error).__name__}: {error}"
        return super().formatException(ei)
