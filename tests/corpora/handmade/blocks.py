"""What the handmade notices have in common: taxpayer, notice block, summary, and the list of layouts."""

from __future__ import annotations

from collections.abc import Callable

from tests.corpora.handmade.pages import Page

IRS = "Department of the Treasury\nInternal Revenue Service\nPO BOX 9019\nHOLTSVILLE, NY 11742-9019"
ADDRESS = "MARTIN P OAKLEY\n48 QUARRY RD\nDAYTON, OH 45402-1234"
SUMMARY = (
    ("2022 Tax Increase", "$4,284.50"),
    ("Payment Increase", "$0.00"),
    ("Interest if paid by November 6, 2024", "$37.00"),
)
TOTAL = ("Amount due", "$4,321.50")
BLOCK = (
    ("Notice", "CP2000"),
    ("Tax year", "2022"),
    ("Notice date", "October 7, 2024"),
    ("Social Security number", "741-55-3907"),
    ("AUR control number", "59153-7775"),
)
DUE = "Please respond by November 6, 2024, whether you agree or not."

Layout = Callable[[], bytes]
LAYOUTS: dict[str, Layout] = {}


def layout(make: Layout) -> Layout:
    """Add a layout to `LAYOUTS` under its own name."""
    LAYOUTS[make.__name__] = make
    return make


def put_rows(page: Page, x: float, y: float, pairs: tuple[tuple[str, str], ...], value_x: float) -> float:
    """Put labels with their values in a second column; return the baseline below them."""
    for label, value in pairs:
        page.put(x, y, label)
        page.put(value_x, y, value)
        y += 1.3 * page.size
    return y


def put_summary(page: Page, y: float, total: tuple[str, str] = TOTAL, right: float = 560) -> float:
    """Put the table of proposed changes with its total; return the baseline below it."""
    page.put(36, y, "Summary of proposed changes", 12)
    for label, value in (*SUMMARY, total):
        y += 15
        page.put(36, y, label)
        page.put_right(right, y, value)
    return y + 20


def put_usual_body(page: Page, y: float = 300) -> None:
    """Put headline, due date and table in their usual form."""
    page.put(36, y, "Proposed changes to your 2022 Form 1040", 15)
    page.put(36, y + 20, DUE)
    put_summary(page, y + 45)
