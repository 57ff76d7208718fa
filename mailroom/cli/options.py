"""Options and arguments that several commands have."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

DriveLink = Annotated[
    str, Argument(metavar="LINK", show_default=False, help="the file's link in Google Drive, or its id")
]
RealSystems = Annotated[
    bool,
    Option("--real", help="use the real systems, even if only Prefect blocks and variables configure them"),
]
RealLedger = Annotated[
    bool, Option("--real", help="also use a ledger URL and key from Prefect blocks and variables")
]
