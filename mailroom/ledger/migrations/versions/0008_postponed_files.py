"""Files that are not tried before a time, and faults counted by hours in the place of tries."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and drop the count of tries: quick restarts made it reach its limit in minutes."""
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("modified", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("try_after", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("fault_hours", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("fault_counted", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_column("attempts")
