"""What a run needs before it can hand its files to the workers of a work pool."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from mailroom.config.settings import Settings
from mailroom.errors import ConfigError
from mailroom.ledger.opening import find_ledger_file, find_ledger_url
from mailroom.orchestration.declared_deployments import BATCH


def require_workers(settings: Settings) -> None:
    """Make sure that workers can take a run's files.

    Raises:
        ConfigError: the ledger is a file, which other machines do not have; or the deployment is missing.
    """
    if find_ledger_file(find_ledger_url(settings)) is not None:
        raise ConfigError(
            "ledger_not_shared",
            what="MAILROOM_DISPATCH is deployment, but the ledger is a SQLite file, which workers on other machines "
            "cannot use.",
            fix="Move the ledger to PostgreSQL (docs/scaling.md), or set MAILROOM_DISPATCH to inline.",
        )
    with get_client(sync_client=True) as client:
        try:
            pool = client.read_deployment_by_name(BATCH).work_pool_name
        except ObjectNotFound:
            pool = None
    if pool is None:
        raise ConfigError(
            "no_batch_deployment",
            what=f"MAILROOM_DISPATCH is deployment, but this Prefect server has no deployment {BATCH} for workers.",
            fix="Set PREFECT_API_URL to the server that the workers use and run `uv run mailroom deploy`, or set "
            "MAILROOM_DISPATCH to inline.",
        )
