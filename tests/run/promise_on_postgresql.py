"""The promise with a ledger on a PostgreSQL server, whose connections break during a commit."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from mailroom.config.settings import Settings, load_settings
from mailroom.ledger.absence import PATIENCE_SECONDS
from tests.database_gate import open_gate
from tests.postgresql_server import KEY, PostgresqlServer
from tests.run.promise_in_memory import InMemory


class OnPostgresql(InMemory):
    """Drive and CRM in memory, the ledger in a new database behind a gate.

    Attributes:
        server: has the databases; whoever runs the histories names it.
    """

    server: ClassVar[PostgresqlServer]

    def make_settings(self, place: Path) -> Settings:
        """Those of that ledger."""
        url = self.server.create_ledger()
        self.closing.callback(self.server.drop, url)
        self.gate = self.closing.enter_context(open_gate(url))
        reached = self.gate.url.render_as_string(hide_password=False)
        return load_settings(state_dir=place / "state", ledger_url=reached, ledger_key=KEY)

    @rule(lost=st.sampled_from(["request", "answer"]), spares=st.integers(0, 40))
    def lose_a_commit(self, lost: Literal["request", "answer"], spares: int) -> None:
        """After so many others; a run waits for the server."""
        self.ledger.absence.patience = PATIENCE_SECONDS
        self.gate.loses, self.gate.spares = lost, spares
