"""What was read of a file that waits for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, which is encrypted."""
    op.add_column("files", sa.Column("fields_sealed", sa.Text()))
