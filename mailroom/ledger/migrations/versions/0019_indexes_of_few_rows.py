"""Indexes of the few rows that lists and reports look for, so that a million other rows do not slow them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEXES = (
    (
        "files",
        "people",
        ["state", "outcome", "done_at", "id", "created"],
        "state = 'done' AND outcome IN ('review', 'unmatched')",
    ),
    ("files", "decision", ["decision_id"], "decision_id IS NOT NULL"),
    ("deliveries", "unfinished", ["begun", "marker"], "target IS NULL"),
    ("deliveries", "newest", ["updated"], "case_sealed IS NOT NULL"),
    ("notices", "open", ["due", "file_id"], "answered IS NULL AND due IS NOT NULL"),
    ("notices", "closed", ["file_id", "closed"], "closed IS NOT NULL"),
)


def upgrade() -> None:
    """Make an index for each kind of row that is looked for."""
    for table, name, columns, which in INDEXES:
        where = sa.text(which)
        op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=where, sqlite_where=where)
