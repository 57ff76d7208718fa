"""What one notice is about: dates, control number, differing income, and amounts that add up.

Knows nothing about pages. All amounts are in whole cents, so that every total is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from mailroom.sandbox.generator.people import Household, Person
from mailroom.sandbox.generator.resources import read_table


@dataclass(frozen=True)
class Choices:
    """What the generator chooses from: payers, forms with what they report, the IRS's return addresses."""

    payers: tuple[str, ...]
    documents: tuple[tuple[str, str], ...]
    offices: tuple[tuple[str, str, str], ...]


CHOICES = read_table("scenario.toml", Choices)


@dataclass(frozen=True, repr=False)
class Income:
    """A line of the income table: what a payer told the IRS of one of the spouses. Amounts in cents."""

    payer: str
    ein: str
    document: str
    what: str
    person: Person
    shown: int
    reported: int

    @property
    def difference(self) -> int:
        """Income missing from the return, in cents."""
        return self.reported - self.shown


@dataclass(frozen=True, repr=False)
class Scenario:
    """Everything that a notice says. Amounts in cents; a negative total is a refund."""

    home: Household
    tax_year: int
    notice_date: date
    due_date: date
    aur: str
    tax: int
    payments: int
    penalty: int
    interest: int
    income: tuple[Income, ...]
    office: tuple[str, str, str]
    phone: str
    fax: str
    caller_id: str
    representative: str | None

    @property
    def total(self) -> int:
        """The proposed amount in cents: the sum of the summary's lines."""
        return self.tax + self.payments + self.penalty + self.interest


def _choose_cents(rng: Random, low: int, high: int, *, whole: bool) -> int:
    return rng.randint(low, high) * 100 + (0 if whole or rng.random() < 0.4 else rng.randint(1, 99))


def _make_income(rng: Random, home: Household, *, whole: bool) -> tuple[Income, ...]:
    lines = []
    for payer in rng.sample(CHOICES.payers, rng.randint(1, 5)):
        document, what = rng.choice(CHOICES.documents)
        who = home.spouse if home.spouse and rng.random() < 0.4 else home.taxpayer
        shown = _choose_cents(rng, 0, 9000, whole=whole) if rng.random() < 0.4 else 0
        reported = shown + _choose_cents(rng, 150, 24000, whole=whole)
        ein = f"{rng.choice(('07', '08', '09', '17', '18', '19'))}-{rng.randint(1000000, 9999999)}"
        lines.append(Income(payer, ein, document, what, who, shown, reported))
    return tuple(lines)


def _choose_amounts(rng: Random, more: int, *, whole: bool) -> tuple[int, int, int, int]:
    """Return tax, payments, penalty and interest on ``more`` income, in cents; one in sixteen is a refund."""
    draw = rng.random()
    tax = more * rng.choice((12, 22, 24, 32)) // 100
    tax = tax // 100 * 100 if whole or rng.random() < 0.4 else tax
    if draw < 0.03:
        return -tax, 0, 0, -(tax // 2900) * 100
    if draw < 0.06:
        return tax, -tax - _choose_cents(rng, 20, 4000, whole=whole), 0, 0
    if draw < 0.085:
        return tax, -tax, 0, 0
    payments = rng.choice((-1, 1)) * _choose_cents(rng, 10, 80, whole=whole) if rng.random() < 0.25 else 0
    penalty = tax // 500 * 100 if tax > 500_000 and rng.random() < 0.6 else 0
    interest = tax // 100 * rng.randint(3, 14)
    return tax, payments, penalty, interest // 100 * 100 if whole else interest


def choose_office(rng: Random) -> tuple[str, str, str]:
    """Return a return address; its ZIP+4 looks like an AUR control number, which can mislead a reader."""
    return rng.choice(CHOICES.offices)


def make_phone(rng: Random) -> str:
    """Return a toll-free number that nobody has."""
    return f"1-8{rng.choice(('00', '55', '66', '77'))}-555-01{rng.randint(0, 99):02d}"


def make_scenario(rng: Random, home: Household, notice_date: date, *, whole: bool) -> Scenario:
    """Return a CP2000's content; ``whole`` rounds to dollars, as on notices of 2004 to 2011.

    The response is due 30 days after the notice, 60 for one in sixteen (people abroad).
    """
    income = _make_income(rng, home, whole=whole)
    tax, payments, penalty, interest = _choose_amounts(
        rng, sum(line.difference for line in income), whole=whole
    )
    return Scenario(
        home=home,
        tax_year=notice_date.year - rng.choice((1, 2, 2, 2, 3)),
        notice_date=notice_date,
        due_date=notice_date + timedelta(days=60 if rng.random() < 0.06 else 30),
        aur=f"{rng.randint(10000, 99999)}-{rng.randint(0, 9999):04d}",
        tax=tax,
        payments=payments,
        penalty=penalty,
        interest=interest,
        income=income,
        office=choose_office(rng),
        phone=make_phone(rng),
        fax=make_phone(rng),
        caller_id=f"{rng.randint(100000, 999999)}",
        representative=rng.choice(("DANA Q WHITFIELD EA", "LEO P MARCHETTI CPA"))
        if rng.random() < 0.15
        else None,
    )
