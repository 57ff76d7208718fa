"""Notices: the deadline of each file that was read, and what became of it and of the file."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of notices and their deadlines."""
    op.create_table(
        "notices",
        sa.Column("file_id", sa.String(128), nullable=False),
        sa.Column("notice_type", sa.String(32)),
        sa.Column("due", sa.Date()),
        sa.Column("due_kind", sa.String(16)),
        sa.Column("client_hash", sa.String(26)),
        sa.Column("noted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered", sa.DateTime(timezone=True)),
        sa.Column("answered_by", sa.String(16)),
        sa.Column("closed", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.String(16)),
        sa.PrimaryKeyConstraint("file_id", name="pk_notices"),
    )
    op.create_index("ix_notices_client_hash", "notices", ["client_hash"])
