"""A run renews its heartbeat, so that other machines know in minutes that it was killed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a run of an older version has no heartbeat."""
    op.add_column("runs", sa.Column("heartbeat", sa.DateTime(timezone=True), nullable=True))
