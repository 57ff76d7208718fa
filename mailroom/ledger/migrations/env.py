"""Alembic's entry: the connection is handed in by `mailroom.ledger.opening`; there is no alembic.ini."""

from alembic import context

from mailroom.ledger.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
