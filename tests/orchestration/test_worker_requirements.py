"""Whether a run can hand its files to workers: a ledger that all machines share, and the deployment."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
from prefect.exceptions import ObjectNotFound

from mailroom.config.settings import load_settings
from mailroom.errors import ConfigError
from mailroom.orchestration import worker_requirements
from mailroom.orchestration.worker_requirements import require_workers


@pytest.mark.parametrize(
    ("ledger", "pool", "told"),
    [
        (None, "mailroom", "the ledger is a SQLite file"),
        ("postgresql+psycopg://server/ledger", None, "no deployment batch/batch for workers"),
        ("postgresql+psycopg://server/ledger", "", "no deployment batch/batch for workers"),
        ("postgresql+psycopg://server/ledger", "mailroom", None),
    ],
)
def test_a_day_without_what_workers_need_does_not_begin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ledger: str | None, pool: str | None, told: str | None
) -> None:
    """Otherwise each worker would make a ledger of its own, or nobody would take the files."""

    class Client:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read_deployment_by_name(self, _name: str) -> Any:
            if pool is None:
                raise ObjectNotFound(Exception())
            return SimpleNamespace(work_pool_name=pool or None)

    monkeypatch.setattr(worker_requirements, "get_client", lambda **_: Client())
    settings = load_settings(state_dir=tmp_path, ledger_url=ledger, ledger_key="made-up")
    if told is None:
        require_workers(settings)
        return
    with pytest.raises(ConfigError, match=told):
        require_workers(settings)
