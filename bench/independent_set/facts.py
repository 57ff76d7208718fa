"""What a notice says: numbers, dates, amounts and income lines, and the true values of its fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from bench.independent_set.people import (
    PLACES,
    Address,
    Household,
    make_address,
    make_firm_address,
    make_household,
    make_phone,
    make_ssn,
    split_list,
)

MASKS = ("XXX-XX-{}", "***-**-{}", "nnn-nn-{}", "•••-••-{}", "XXX-XX-{}", "*****{}")
LONG, PADDED, SLASHED, DASHED, SHORT, UPPER = range(6)
FORMS = (
    "W-2",
    "1099-INT",
    "1099-DIV",
    "1099-B",
    "1099-MISC",
    "1099-NEC",
    "1099-R",
    "1099-G",
    "1099-K",
    "SSA-1099",
)
SERIES = ("CP2000", "CP2000A", "CP2000B", "CP2000C", "CP2000D", "CP2000E")


@dataclass(frozen=True)
class Income:
    """A line of the income table: who paid, on which form, to whose SSN."""

    payer: str
    street: str
    town: str
    ein: str
    form: str
    ssn: str
    shown: int
    reported: int


@dataclass(frozen=True)
class Facts:
    """Everything that the pages of one notice print."""

    letter: str
    year: int
    notice_date: date
    due_date: date
    household: Household
    address: Address
    ssn: str
    ssn_shown: str
    spouse_ssn: str
    aur: str
    phone: str
    fax: str
    office: tuple[str, ...]
    amounts: dict[str, float]
    total: float
    cents: bool
    income: tuple[Income, ...]
    date_format: int
    spelling: str
    extra_lines: tuple[str, ...] = ()
    postal_lines: tuple[str, ...] = ()
    representative: tuple[str, str, str] = ("", "", "")
    features: list[str] = field(default_factory=list)

    @property
    def shown_date(self) -> str:
        """The notice's date in this notice's format."""
        return format_date(self.notice_date, self.date_format)

    @property
    def shown_due_date(self) -> str:
        """The date of the response; in sentences some notices write it out where the block has digits."""
        return format_date(self.due_date, self.date_format)

    @property
    def mailing_lines(self) -> tuple[str, ...]:
        """The address block: names, lines between, address."""
        return (*self.household.lines, *self.extra_lines, *self.address.lines)

    def money(self, amount: float) -> str:
        """An amount as this notice prints it."""
        return format_money(amount, cents=self.cents)


def format_money(amount: float, *, cents: bool) -> str:
    """Dollars, negative ones with the sign before the dollar sign."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.{2 if cents else 0}f}"


def format_date(day: date, how: int) -> str:
    """A date in one of the formats that notices have."""
    month = day.strftime("%B")
    return (
        f"{month} {day.day}, {day.year}",
        f"{month} {day.day:02}, {day.year}",
        day.strftime("%m/%d/%Y"),
        day.strftime("%m-%d-%Y"),
        f"{month[:3]}. {day.day}, {day.year}" if month != "May" else f"May {day.day}, {day.year}",
        f"{month[:3].upper()} {day.day:02}, {day.year}",
    )[how]


def make_facts(rng: Random, letter: str, era: tuple[int, int], formats: Sequence[int]) -> Facts:
    """The facts of a notice of this type whose tax year is in the era."""
    year = rng.randint(*era)
    notice_date = date(year + 2, 1, 4) + timedelta(days=rng.randint(0, 330))
    address = make_address(rng)
    household, ssn = make_household(rng), make_ssn(rng)
    features = [household.kind] if household.kind != "single" else []
    days = (150 if address.abroad else 90) if letter.startswith("CP3219") else 60 if address.abroad else 30
    # Whole dollars until about 2010.
    cents = rng.random() < (0.4 if year > 2009 else 0.06)
    refund = letter.startswith("CP2000") and rng.random() < 0.06
    amounts = _make_amounts(rng, cents=cents, refund=refund)
    spouse_ssn = make_ssn(rng) if household.joint else ""
    extra = _make_extra_lines(rng)
    postal = _make_postal_lines(rng)
    masked = rng.random() < 0.16
    shown = rng.choice(MASKS).format(ssn[-4:]) if masked else ssn
    spelling = rng.choices(
        (letter, f"{letter[:2]} {letter[2:]}", f"{letter[:2]}-{letter[2:]}", f"{letter[:2]}–{letter[2:]}"),
        (80, 12, 5, 3),
    )[0]
    flags = {
        "masked": masked,
        "refund": refund,
        "extra_line": extra,
        "postal_line": postal,
        "abroad": address.abroad,
        "spelling": spelling != letter,
    }
    features += [name for name, there in flags.items() if there]
    return Facts(
        letter, year, notice_date, notice_date + timedelta(days=days), household, address,
        ssn, shown, spouse_ssn, f"{rng.randint(10000, 69999)}-{rng.randint(1000, 9999)}",
        make_phone(rng), make_phone(rng), _make_office(rng), amounts, round(sum(amounts.values()), 2), cents,
        make_income(rng, ssn, spouse_ssn), rng.choice(list(formats)), spelling, extra, postal,
        (rng.choice(split_list(PLACES["firm"])), *make_firm_address(rng)), features,
    )  # fmt: skip


def _make_amounts(rng: Random, *, cents: bool, refund: bool) -> dict[str, float]:
    def amount(low: int, high: int) -> float:
        return rng.randint(low * 100, high * 100) / 100 if cents else rng.randint(low, high)

    if refund:
        return {"Tax decrease": -amount(60, 2400), "Payment increase": -amount(10, 300)}
    tax = amount(90, 9000) if rng.random() < 0.9 else amount(10000, 48000)
    amounts = {"Tax increase": tax}
    if rng.random() < 0.3:
        amounts["Payment increase"] = -round(min(amount(5, 400), tax / 2), 2 if cents else 0)
    if rng.random() < 0.55:
        amounts["Substantial tax understatement penalty"] = round(tax * 0.2, 2 if cents else 0)
    amounts["Interest"] = round(tax * rng.uniform(0.03, 0.09), 2 if cents else 0)
    return amounts


def make_income(rng: Random, ssn: str, spouse_ssn: str) -> tuple[Income, ...]:
    """One to four lines, some under the spouse's SSN."""
    lines = []
    for _ in range(rng.choices((1, 2, 3, 4), (4, 4, 2, 1))[0]):
        reported = rng.randint(15, 24000)
        shown = 0 if rng.random() < 0.7 else rng.randint(0, reported)
        issued_to = spouse_ssn if spouse_ssn and rng.random() < 0.5 else ssn
        payer = rng.choice(split_list(PLACES["payer"]))
        ein = f"{rng.randint(10, 98)}-{rng.randint(1000000, 9999999)}"
        street, town = make_firm_address(rng)
        lines.append(Income(payer, street, town, ein, rng.choice(FORMS), issued_to, shown, reported))
    return tuple(lines)


def _make_extra_lines(rng: Random) -> tuple[str, ...]:
    kind = rng.choices(("", "care", "percent", "trade"), (90, 5, 3, 2))[0]
    if kind == "":
        return ()
    if kind == "trade":
        return (rng.choice(split_list(PLACES["trade"])),)
    return (f"{'C/O' if kind == 'care' else '%'} {rng.choice(split_list(PLACES['care']))}",)


def _make_postal_lines(rng: Random) -> tuple[str, ...]:
    kind = rng.choices(("", "presort", "auto", "digits", "bars"), (62, 12, 8, 12, 6))[0]
    number = rng.randint(100000, 999999)
    return {
        "": (),
        "presort": (f"{number:07}.{rng.randint(100000, 999999)}.{rng.randint(1000, 9999):05} 1 MB 0.{rng.randint(400, 599)} 702",),
        "auto": (f"******AUTO**5-DIGIT {rng.randint(10000, 99999)}", f"T{rng.randint(1, 40)} P1 {number}"),
        "digits": (f"{rng.randint(1, 9999):04} {number:07} {rng.randint(1, 10**9):010} {number + 7:07} 0000",),
        "bars": ("".join(rng.choice("|'!.,:") for _ in range(52)),),
    }[kind]  # fmt: skip


def _make_office(rng: Random) -> tuple[str, ...]:
    town, box = rng.choice(
        (("HOLTSVILLE, NY 11742", "9012"), ("FRESNO, CA 93888", "0025"), ("ANDOVER, MA 05501", "0422"),
         ("AUSTIN, TX 73301", "0021"), ("PHILADELPHIA, PA 19255", "0521"), ("ATLANTA, GA 39901", "0036"),
         ("OGDEN, UT 84201", "0021"), ("KANSAS CITY, MO 64999", "0002"))
    )  # fmt: skip
    return (
        "Department of the Treasury",
        "Internal Revenue Service",
        f"PO BOX {rng.randint(900, 9941)}",
        f"{town}-{box}",
    )


def list_true_values(facts: Facts, notice_type: str | list[str], pages: Sequence[int]) -> dict[str, Any]:
    """The row's fields: a value, or a list where more than one is right."""
    household = facts.household
    masked = facts.ssn_shown != facts.ssn
    total = int(facts.total) if facts.total == int(facts.total) else facts.total
    return {
        "notice_type": notice_type,
        "tax_year": facts.year,
        "notice_date": facts.notice_date.isoformat(),
        "response_due_date": facts.due_date.isoformat(),
        "ssn": None if masked else facts.ssn,
        "ssn_last4": facts.ssn[-4:],
        "aur_control_number": facts.aur,
        "amount_due": [total, 0] if total < 0 else total,
        "page_count": simplify(sorted(set(pages), reverse=True)),
        "name_line": simplify(household.name_lines),
        "last_name": simplify(household.last_names),
        "spouse_last_name": simplify(household.spouse_last_names),
        "joint": household.joint,
        "address": simplify(facts.address.accepted),
        "zip": facts.address.zip_code,
    }


def simplify(values: Sequence[Any]) -> Any:
    """No list where one value is right, and null where there is none."""
    return list(values) if len(values) > 1 else values[0] if values else None
