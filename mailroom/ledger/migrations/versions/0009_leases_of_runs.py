"""A run has a role, a name that others show, and its portion of the quotas."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a run of an older version files documents and spends everything."""
    op.add_column("runs", sa.Column("name", sa.String(255), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("role", sa.String(16), nullable=False, server_default="filing"))
    op.add_column("runs", sa.Column("portion", sa.Float(), nullable=False, server_default="1"))
