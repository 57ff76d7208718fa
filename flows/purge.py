"""Once a week: what the ledger knows of clients whose files are long closed goes. The core decides what that is."""

from __future__ import annotations

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from pydantic import Field

from blocks.stored import stored_settings
from flows.logs import check_redaction
from mailroom.errors import MailroomError
from mailroom.ledger import purge_command
from mailroom.ledger.retention import Purged
from mailroom.privacy.error_boundary import guard_process, sanitize_errors
from mailroom.settings import load_settings

Days = Annotated[int, Field(ge=1, le=purge_command.MOST_DAYS)]


@flow(name="purge", persist_result=False)
def purge(older_than_days: Days = 90) -> State[None]:
    """Removes what the ledger knows of clients whose files were closed long ago.

    Hashes and delivery markers stay, so that nothing is filed twice; open files keep everything. Nothing in Drive
    or Logiqs is touched.

    Args:
        older_than_days: What was closed so many days ago, or earlier, goes.
    """
    try:
        done = forget(older_than_days)
    except MailroomError as error:
        # What a person must know is one line; a traceback would hide it.
        return Failed(message=str(error), data=error)
    return Completed(message=purge_command.in_words(done, older_than_days))


@sanitize_errors
def forget(older_than_days: int) -> Purged:
    """Purge the ledger that settings and blocks name."""
    check_redaction()
    guard_process()
    return purge_command.purge(load_settings(blocks=stored_settings().merge()), older_than_days)
