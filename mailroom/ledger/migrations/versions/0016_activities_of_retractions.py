"""The activity that a retraction adds to the wrong case."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the state of this write, and the CRM's id of it."""
    op.add_column("deliveries", sa.Column("activity", sa.String(16), nullable=False, server_default="none"))
    op.add_column("deliveries", sa.Column("activity_id", sa.BigInteger()))
