"""What a person asks of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

MOST_FILES = 100_000
# Drive's ids are letters, digits, - and _, at least a dozen of them; "root" is My Drive.
FOLDER_ID = r"^[A-Za-z0-9_-]{3,128}$"

Mode = Literal["real", "sandbox", "test"]


class RunKind(StrEnum):
    """What a run is to the people of the mail room; the beginning of its name."""

    DAILY = "daily"
    BY_HAND = "by hand"
    REHEARSAL = "rehearsal"
    SANDBOX = "sandbox"

    def make_key(self, key: str) -> str:
        """Return the key of an artifact that each kind of run has its own of; days have the plain one."""
        return key if self is RunKind.DAILY else f"{key}-{self.replace(' ', '-')}"


@dataclass(frozen=True)
class RunOptions:
    """At most ``limit`` files, created ``since`` that day, of these inboxes instead of the configured one.

    ``dry_run``: writes nothing to Drive or Logiqs. ``sandbox``: whether the systems are the sandbox's.
    ``no_wait``: the run ends immediately if another one is active on its ledger. ``by_hand``: a person
    started it from a form.
    """

    limit: int | None = None
    since: date | None = None
    inboxes: Sequence[str] = ()
    dry_run: bool = False
    sandbox: bool = False
    no_wait: bool = False
    by_hand: bool = False

    @property
    def kind(self) -> RunKind:
        """What the run is; a day's run has all of the configured inbox to do."""
        if self.sandbox:
            return RunKind.SANDBOX
        if self.dry_run:
            return RunKind.REHEARSAL
        narrowed = self.limit is not None or self.since is not None or self.inboxes
        return RunKind.BY_HAND if self.by_hand or narrowed else RunKind.DAILY

    @property
    def lists_all(self) -> bool:
        """Whether the run lists the whole configured inbox, on a ledger that lasts."""
        return not (self.since or self.inboxes or self.dry_run)

    @property
    def mode(self) -> Mode:
        """The mode as the report names it; a dry run on the sandbox is a test too."""
        if self.dry_run:
            return "test"
        return "sandbox" if self.sandbox else "real"
