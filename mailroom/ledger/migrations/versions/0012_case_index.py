"""The case index: cases of the CRM, encrypted, and the keyed hashes by which they are found."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of indexed cases and of the hashes that find them."""
    op.create_table(
        "index_entries",
        sa.Column("entry", sa.String(40), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("record_sealed", sa.Text(), nullable=False),
        sa.Column("noted", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_index_entries"),
    )
    op.create_index("ix_index_entries_generation", "index_entries", ["generation"])
    op.create_table(
        "index_hashes",
        sa.Column("hash", sa.String(26), nullable=False),
        sa.Column("entry", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("hash", "entry", name="pk_index_hashes"),
    )
    op.create_index("ix_index_hashes_entry", "index_hashes", ["entry"])
