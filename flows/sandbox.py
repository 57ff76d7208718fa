"""The daily run on the built-in sandbox, as a separate flow: no form for the real systems has a switch for
it.
"""

from __future__ import annotations

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Failed
from pydantic import Field

from flows.daily import run_day
from mailroom.config.settings import load_settings
from mailroom.errors import ConfigError
from mailroom.orchestration.launch import Launch
from mailroom.orchestration.run_names import name_sandbox_run
from mailroom.orchestration.sandbox_run import NOTICES, running_sandbox, sandbox_overrides
from mailroom.run.options import RunOptions

Notices = Annotated[int, Field(ge=1, le=1_000)]


@flow(name="sandbox", flow_run_name=name_sandbox_run, persist_result=False)
def sandbox(notices: Notices = NOTICES) -> State[None]:
    """Files synthetic notices on the built-in sandbox. Nothing leaves the machine that it runs on.

    Args:
        notices: How many notices are generated and filed.
    """
    try:
        with running_sandbox(load_settings(), notices=notices) as started:
            settings = load_settings(**sandbox_overrides(*started))
            return run_day(RunOptions(sandbox=True), Launch(settings, on_sandbox=True))
    except ConfigError as error:
        return Failed(message=str(error), data=error)
