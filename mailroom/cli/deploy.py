"""`mailroom deploy`: set up the configured Prefect server, and say what was created or changed.

0: everything is on the server.
2: no server is configured, it does not answer, or it refuses.
"""

from __future__ import annotations

from rich.console import Console

from mailroom.orchestration.prefect_environment import check_prefect_settings, prepare_prefect

WIDTH = 12


def run_deploy() -> int:
    """Print a line for each object on the server, and return the exit code.

    Raises:
        ConfigError: as `set_up_server` says, or no Prefect server can be used.
    """
    prepare_prefect()
    check_prefect_settings()
    # Prefect takes a second to import, and reads its settings then.
    from mailroom.orchestration.declared_deployments import WORK_POOL  # noqa: PLC0415
    from mailroom.orchestration.deploy import set_up_server, tells_somebody  # noqa: PLC0415
    from mailroom.orchestration.notifications import HOW_TO_BE_TOLD, NOBODY  # noqa: PLC0415
    from mailroom.orchestration.server_checks import require_prefect_server  # noqa: PLC0415

    console = Console(highlight=False, markup=False, soft_wrap=True)
    require_prefect_server()
    changes = []
    for change in set_up_server():
        console.print(f"{change.result:<{WIDTH}}{change.kind:<{WIDTH}}{change.name}")
        changes.append(change)
    if not tells_somebody(changes):
        console.print(f"\n{NOBODY}. {HOW_TO_BE_TOLD}")
    console.print(
        f"\nStart a worker: uv run prefect worker start --pool {WORK_POOL}\n"
        "With MAILROOM_DISPATCH=deployment, start the workers of docs/scaling.md (step 6) instead.\n"
        "Then check everything: uv run mailroom doctor --real"
    )
    return 0
