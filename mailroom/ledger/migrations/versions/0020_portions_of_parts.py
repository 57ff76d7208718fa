"""The portion of the quotas that a part of a run spends, since it learns a lower one later than its run."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the portion; no part is alive while the ledger is migrated."""
    op.add_column("parts", sa.Column("portion", sa.Float(), nullable=False, server_default="0"))
