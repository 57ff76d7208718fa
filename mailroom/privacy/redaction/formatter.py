"""A logging formatter that redacts message, arguments, traceback and stack, for our loggers and all others.

It is a formatter and not a filter, because only a formatter sees the text of the traceback. It never raises
and never drops a record: a message that cannot be formatted becomes ``[unprintable]``, and characters that a
database or file cannot store are written as escapes, since they would make Prefect drop the whole batch of
records.
"""

from __future__ import annotations

import copy
import logging
import re
from typing import Any

from mailroom.errors import MailroomError
from mailroom.privacy.redaction.masking import UNPRINTABLE, redact

# Surrogates cannot be encoded, and PostgreSQL does not store text with a zero character.
_NOT_STORED = re.compile(r"[\x00\ud800-\udfff]")


class RedactingFormatter(logging.Formatter):
    """A replacement for `logging.Formatter`; in a configuration file: ``(): …RedactingFormatter``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as redacted text."""
        try:
            return _escape_unstorable(redact(self._format_copy(record)))
        except Exception:  # noqa: BLE001 - any argument may fail in any way, and the record must still be written
            return self._format_without_message(record)

    def _format_copy(self, record: logging.LogRecord) -> str:
        # A copy: logging keeps the text of the traceback in the record, unredacted, for the next handler.
        return super().format(copy.copy(record))

    def _format_without_message(self, record: logging.LogRecord) -> str:
        """Return the record with its message replaced, and with its traceback if that can be formatted."""
        known = copy.copy(record)
        known.msg, known.args = UNPRINTABLE, ()
        try:
            return _escape_unstorable(redact(self._format_copy(known)))
        except Exception:  # noqa: BLE001 - the traceback fails as well, for example in the exception's own __str__
            return f"{record.levelname} {record.name} {UNPRINTABLE}"

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Return the traceback; for a `MailroomError` only its type and message, which says what to do."""
        error = ei[1]
        if isinstance(error, MailroomError):
            return f"{type(error).__name__}: {error}"
        return super().formatException(ei)


def _escape_unstorable(text: str) -> str:
    return _NOT_STORED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
