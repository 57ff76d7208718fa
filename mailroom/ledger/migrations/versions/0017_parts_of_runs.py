"""The parts of a run: batches that other processes file for it."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of parts, which is empty at first."""
    op.create_table(
        "parts",
        sa.Column("part_id", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("heartbeat", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON()),
        sa.PrimaryKeyConstraint("part_id", name="pk_parts"),
    )
