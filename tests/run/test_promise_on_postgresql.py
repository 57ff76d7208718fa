"""The promise on PostgreSQL in its short form; `bench/promise.py` has the long one."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.postgresql_server import PostgresqlServer
from tests.run.promise_on_postgresql import OnPostgresql


def test_promise_on_postgresql(postgresql: PostgresqlServer) -> None:
    """Nothing is lost or filed twice, also where a commit is not confirmed."""
    OnPostgresql.server = postgresql
    run_state_machine_as_test(
        OnPostgresql, settings=settings(max_examples=8, stateful_step_count=10, deadline=None)
    )
