"""What was read of the files that wait for a person, encrypted: as much as a person needs to decide.

It goes when the file is filed, when a person has dealt with it, when its content is replaced, and in a purge.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailroom.ledger.models import FileRow
from mailroom.ledger.store import Store
from mailroom.notices import NoticeFields

# No address, no amount, and no more of the SSN than four digits.
KEPT = (
    "notice_type", "tax_year", "notice_date", "response_due_date", "last_name", "taxpayer_names", "ssn_last4",
)  # fmt: skip
ROWS_AT_ONCE = 500


class ReadFieldStore(Store):
    """The column of fields."""

    def find_read_fields(self, file_ids: Sequence[str]) -> dict[str, NoticeFields]:
        """Return what was read of these files, by their ids, as far as it is kept."""
        found: dict[str, NoticeFields] = {}
        for start in range(0, len(file_ids), ROWS_AT_ONCE):
            some = FileRow.id.in_(file_ids[start : start + ROWS_AT_ONCE])
            kept = select(FileRow.id, FileRow.fields_sealed).where(some, FileRow.fields_sealed.is_not(None))
            with self._reading() as session:
                rows = session.execute(kept).all()
            found |= {name: self._open_fields(sealed) for name, sealed in rows}
        return found

    def _open_fields(self, sealed: str) -> NoticeFields:
        return NoticeFields.from_json(json.loads(self._key.decrypt(sealed)))

    def _seal_fields(self, session: Session, fields: NoticeFields | None) -> str | None:
        """Return what is kept of the fields, encrypted; None where nothing was read of it."""
        plain = fields.as_json() if fields else {}
        kept = {name: plain[name] for name in KEPT if plain.get(name)}
        return self._encrypt(session, json.dumps(kept)) if kept else None
