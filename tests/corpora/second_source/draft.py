"""The registry of the second source's documents, and what their makers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from mailroom.sandbox.generator.canvas import PageCanvas, Typesetting
from mailroom.sandbox.generator.people import Household, make_household
from mailroom.sandbox.generator.style import format_date, mask_ssn

Rows = list[tuple[str, str]]


@dataclass
class Draft:
    """A document while it is drawn: the canvas, the next baseline, and the household it is about."""

    canvas: PageCanvas
    rng: Random
    home: Household
    day: date
    y: float = 60.0

    def write(self, text: str, *, bold: bool = False, size: float = 0, x: float = 60, gap: float = 4) -> None:
        """Write a paragraph and move down."""
        self.y = self.canvas.paragraph(x, self.y, 490, text, bold=bold, size=size) + gap

    def list_rows(self, rows: Rows, *, x: float = 60, across: float = 190) -> None:
        """Write labels with values beside them, and move down."""
        for label, value in rows:
            self.canvas.text(x, self.y, label, bold=self.rng.random() < 0.3)
            self.canvas.text(x + across, self.y, value)
            self.y += self.canvas.leading + 1
        self.y += 6

    def format_day(self, days: int = 0) -> str:
        """Return the document's date, moved by ``days``, as people write it."""
        return format_date(self.day + timedelta(days=days), self.rng.choice(("long", "slash", "short")))

    @property
    def notice_name(self) -> str:
        """One of the names that people use for the notice."""
        return self.rng.choice(
            ("CP2000", "CP 2000", "CP-2000", "Notice CP2000", "IRS Notice CP2000", "cp2000")
        )

    @property
    def year(self) -> str:
        """The tax year that the document is about."""
        return str(self.day.year - 2)

    @property
    def amount(self) -> str:
        """A random amount in dollars, as printed."""
        return f"${self.rng.randrange(100, 30000):,}.{self.rng.randrange(100):02d}"

    def quote_block(self) -> Rows:
        """Return a notice block as people copy it: labels with values."""
        ssn = mask_ssn(self.home.taxpayer, self.rng.choice(("", "XXX-XX-")))
        control = f"{self.rng.randrange(10000, 99999)}-{self.rng.randrange(1000, 9999)}"
        return [(self.rng.choice(("Notice", "Notice:", "Notice number")), "CP2000"), ("Tax year", self.year),
                ("Notice date", self.format_day(-20)), ("Social Security number", ssn), ("AUR control number", control),
                ("Amount due", self.amount), ("Response due", self.format_day(10))]  # fmt: skip

    @property
    def name(self) -> str:
        """The taxpayer's name in mixed case."""
        return f"{self.home.taxpayer.first} {self.home.taxpayer.last}"

    def address_to_irs(self) -> None:
        """Write the IRS's address as the addressee."""
        self.y = (
            self.canvas.lines(
                60,
                self.y,
                (
                    "Internal Revenue Service",
                    "Automated Underreporter Unit",
                    "PO Box 24015",
                    "Fresno, CA 93779",
                ),
            )
            + 10
        )

    def write_sender(self) -> None:
        """Write the taxpayer's name and address as the sender."""
        home = self.home
        self.y = (
            self.canvas.lines(
                60, self.y, (self.name, home.street, f"{home.city}, {home.state} {home.full_zip}")
            )
            + 10
        )


Make = Callable[[Draft], None]
SECOND_SOURCE_DOCUMENTS: dict[str, Make] = {}


def register(make: Make) -> Make:
    """Add a maker to `SECOND_SOURCE_DOCUMENTS` under its own name."""
    SECOND_SOURCE_DOCUMENTS[make.__name__.strip("_").replace("_", "-")] = make
    return make


def make_second_source_document(rng: Random, name: str) -> bytes:
    """Return a PDF of one page of this kind; ``rng`` makes every choice."""
    typesetting = Typesetting(rng.choice(("helvetica", "times", "courier")), rng.choice((9.0, 10.0, 11.0)),
                rng.choice(("line", "line", "words", "chars")), rng.random() < 0.2)  # fmt: skip
    day = date(2013, 1, 1) + timedelta(days=rng.randrange(4300))
    draft = Draft(PageCanvas(typesetting, rng), rng, make_household(rng), day)
    SECOND_SOURCE_DOCUMENTS[name](draft)
    return draft.canvas.finish()
