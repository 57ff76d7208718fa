"""Scenarios of notices: amounts, dates, made-up people, and how they are written."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mailroom.sandbox.generator.layouts import Dates
from mailroom.sandbox.generator.model import make_random
from mailroom.sandbox.generator.people import AREAS, Person, make_case, make_household
from mailroom.sandbox.generator.scenario import make_scenario
from mailroom.sandbox.generator.style import NAME_LINE, format_date, format_money, format_names, mask_ssn
from mailroom.sandbox.seeding import add_synthetic_case
from mailroom.sandbox.store import Store

SEEDS = st.integers(0, 10**6)
DAYS = st.dates(date(2004, 1, 1), date(2030, 12, 31))


@given(SEEDS, DAYS, st.booleans())
def test_the_lines_of_the_summary_add_up(seed: int, day: date, whole: bool) -> None:
    """Tax, payments, penalty and interest make the total; old notices have no cents; the due date fits."""
    rng = make_random(seed)
    scenario = make_scenario(rng, make_household(rng), day, whole=whole)
    assert scenario.tax + scenario.payments + scenario.penalty + scenario.interest == scenario.total
    assert scenario.due_date - day in {timedelta(days=30), timedelta(days=60)}
    assert day.year - 3 <= scenario.tax_year < day.year
    assert not whole or scenario.total % 100 == 0
    assert all(line.difference > 0 for line in scenario.income)


@given(SEEDS)
def test_nobody_is_real(seed: int) -> None:
    """SSNs come from areas that were never assigned, telephones are 555-01xx, e-mails end in example.com."""
    home = make_household(make_random(seed))
    people = [home.taxpayer, *([home.spouse] if home.spouse else [])]
    assert {int(one.ssn[:3]) for one in people} <= set(AREAS)
    assert set(AREAS) == {*range(734, 750), *range(773, 900)}
    assert home.phone[6:12] == "555-01"
    assert home.email.endswith("@example.com")
    assert len({one.ssn for one in people}) == len({one.first for one in people}) == len(people)


@given(SEEDS, st.sampled_from(["&", "AND"]))
def test_name_lines_hold_all_names(seed: int, ampersand: str) -> None:
    """One or two lines of the IRS's width, with all first and last names in capitals."""
    rng = make_random(seed)
    home = make_household(rng)
    lines = format_names(home, rng, ampersand)
    assert len(lines) in {1, 2}
    assert len(lines) == 2 or len(lines[0]) <= NAME_LINE
    for one in filter(None, (home.taxpayer, home.spouse)):
        assert one.first.upper() in " ".join(lines)
        assert one.printed_last in " ".join(lines)
    assert "'" not in " ".join(lines)


@given(DAYS, st.sampled_from(["long", "padded", "upper", "short", "slash", "dash"]))
def test_a_written_date_names_its_day_and_year(day: date, style: Dates) -> None:
    """Every style has the day and the year, and the same digits."""
    text = format_date(day, style)
    assert str(day.year) in text
    assert f"{day.day:02d}" in text or str(day.day) in text


def test_dates_and_amounts_are_written_as_on_specimens() -> None:
    """Zero-padded days, capitals, dots after short months, a separate dollar sign, a blank after a comma."""
    day = date(2009, 9, 9)
    assert format_date(day, "long") == "September 9, 2009"
    assert format_date(day, "padded") == "September 09, 2009"
    assert format_date(day, "upper") == "SEPTEMBER 09, 2009"
    assert format_date(day, "short") == "Sept. 9, 2009"
    assert format_date(day, "slash") == "09/09/2009"
    assert format_date(day, "dash") == "09-09-2009"
    assert format_money(1_698_100, "gapped", whole=True) == "$16, 981"
    assert format_money(1_698_100, "detached", whole=True) == "$ 16,981"
    assert format_money(-41_250, "joined", whole=False) == "-$412.50"


def test_names_are_printed_as_in_the_master_file() -> None:
    """No apostrophe, the hyphen dropped or kept, the suffix last; a mask leaves the last four digits."""
    somebody = Person("Mary", "Q", "O'Connor-Reyes", "Jr", "735-12-0042", hyphen="")
    assert somebody.printed() == "MARY Q OCONNORREYES JR"
    assert somebody.printed(surname=False) == "MARY Q"
    assert mask_ssn(somebody, "***-**-") == "***-**-0042"
    assert mask_ssn(somebody, "") == "735-12-0042"


def test_a_case_spells_names_as_people_do(tmp_path: Path) -> None:
    """The CRM has mixed case and the household's numbers."""
    rng = make_random("case")
    home = make_household(rng)
    store = Store(tmp_path)
    add_synthetic_case(store, make_case(home, 77, rng))
    (case,) = store.list_rows("cases")
    store.close()
    assert (case["CaseID"], case["LastName"], case["SSN"]) == (77, home.taxpayer.last, home.taxpayer.ssn)
    assert ("SpouseSSN" in case) == (home.spouse is not None)
