"""How one notice writes its values: dates, amounts, numbers and names in its spelling.

Turns a `Scenario` into strings and true values; other modules place them on the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from random import Random

from mailroom.sandbox.generator.canvas import Typesetting
from mailroom.sandbox.generator.layouts import Dates, Entry, Layout, Money
from mailroom.sandbox.generator.people import Household, Person
from mailroom.sandbox.generator.scenario import Scenario

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
SHORT = ("Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")


NAME_LINE = 35
"""The most characters that the IRS prints on a name line."""


@dataclass(frozen=True, repr=False)
class Style:
    """The options of its layout that were chosen for one notice."""

    typesetting: Typesetting
    dates: Dates
    money: Money
    whole: bool
    spelling: str
    mask: str
    mailing: str
    names: tuple[str, ...]
    refund: str


def format_date(day: date, style: Dates) -> str:
    """Return a date as this notice prints it."""
    if style in {"slash", "dash"}:
        return day.strftime("%m/%d/%Y" if style == "slash" else "%m-%d-%Y")
    month = SHORT[day.month - 1] if style == "short" else MONTHS[day.month - 1]
    number = f"{day.day:02d}" if style in {"padded", "upper"} else str(day.day)
    text = f"{month} {number}, {day.year}"
    return text.upper() if style == "upper" else text


def format_money(cents: int, style: Money, *, whole: bool) -> str:
    """Return an amount: "$1,234.56", "$ 16,981" or, as on old specimens, "$16, 981"; minus sign in front."""
    amount = abs(cents)
    figures = f"{amount // 100:,}" if whole else f"{amount / 100:,.2f}"
    if style == "gapped":
        figures = figures.replace(",", ", ")
    sign = "-" if cents < 0 else ""
    return f"{sign}${' ' if style == 'detached' else ''}{figures}"


def format_names(home: Household, rng: Random, ampersand: str) -> tuple[str, ...]:
    """Return the addressees on one or two lines, in one of the IRS's ways to name a couple."""
    one, two = home.taxpayer, home.spouse
    if two is None:
        return (one.printed(),)
    same = one.printed_last == two.printed_last and not one.suffix
    way = rng.choice(
        ("short", "short", "full", "hanging", "stacked") if same else ("full", "hanging", "stacked")
    )
    first = one.printed(surname=way != "short")
    line = f"{first} {ampersand} {two.printed()}"
    if way in {"short", "full"} and len(line) <= NAME_LINE:
        return (line,)
    return (f"{one.printed()} {ampersand}" if way == "hanging" else one.printed(), two.printed())


def mask_ssn(person: Person, mask: str) -> str:
    """Return the whole SSN if ``mask`` is empty, else the mask and the last four digits."""
    return f"{mask}{person.ssn[-4:]}" if mask else person.ssn


def choose_style(layout: Layout, home: Household, rng: Random) -> Style:
    """Choose among the layout's options; one notice in five has a masked SSN."""
    ampersand = rng.choice(("&", "AND"))
    typesetting = Typesetting(
        family=rng.choice(layout.families),
        size=rng.choice(layout.sizes),
        chunking=rng.choice(layout.chunkings),
        shuffled=rng.random() < 0.35,
        shift=(rng.uniform(-12, 12), rng.uniform(-8, 14)),
    )
    return Style(
        typesetting=typesetting,
        dates=rng.choice(layout.dates),
        money=rng.choice(layout.money),
        whole=layout.whole,
        spelling=rng.choice(layout.spellings),
        mask=rng.choice(("XXX-XX-", "***-**-")) if rng.random() < 0.2 else "",
        mailing=rng.choice(layout.mailing),
        names=format_names(home, rng, ampersand),
        refund=rng.choice(("words", "minus")),
    )


def make_truth(scenario: Scenario, style: Style, layout: str, pages: int) -> dict[str, object]:
    """Return what a perfect reader returns for the notice."""
    one, two = scenario.home.taxpayer, scenario.home.spouse
    return {
        "notice_type": "CP2000",
        "tax_year": scenario.tax_year,
        "notice_date": scenario.notice_date.isoformat(),
        "response_due_date": scenario.due_date.isoformat(),
        "name_line": " ".join(style.names),
        "taxpayer_names": [one.printed(), *([two.printed()] if two else [])],
        "last_name": one.printed_last,
        "spouse_last_name": two.printed_last if two else None,
        "joint": two is not None,
        "address": scenario.home.address,
        "zip": scenario.home.full_zip,
        "ssn": None if style.mask else one.ssn,
        "ssn_last4": one.ssn[-4:],
        "aur_control_number": scenario.aur,
        "amount_due": scenario.total / 100,
        "page_count": pages,
        "outcome": "extract",
        "layout": layout,
    }


class Writer:
    """The strings of one notice by key, for its block, running heads and coupon."""

    def __init__(self, scenario: Scenario, style: Style, pages: int) -> None:
        self.scenario = scenario
        self.style = style
        self.pages = pages

    def money(self, cents: int) -> str:
        """Return an amount in this notice's style."""
        return format_money(cents, self.style.money, whole=self.style.whole)

    @property
    def total(self) -> str:
        """The total as printed; a refund that a word announces has no minus sign."""
        cents = self.scenario.total
        return self.money(abs(cents) if self.style.refund == "words" else cents)

    @property
    def ssn(self) -> str:
        """The taxpayer's SSN, masked if this notice masks it."""
        return mask_ssn(self.scenario.home.taxpayer, self.style.mask)

    def value(self, key: str, page: int = 1) -> str:
        """Return the value beside a label of `layouts`."""
        scenario = self.scenario
        values = {
            "aur": scenario.aur,
            "notice": self.style.spelling,
            "date": format_date(scenario.notice_date, self.style.dates),
            "due": format_date(scenario.due_date, self.style.dates),
            "ssn": self.ssn,
            "form": "1040",
            "year": str(scenario.tax_year),
            "phone": scenario.phone,
            "fax": scenario.fax,
            "caller": scenario.caller_id,
            "certified": f"7019 {scenario.caller_id[:4]} 0001 {scenario.caller_id[2:]} 3310",
            "contact": "T. Osgood",
            "of": f"{page} of {self.pages}",
            "page": f"Page {page} of {self.pages}",
        }
        return values[key]

    def rows(self, entries: Iterable[Entry], page: int = 1) -> list[tuple[str, str]]:
        """Return each label with its value."""
        return [(label, self.value(key, page)) for label, key in entries]

    def fill_in(self, text: str) -> str:
        """Return the text with this notice's year, due date, name and telephone in place of their keys."""
        return text.format_map(self._words)

    @cached_property
    def _words(self) -> dict[str, str]:
        return {key: self.value(key) for key in ("year", "due", "notice", "phone")}
