"""What old runs left can go: a delivery may lose its case, and a folder tells when it was last listed."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables. When a folder was listed is not known of those that are there: now, to be
    careful.
    """
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.alter_column("case_sealed", existing_type=sa.String(length=256), nullable=True)
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("folders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("noted", moment, nullable=True))
    folders = sa.table("folders", sa.column("noted", moment))
    op.execute(sa.update(folders).values(noted=datetime.now(UTC)))
    with op.batch_alter_table("folders", schema=None) as batch_op:
        batch_op.alter_column("noted", existing_type=moment, nullable=False)
