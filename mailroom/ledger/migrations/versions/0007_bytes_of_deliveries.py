"""A delivery knows its file's bytes, so that an unfinished one of the same bytes is found for any case."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and two indexes; deliveries of an older version are found by their file only."""
    op.add_column("deliveries", sa.Column("sha256", sa.String(64), nullable=True))
    op.create_index("ix_deliveries_file_id", "deliveries", ["file_id"])
    op.create_index("ix_deliveries_sha256", "deliveries", ["sha256"])
