"""What a Prefect server holds of the settings, for commands that are no flow; an entry point of `mailroom.elsewhere`."""

from __future__ import annotations

from typing import Any

from flows.command_line import prepare_prefect
from flows.local_server import server_is_configured


def settings_of_the_server() -> dict[str, Any]:
    """Blocks and variables; nothing where no server is configured.

    Raises:
        ConfigError: the server does not answer, or a block cannot be used.
    """
    if not server_is_configured():
        return {}
    prepare_prefect()
    from blocks.stored import stored_settings  # noqa: PLC0415 - Prefect is imported only where there is a server
    from tasks.server import check_prefect_server  # noqa: PLC0415 - likewise

    check_prefect_server()
    return stored_settings()
