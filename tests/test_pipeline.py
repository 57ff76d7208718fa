"""A file's way: what of a reading goes on to delivery."""

from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from mailroom.delivery.delivery import Delivered
from mailroom.ledger import FileRow
from mailroom.logiqs import Case
from mailroom.notices import NoticeFields
from mailroom.notices.reader import read_pdf
from mailroom.pipeline import Desk, not_to_be_filed
from tests.notices.other_papers import cp2000_with
from tests.notices.test_reader import block_with


@dataclass
class Outbox:
    """A delivery that keeps what it was given."""

    given: list[NoticeFields] = field(default_factory=list)

    def deliver(self, *given: object) -> Delivered:
        """Nothing is sent."""
        self.given += [each for each in given if isinstance(each, NoticeFields)]
        return Delivered("delivered")


def test_delivery_sees_no_doubtful_value(tmp_path: Path) -> None:
    """A due date ten months behind the notice date is read with doubt, filed, and not told as printed."""
    path = tmp_path / "a file"
    path.write_bytes(cp2000_with(block=block_with("Notice date", "January 3, 2024")))
    reading, outbox = read_pdf(path), Outbox()
    assert not_to_be_filed(reading, frozenset({"CP2000"})) is None
    parts: dict[str, Any] = dict.fromkeys(each.name for each in fields_of(Desk))
    desk = Desk(**{**parts, "delivery": outbox, "dry_run": True})
    row = cast("FileRow", SimpleNamespace(id="file"))
    desk._delivered(row, path, "0" * 64, reading, Case(41))
    (fields,) = outbox.given
    assert (fields.notice_date, fields.response_due_date) == (None, None)
    assert (fields.tax_year, fields.ssn_last4) == (2022, "3907")
