"""Setting up a Prefect server: what is missing is created, what differs is corrected, the rest is kept."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate

from mailroom.errors import ConfigError
from mailroom.orchestration import deploy
from mailroom.orchestration.automations import find_automation, list_automations
from mailroom.orchestration.declared_deployments import WORK_POOL
from mailroom.orchestration.deploy import set_up_server
from tests.one_module import replace_in

Call = list[Any]


@pytest.fixture
def client(prefect_server: None) -> Iterator[SyncPrefectClient]:  # noqa: ARG001 - it must run
    """The server's client; its automations and work pool go with the test."""
    with get_client(sync_client=True) as opened:
        yield opened
        for wanted in list_automations():
            for one in opened.read_automations_by_name(wanted.name):
                opened.delete_automation(one.id)
        opened.delete_work_pool(WORK_POOL)


@pytest.fixture
def prefect_deploys(monkeypatch: pytest.MonkeyPatch) -> Call:
    """`prefect deploy` is not called; what it would be called with. Its exit code is 0 until it is set."""
    call: Call = [0]

    def run(*words: Any, **how: Any) -> subprocess.CompletedProcess[str]:
        call.append((words, how))
        return subprocess.CompletedProcess(words, call[0], stdout="")

    replace_in(monkeypatch, deploy, subprocess, run=run)
    return call


def set_up() -> dict[str, str]:
    """What was done, by the name of the object."""
    return {change.name: change.result for change in set_up_server()}


def test_it_may_be_repeated(client: SyncPrefectClient, prefect_deploys: Call) -> None:
    """The first time everything is created, then nothing changes; a difference is corrected."""
    names = [one.name for one in list_automations()]
    first = set_up()
    assert {first[name] for name in (WORK_POOL, *names)} == {"created"}
    assert first["logiqs-credentials"]
    assert set(set_up().values()) == {"unchanged"}
    found = find_automation(client, list_automations()[0])
    assert found is not None
    client.pause_automation(found.id)
    client.update_work_pool(WORK_POOL, WorkPoolUpdate(description="our machine"))
    again = set_up()
    assert again.pop(names[0]) == "changed"
    assert set(again.values()) == {"unchanged"}
    assert client.read_work_pool(WORK_POOL).description == "our machine"
    assert set(set_up().values()) == {"unchanged"}
    assert prefect_deploys[1][1]["env"]["MAILROOM_HOME"] == str(prefect_deploys[1][1]["cwd"])


def test_what_stops_it(client: SyncPrefectClient, prefect_deploys: Call) -> None:
    """A work pool of another type, and a `prefect deploy` that fails."""
    client.create_work_pool(WorkPoolCreate(name=WORK_POOL, type="docker"))
    with pytest.raises(ConfigError, match="its type is docker, not process"):
        set_up()
    client.delete_work_pool(WORK_POOL)
    prefect_deploys[0] = 1
    with pytest.raises(ConfigError, match="could not deploy"):
        set_up()
