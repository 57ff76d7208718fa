"""The reader over layouts that are not the sandbox's: by hand and by lot."""

from pathlib import Path

import pytest

from mailroom.notices.reader import read_file
from tests.corpora.handmade import LAYOUTS
from tests.corpora.handmade.random_notices import Truth, make_random_cp2000

TRUTH = Truth()
SAME = (
    "tax_year",
    "notice_date",
    "response_due_date",
    "name_line",
    "last_name",
    "spouse_last_name",
    "address",
    "zip",
    "ssn",
    "aur_control_number",
    "amount_due",
)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_read_to_the_last_field(tmp_path: Path, name: str) -> None:
    """Every field of a notice is read whatever the layout, and none of the key fields is in doubt."""
    path = tmp_path / "notice.pdf"
    path.write_bytes(LAYOUTS[name]())
    reading = read_file(path)
    assert {each: getattr(reading.fields, each) for each in SAME} == {
        each: getattr(TRUTH, each) for each in SAME
    }
    assert reading.fields.notice_type == "CP2000"
    assert (reading.outcome, reading.error) == ("extract", None)
    assert not {"last_name", "ssn_last4"} & set(reading.review_fields)


@pytest.mark.parametrize("seed", range(40))
def test_layouts_by_lot_are_read(tmp_path: Path, seed: int) -> None:
    """Labels, spellings, places, faces and drawing orders drawn by lot make no difference."""
    pdf, truth = make_random_cp2000(seed)
    path = tmp_path / "notice.pdf"
    path.write_bytes(pdf)
    fields = read_file(path).fields
    same = [each for each in SAME if each != "name_line"]
    assert {each: getattr(fields, each) for each in same} == {each: getattr(truth, each) for each in same}
    assert (fields.notice_type, fields.page_count) == ("CP2000", 4)
    assert fields.joint == (truth.spouse_last_name is not None)
