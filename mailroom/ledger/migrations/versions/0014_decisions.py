"""What people decided of files, and which decision a file waits for."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of decisions, and the one that applies to a file."""
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("file_id", sa.String(128), nullable=False, index=True),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(255), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("outcome_before", sa.String(16)),
        sa.Column("reason_before", sa.String(64)),
        sa.Column("values_sealed", sa.Text()),
    )
    op.add_column("files", sa.Column("decision_id", sa.Integer()))
