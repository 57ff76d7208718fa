"""A day's mail for the sandbox.

Decides the mix, the file names and the cases; the other modules decide how a file chosen.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from mailroom.sandbox.generator.kinds import KINDS
from mailroom.sandbox.generator.layouts import LAYOUTS
from mailroom.sandbox.generator.model import Made, SyntheticDay, SyntheticNotice, make_random
from mailroom.sandbox.generator.people import Household, SyntheticCase, make_case, make_household
from mailroom.sandbox.generator.resources import read_table

SUBFOLDERS = (None, None, None, None, "Morning mail", "Afternoon mail", "Fax")
SAME_NAME_FILES = (("Morning mail", "CP2000.pdf"), ("Afternoon mail", "CP2000.pdf"))
"""Subfolder and name of two files with the same name, as every day has them."""

ODDITIES = read_table("oddities.toml", dict[str, tuple[tuple[str, str], ...]])["oddities"]
"""Kinds and outcomes of the files that are not simply matched, in the order in which a day uses them."""


def make_synthetic_day(count: int, seed: int = 2026, today: date | None = None) -> SyntheticDay:
    """Return ``count`` files and the cases of a firm: about 90 in 100 match, the rest is other mail.

    The same arguments give the same bytes; without ``today`` the notices are dated back from the day in UTC.
    """
    return _DayBuilder(seed, today or datetime.now(UTC).date()).build(count)


class _DayBuilder:
    """Builds a day; no two taxpayers have the same surname and last four digits by accident."""

    def __init__(self, seed: int, today: date) -> None:
        self._seed = seed
        self._today = today
        self._known: set[tuple[str, str]] = set()
        self._day = SyntheticDay()

    def build(self, count: int) -> SyntheticDay:
        """Return the day; unusual files are spread evenly among the ordinary notices."""
        odd = round(count * 0.15) if count > 3 else 0
        every = count / odd if odd else 0
        places = {int((index + 1) * every) - 1: ODDITIES[index % len(ODDITIES)] for index in range(odd)}
        for index in range(count):
            rng = make_random("day", self._seed, index)
            kind, outcome = places.get(index, ("cp2000", "matched"))
            self._add(rng, index, kind, outcome)
        return self._day

    def _add(self, rng: Random, index: int, kind: str, outcome: str) -> None:
        layout = LAYOUTS[index % len(LAYOUTS)]
        home = self._make_new_household(rng)
        cases = {"stranger": 0, "two cases": 2}.get(kind, 1)
        self._day.cases += [self._make_case(rng, home) for _ in range(cases)]
        make = kind if kind in KINDS else "cp2000"
        made = (
            self._scan_again() if kind == "twice" else KINDS[make](rng, layout, home, self._choose_date(rng))
        )
        self._place(rng, index, make, made, outcome)

    def _scan_again(self) -> Made:
        """Return the bytes of the first ordinary notice, as if scanned a second time."""
        first = next(notice for notice in self._day.notices if self._day.expected[notice.path] == "matched")
        return first.pdf, dict(first.truth)

    def _make_new_household(self, rng: Random) -> Household:
        while True:
            home = make_household(rng)
            people = [home.taxpayer, *([home.spouse] if home.spouse else [])]
            keys = {(one.printed_last, one.ssn[-4:]) for one in people}
            if not keys & self._known:
                self._known |= keys
                return home

    def _make_case(self, rng: Random, home: Household) -> SyntheticCase:
        return make_case(home, 410_000 + len(self._day.cases) * 7 + self._seed % 1000, rng)

    def _choose_date(self, rng: Random) -> date:
        """Return a notice date: mostly some days ago, for one in twelve so long ago that it is overdue."""
        days = rng.randint(34, 60) if rng.random() < 0.08 else rng.randint(3, 24)
        return self._today - timedelta(days=days)

    def _place(self, rng: Random, index: int, kind: str, made: Made, outcome: str) -> None:
        """Add the file in a subfolder; the first two ordinary files have the same name."""
        pdf, truth = made
        subfolder, name = rng.choice(SUBFOLDERS), self._choose_filename(rng, index, truth)
        if outcome == "matched" and index < len(SAME_NAME_FILES):
            subfolder, name = SAME_NAME_FILES[index]
        notice = SyntheticNotice(name, subfolder, pdf, truth, kind)
        self._day.notices.append(notice)
        self._day.expected[notice.path] = outcome

    def _choose_filename(self, rng: Random, index: int, truth: dict[str, object]) -> str:
        """Return a file name as scanners and people write it; some contain the client's name."""
        stamp = self._today.strftime("%Y%m%d")
        number = f"{index + 1:04d}"
        named = f"{truth['last_name'] or 'Letter'} {truth['tax_year'] or 'unknown'} {number}.pdf"
        return rng.choice((f"Scan_{stamp}_{number}.pdf", f"{stamp}{number}.pdf", f"IMG_{number}.PDF", named))
