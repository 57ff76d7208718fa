"""Once a week: removes what the ledger knows of clients whose files were closed long ago."""

from __future__ import annotations

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from mailroom.config.settings import load_settings
from mailroom.errors import MailroomError
from mailroom.ledger import open_existing_ledger
from mailroom.ledger.purge import MOST_DAYS, Purged
from mailroom.orchestration.block_settings import stored_settings
from mailroom.orchestration.log_setup import check_redaction
from mailroom.privacy.error_boundary import guard_process, sanitize_errors

Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]


@flow(name="purge", persist_result=False)
def purge(older_than_days: Days = 90) -> State[None]:
    """Removes what the ledger knows of clients whose files were closed long ago.

    Hashes and delivery markers stay, so that nothing is filed twice; open files keep everything. Nothing in
    Drive or Logiqs is changed.

    Args:
        older_than_days: Data of files that were closed this many days ago or earlier is removed.
    """
    try:
        done = forget(older_than_days)
    except MailroomError as error:
        # What a person must know is one line; a traceback would hide it.
        return Failed(message=str(error), data=error)
    return Completed(message=done.describe(older_than_days))


@sanitize_errors
def forget(older_than_days: int) -> Purged:
    """Purge the ledger that settings and blocks name."""
    check_redaction()
    guard_process()
    with open_existing_ledger(load_settings(blocks=stored_settings().merge())) as ledger:
        return ledger.purge_older_than(older_than_days)
