"""Lists and reports find their few rows by an index, however many other rows the ledger has."""

from collections.abc import Callable
from datetime import date

import pytest

from mailroom.ledger import Ledger
from tests.ledger.conftest import BASE
from tests.ledger.query_plans import explain

IN_BOTH_DATABASES = True


@pytest.mark.parametrize(
    ("look", "index"),
    [
        (lambda ledger: ledger.list_open_items(), "ix_files_people"),
        (lambda ledger: ledger.list_open_items(), "ix_notices_closed"),
        (lambda ledger: ledger.list_waiting_files("review", BASE), "ix_files_people"),
        (lambda ledger: ledger.list_deadlines(), "ix_notices_open"),
        (lambda ledger: ledger.list_near_deadlines(date(2026, 11, 30), 7, 5), "ix_notices_open"),
        (lambda ledger: ledger.list_unfinished_deliveries(), "ix_deliveries_unfinished"),
        (lambda ledger: ledger.list_unfinished_deliveries(), "ix_files_decision"),
        (lambda ledger: ledger.find_confirmed_delivery("document"), "ix_deliveries_newest"),
    ],
)
def test_an_index_leads_to_the_few_rows_of_a_list(
    ledger: Ledger, look: Callable[[Ledger], object], index: str
) -> None:
    """The database's own plan says so."""
    plans = explain(ledger, look)
    # SQLite takes the primary key for one row, whatever other index there is.
    wanted = {index, "sqlite_autoindex_notices_1"} if index == "ix_notices_closed" else {index}
    assert [name for name in wanted if name in "".join(plans)]
