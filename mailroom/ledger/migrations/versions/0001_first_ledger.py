"""The first ledger: files, folders of a scan, deliveries, facts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the first schema."""
    op.create_table(
        "deliveries",
        sa.Column("marker", sa.String(length=40), nullable=False),
        sa.Column("file_id", sa.String(length=128), nullable=False),
        sa.Column("case_sealed", sa.String(length=256), nullable=False),
        sa.Column("document", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("task", sa.String(length=16), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("target", sa.String(length=16), nullable=True),
        sa.Column("holder", sa.String(length=255), nullable=True),
        sa.Column("begun", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("marker", name=op.f("pk_deliveries")),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=1024), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("parent_id", sa.String(length=128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("target", sa.String(length=16), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("case_sealed", sa.String(length=256), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=255), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan_run_id", sa.String(length=64), nullable=False),
        sa.Column("taken_run_id", sa.String(length=64), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage_seconds", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index("ix_files_holder", ["state", "holder"], unique=False)
        batch_op.create_index("ix_files_scan", ["scan_run_id", "state", "created", "id"], unique=False)
        batch_op.create_index("ix_files_taken", ["taken_run_id", "state", "created", "id"], unique=False)

    op.create_table(
        "folders",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("folder_id", sa.String(length=128), nullable=False),
        sa.Column("page_token", sa.String(length=2048), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "folder_id", name=op.f("pk_folders")),
    )
