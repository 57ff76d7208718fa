"""The size of a file may be unknown: some listings of Drive lack it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Allow NULL; SQLite cannot change a column, so that Alembic copies the table."""
    with op.batch_alter_table("files") as files:
        files.alter_column("size", existing_type=sa.BigInteger(), existing_nullable=False, nullable=True)
