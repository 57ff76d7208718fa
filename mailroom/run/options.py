"""What a person asks of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

MOST_FILES = 100_000
# Drive's ids are letters, digits, - and _, at least a dozen of them; "root" is My Drive.
FOLDER_ID = r"^[A-Za-z0-9_-]{3,128}$"

Mode = Literal["real", "sandbox", "test"]


@dataclass(frozen=True)
class RunOptions:
    """At most ``limit`` files, created ``since`` that day, of these inboxes instead of the configured one.

    ``dry_run``: writes nothing to Drive or Logiqs. ``sandbox``: whether the systems are the sandbox's.
    ``no_wait``: the run ends immediately if another one is active on its ledger.
    """

    limit: int | None = None
    since: date | None = None
    inboxes: Sequence[str] = ()
    dry_run: bool = False
    sandbox: bool = False
    no_wait: bool = False

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
