"""A decided file that is being moved has a state of its own; the case of a file, which nobody read, goes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the state of files that are decided and still claimed, and drop the column."""
    op.execute(sa.text("UPDATE files SET state = 'decided' WHERE state = 'claimed' AND outcome IS NOT NULL"))
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.drop_column("case_sealed")
