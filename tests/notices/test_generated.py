"""The goals, over the sandbox's synthetic notices."""

from pathlib import Path

import pytest

from mailroom.notices import Reading
from mailroom.notices.reader import read_file
from mailroom.sandbox.generator.kinds import KINDS
from mailroom.sandbox.generator.layouts import BY_NAME as LAYOUTS
from mailroom.sandbox.generator.model import SyntheticNotice
from tests.corpora.notices import make_synthetic_notices
from tests.document.ocr_engines import InProcessEngine

KEY_FIELDS = ("last_name", "ssn_last4")
SCANS = ("scan", "hidden-text-scan")
NEVER_A_CP2000 = [kind for kind in KINDS if kind not in ("cp2000", "owner-restricted", "oversize", *SCANS)]


def read(notice: SyntheticNotice, folder: Path) -> Reading:
    """The notice as the reader sees it."""
    path = folder / "notice.pdf"
    path.write_bytes(notice.pdf)
    return read_file(path, InProcessEngine())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_cp2000_is_read(tmp_path: Path, layout: str) -> None:
    """Key fields are right in every layout, and what is wrong is flagged."""
    for notice in make_synthetic_notices(4, seed=11, layouts=[layout]):
        reading = read(notice, tmp_path)
        fields = reading.fields.as_json()
        assert reading.outcome == "extract"
        wrong = {name for name, value in fields.items() if value != notice.truth[name] and value is not None}
        assert wrong <= set(reading.review_fields)
        missing = {name for name, value in fields.items() if value is None and notice.truth[name] is not None}
        assert not missing


@pytest.mark.parametrize("kind", NEVER_A_CP2000)
def test_nothing_else_is_taken_for_one(tmp_path: Path, kind: str) -> None:
    """Other letters have their own type, other documents none, and bad files their outcome."""
    for notice in make_synthetic_notices(3, seed=12, kinds=[kind]):
        reading = read(notice, tmp_path)
        assert reading.outcome == notice.truth["outcome"]
        if reading.outcome == "not_cp2000":
            assert reading.fields.notice_type == notice.truth["notice_type"]
        assert reading.fields.notice_type != "CP2000"


@pytest.mark.parametrize("kind", SCANS)
def test_a_days_scans_are_read(tmp_path: Path, kind: str) -> None:
    """The surname and the SSN's last four are right, or a person is asked."""
    # One of each kind: a scan takes 2.5 s, and bench/reading.py reads hundreds.
    for notice in make_synthetic_notices(1, seed=12, kinds=[kind]):
        reading = read(notice, tmp_path)
        fields = reading.fields.as_json()
        doubtful = {*reading.review_fields, *(name for name in KEY_FIELDS if fields[name] is None)}
        assert all(fields[name] == notice.truth[name] or name in doubtful for name in KEY_FIELDS)
        assert reading.outcome == notice.truth["outcome"]
