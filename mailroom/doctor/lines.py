"""One finding of the doctor: what was looked at, how it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mailroom.errors import ConfigError, MailroomError, RunStop, Transient

Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Line:
    """``words`` say how it is, ``mend`` what to do; a run is possible as long as nothing is ``wrong``."""

    topic: str
    level: Level
    words: str
    mend: str = ""


def ok(topic: str, words: str) -> Line:
    """As it should be."""
    return Line(topic, "ok", words)


def note(topic: str, words: str, mend: str = "") -> Line:
    """Worth knowing; a run is possible."""
    return Line(topic, "note", words, mend)


def wrong(topic: str, words: str, mend: str) -> Line:
    """A run would end with it, or leave files undone."""
    return Line(topic, "wrong", words, mend)


def not_checked(topic: str, why: str) -> Line:
    """Something else has to be mended, or set, first."""
    return Line(topic, "note", f"not checked: {why}")


def of_error(topic: str, error: MailroomError, system: str, setting: str) -> Line:
    """The line for an error of a check.

    Args:
        topic: what was looked at.
        error: what the check ended with.
        system: who was asked, in a person's words.
        setting: where its address stands.
    """
    if isinstance(error, ConfigError | RunStop) and error.what:
        return wrong(topic, error.what, error.mend)
    if isinstance(error, Transient):
        return wrong(
            topic,
            f"{system} does not answer ({error.code}).",
            f"Check {setting}, the network and its proxy; if {system} itself is down, wait.",
        )
    return wrong(
        topic, f"{system} refuses ({error.code}).", f"Check {setting} and the rights of the account."
    )
