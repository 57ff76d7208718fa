"""What Prefect stores of the settings, for commands that are not a flow."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress

from mailroom.config.settings import load_settings
from mailroom.config.sources import Sources
from mailroom.config.target import tell_of_stored
from mailroom.errors import ConfigError
from mailroom.orchestration.ephemeral_server import EphemeralServer
from mailroom.orchestration.prefect_environment import check_prefect_settings, prepare_prefect
from mailroom.orchestration.prefect_profile import may_hold_settings, server_is_configured

PROBE_SECONDS = 20.0


class StoredSettingsProbe:
    """A process that asks the configured Prefect server whether it stores settings of the mail room.

    It asks in a process of its own: this one is about to work with a Prefect of its own.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mailroom.orchestration.stored_settings"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def tell(self) -> str | None:
        """The line about stored settings; None where there are none, or the server does not answer."""
        try:
            said, _ = self._process.communicate(timeout=PROBE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return None
        return json.loads(said) if said else None


def read_stored_settings(*, real: bool) -> Sources:
    """Blocks and variables of the configured Prefect server; nothing where none is configured.

    Args:
        real: without a configured server, those in the active profile's own database count; and a server that
            does not answer is an error.

    Raises:
        ConfigError: a block cannot be used; with ``real``, the server does not answer.
    """
    if server_is_configured():
        return _read_from_server(must_answer=real)
    if not (real and may_hold_settings()):
        return Sources()
    with EphemeralServer(load_settings().state_dir / "log" / "prefect-server.log") as server:
        server.wait_until_ready()
        return _read_from_server(must_answer=True)


def _read_from_server(*, must_answer: bool) -> Sources:
    prepare_prefect()
    check_prefect_settings()
    from mailroom.orchestration.block_settings import stored_settings  # noqa: PLC0415 - Prefect is imported only where there is a server
    from mailroom.orchestration.server_checks import check_prefect_server  # noqa: PLC0415 - likewise

    try:
        check_prefect_server()
        return stored_settings(quick=True)
    except ConfigError as error:
        if must_answer or not error.code.startswith("prefect_server"):
            raise
        return Sources()


def main() -> None:
    """Print the line about stored settings as JSON; nothing where the server does not answer."""
    with suppress(ConfigError):
        sys.stdout.write(json.dumps(tell_of_stored(_read_from_server(must_answer=False))))


if __name__ == "__main__":
    main()
