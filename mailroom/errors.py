"""Every error that the mail room raises on purpose, as one tree drawn by what to do about it.

    MailroomError
    ├── Transient         try again: in place (`call_retries`), then by the task's retry, then by the next run
    ├── Unclear           a write was sent and its answer lost: look before anything is sent again
    │   └── Postponed     the file, not before a time: the run tries it again at its end
    ├── FileFault         this file only: it gets an outcome and a reason code, its neighbours continue
    ├── RunStop           stop cleanly, nothing is lost, the next run continues (a day's quota is used up)
    ├── ConfigError       a person must correct the configuration or the permissions first
    └── ProgramFault      report it: an unexpected exception, as its kind and place (`error_boundary`)

An error holds a code and opaque ids (Drive ids, run ids), never a document's text, a name, or the text of
another exception: states, logs and tracebacks show it to anyone. Raise it ``from None`` wherever the
original's text may hold client data. This module formats nothing and logs nothing.
"""

from __future__ import annotations

from datetime import datetime


class MailroomError(Exception):
    """The root. ``code`` is a stable snake_case word, ``ids`` are opaque and safe to show."""

    def __init__(self, code: str, **ids: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.ids = ids

    def __str__(self) -> str:
        named = ", ".join(f"{name}={value}" for name, value in self.ids.items())
        return f"{self.code} ({named})" if named else self.code


class Transient(MailroomError):
    """A temporary fault. ``retry_after`` is what the server asked for, in seconds, if it did."""

    def __init__(self, code: str, *, retry_after: float | None = None, **ids: str | int) -> None:
        super().__init__(code, **ids)
        self.retry_after = retry_after


class Postponed(Transient):
    """Another try of this file before ``until`` would find what this one found."""

    def __init__(self, code: str, *, until: datetime, **ids: str | int) -> None:
        super().__init__(code, retry_after=None, **ids)
        self.until = until


class FilesLeftPending(Transient):
    """The run ended with pending files, or without having listed the whole inbox."""

    def __str__(self) -> str:
        if (files := self.ids.get("files")) is not None:
            left = "1 file" if files == 1 else f"{files} files"
            return f"Temporary errors left {left} pending; the next run picks up what is left."
        if (abandoned := self.ids.get("abandoned")) is not None:
            return (
                f"Documents that are not finished in Logiqs, and whose files left the inbox: {abandoned}. "
                "`mailroom reconcile` names them, and finishes them with --repair."
            )
        if (held := self.ids.get("held")) is not None:
            on = "a file" if held == 1 else f"{held} files"
            return (
                f"Another run is working on {on} in the inbox; that run or the next one files what is left."
            )
        if (folders := self.ids.get("folders")) is not None:
            return (
                f"Drive does not list these folders, so their files were left out: {folders}. "
                "Share them with the account, or remove them from the inbox."
            )
        return "The inbox could not be listed completely; the next run lists it again."


class Unclear(MailroomError):
    """A write that may or may not have been carried out; it must not be sent again blindly."""


class FileFault(MailroomError):
    """A permanent fault of one file; ``code`` becomes the file's reason code."""


class RunStop(MailroomError):
    """Nothing more can be done in this run (quota of the day, full storage); the next one continues."""

    def __init__(self, code: str, *, what: str = "", fix: str = "", **ids: str | int) -> None:
        super().__init__(code, **ids)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what} {self.fix}" if self.what else super().__str__()


class ConfigError(MailroomError):
    """A person must act first. ``what`` is wrong and how to ``fix`` it, both one plain sentence."""

    def __init__(self, code: str, *, what: str, fix: str, **ids: str | int) -> None:
        super().__init__(code, **ids)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what} {self.fix}"


class ProgramFault(MailroomError):
    """An unexpected exception; only its ``kind`` and its ``place`` in our code are shown."""

    def __str__(self) -> str:
        return f"A bug in the mail room: {self.ids['kind']} at {self.ids['place']}."
