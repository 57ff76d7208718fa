"""A flow that leaks in every way that Prefect has a place for; run by `test_search.py` on a home of its
own.
"""

import os
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.blocks.webhook import Webhook
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.states import Failed
from prefect.variables import Variable

TEXT = os.environ["CANARY_TEXT"]


@task(task_run_name=TEXT, tags={TEXT[:60]}, persist_result=True)
def step(client: str) -> str:
    """Its name, its tags, its result, its log, its error."""
    get_run_logger().info("Filing for %s", client)
    return client


@task
def failing(client: str) -> None:
    """The text of an error is its state's message."""
    raise ValueError(client)


@flow(flow_run_name=TEXT, persist_result=True)
def careless(client: str) -> State[Any]:
    """Its parameters, its name, its artifacts, its events, its state."""
    step(client)
    failing(client, return_state=True)
    create_markdown_artifact(key="client", markdown=client, description=client)
    create_table_artifact(key="clients", table=[{"client": client}])
    emit_event(
        "client.filed", resource={"prefect.resource.id": "client", "name": client}, payload={"of": client}
    )
    Variable.set("client", client, overwrite=True)
    Webhook(url="http://127.0.0.1", method="GET").save("client", overwrite=True)
    return Failed(message=client)


if __name__ == "__main__":
    careless(TEXT, return_state=True)
