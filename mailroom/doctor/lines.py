"""One line of the doctor: what was checked, the result, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mailroom.errors import ConfigError, MailroomError, RunStop, Transient

Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Line:
    """The result of one check.

    ``words`` say what was found, ``fix`` says what to do. A run is possible as long as no line is ``wrong``.
    """

    topic: str
    level: Level
    words: str
    fix: str = ""


def ok(topic: str, words: str) -> Line:
    """Return a line for a check without a problem."""
    return Line(topic, "ok", words)


def note(topic: str, words: str, fix: str = "") -> Line:
    """Return a line for something to know; a run is possible."""
    return Line(topic, "note", words, fix)


def wrong(topic: str, words: str, fix: str) -> Line:
    """Return a line for a problem that would stop a run, or leave files unprocessed."""
    return Line(topic, "wrong", words, fix)


def not_checked(topic: str, why: str) -> Line:
    """Return a line for a check that is not possible until something else is fixed or set."""
    return Line(topic, "note", f"not checked: {why}")


def describe_error(topic: str, error: MailroomError, system: str, setting: str) -> Line:
    """Return the line for an error in a check.

    Args:
        topic: what was checked.
        error: the error that the check raised.
        system: the name of the system that was asked.
        setting: the setting that holds its address.
    """
    if isinstance(error, ConfigError | RunStop) and error.what:
        return wrong(topic, error.what, error.fix)
    if isinstance(error, Transient):
        return wrong(
            topic,
            f"{system} does not answer ({error.code}).",
            f"Check {setting} and the network (proxy, firewall). Try again later if it is down.",
        )
    return wrong(
        topic,
        f"{system} refused the request ({error.code}).",
        f"Check {setting} and the account's permissions.",
    )
