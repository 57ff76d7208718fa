"""A formatter that redacts: message, arguments, traceback and stack alike, of our loggers and of all others.

A formatter and not a filter, since only it sees the traceback's text. It never raises and never drops a
record: what cannot be put into words becomes ``[unprintable]``, and what a database or a file would refuse to
store, and so drop with its neighbours, is written as an escape.
"""

from __future__ import annotations

import copy
import logging
import re
from typing import Any

from mailroom.errors import MailroomError
from mailroom.privacy.redaction.masking import UNPRINTABLE, redact

# Half characters cannot be encoded, and PostgreSQL stores no text with a zero in it.
_NOT_STORED = re.compile(r"[\x00\ud800-\udfff]")


class RedactingFormatter(logging.Formatter):
    """Use it in place of `logging.Formatter`; in a configuration file: ``(): …RedactingFormatter``."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, redacted."""
        try:
            return _escape_unstorable(redact(self._format_copy(record)))
        except Exception:  # noqa: BLE001 - arguments of any kind may fail in any way; the record must not
            return self._format_without_message(record)

    def _format_copy(self, record: logging.LogRecord) -> str:
        # Of a copy: logging keeps the traceback's text in the record, in clear, for whatever handler comes next.
        return super().format(copy.copy(record))

    def _format_without_message(self, record: logging.LogRecord) -> str:
        """The record with its message replaced, and its traceback if that can be shown."""
        known = copy.copy(record)
        known.msg, known.args = UNPRINTABLE, ()
        try:
            return _escape_unstorable(redact(self._format_copy(known)))
        except Exception:  # noqa: BLE001 - the traceback fails too, as when an exception's own text does
            return f"{record.levelname} {record.name} {UNPRINTABLE}"

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The traceback; of an error raised on purpose only its line, which says what to do."""
        error = ei[1]
        if isinstance(error, MailroomError):
            return f"{type(error).__name__}: {error}"
        return super().formatException(ei)


def _escape_unstorable(text: str) -> str:
    return _NOT_STORED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
