"""Checks the folder of ``MAILROOM_LISTS_DIR``: whether runs can use it, and who else can."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from mailroom.config.settings import Settings
from mailroom.doctor.lines import Line, note, ok, wrong
from mailroom.doctor.machine import can_be_written
from mailroom.run.review_exchange import NAME
from mailroom.run.review_file import choose_mode

TOPIC = "lists"


def check_lists_dir(settings: Settings) -> Iterator[Line]:
    """Yield a line about the folder, and one for each risk; none where no folder is set."""
    place = settings.lists_dir
    if place is None:
        return
    if not can_be_written(place):
        yield wrong(
            TOPIC,
            f"{place} is not a folder that this user can write to, so no list is written and no decision is read.",
            "Create it, make this user its owner, or correct MAILROOM_LISTS_DIR.",
        )
        return
    mode, name = place.stat().st_mode, shlex.quote(str(place))
    yield from _check_workbook(place / NAME)
    if mode & stat.S_IWOTH:
        yield wrong(
            TOPIC,
            f"Every user of this machine can put a list into {place}, and so decide in which case a document is filed.",
            f"Run: chmod o-rwx {name}",
        )
    elif mode & stat.S_IRWXO:
        yield note(TOPIC, f"Other users of this machine can open {place}.", f"Run: chmod o-rwx {name}")
    if place.resolve().is_relative_to(settings.state_dir.resolve()):
        yield note(
            TOPIC,
            f"{place} is inside the state directory, beside the ledger and its key.",
            "Set MAILROOM_LISTS_DIR to a separate folder.",
        )
    is_shared = choose_mode(place) & stat.S_IRWXG
    if mode & stat.S_IWGRP and not is_shared:
        yield note(
            TOPIC,
            f"The group of {place} can put a list there, but cannot read the list that a run writes.",
            f"Run: chmod g+s {name} to share it with the group, or: chmod g-rwx {name}",
        )
    else:
        yield ok(
            TOPIC,
            f"{place} can be written to; {NAME} is for {'its group' if is_shared else 'its owner only'}",
        )


def _check_workbook(path: Path) -> Iterator[Line]:
    try:
        with path.open("rb"):
            return
    except FileNotFoundError:
        return
    except OSError as error:
        problem = error.strerror
    yield wrong(
        TOPIC,
        f"{path} cannot be read ({problem}), so its decisions are not carried out.",
        f"Let this user read it: chmod g+rw {shlex.quote(str(path))}, or make this user its owner.",
    )
