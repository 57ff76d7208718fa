"""Deliveries have leases and know when a write was intended; page tokens may have any length."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was under way before was intended when its row last changed."""
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("intended_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(sa.text("UPDATE deliveries SET intended_at = updated"))
    with op.batch_alter_table("folders", schema=None) as batch_op:
        batch_op.alter_column("page_token", existing_type=sa.String(length=2048), type_=sa.Text())
