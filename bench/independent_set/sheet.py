"""Pages of US Letter size, drawn with fpdf2. All lengths are points, from the top left corner.

Text that leaves the page or that covers other text is an error of a layout, so it raises ``LayoutError``.
Without Debian's package fonts-dejavu a base font is used for two of the five fonts, so two machines make the
same files only if both have it or both do not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from fpdf import FPDF

WIDTH, HEIGHT = 612.0, 792.0
DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
# Free fonts of Debian's package fonts-dejavu; without it a base font is used instead.
FILES = {
    "dejavu": ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf", "helvetica"),
    "dejavuserif": ("DejaVuSerifCondensed.ttf", "DejaVuSerifCondensed-Bold.ttf", "times"),
}


PAGE_NUMBER = re.compile(r"(page )?\d+ of \d+", re.IGNORECASE)


class LayoutError(ValueError):
    """Text leaves its page or covers other text."""


class Sheet:
    """A document with a current page. ``family`` is the font of the text, ``data`` that of the values."""

    def __init__(self, family: str = "helvetica", data: str | None = None, size: float = 9.5) -> None:
        self.pdf = FPDF(unit="pt", format="letter")
        self.pdf.set_creation_date(datetime(2026, 1, 1, tzinfo=UTC))
        self.pdf.set_auto_page_break(auto=False)
        self.pdf.core_fonts_encoding = "windows-1252"
        self.use(family, data, size)
        self.numbered = True
        self._boxes: list[tuple[float, float, float, float, str]] = []

    def use(self, family: str, data: str | None = None, size: float = 9.5) -> None:
        """Change the fonts and the size of what is written from now on."""
        self.size = size
        self.family = self._load(family)
        self.data = self._load(data or family)

    def _load(self, family: str) -> str:
        if family not in FILES:
            return family
        regular, bold, instead = FILES[family]
        if not (DEJAVU / regular).exists():
            return instead
        if family not in self.pdf.fonts:
            self.pdf.add_font(family, "", DEJAVU / regular)
            self.pdf.add_font(family, "B", DEJAVU / bold)
        return family

    def add_page(self) -> None:
        """Start a page, on which nothing can be overlapped yet."""
        self.pdf.add_page()
        self._boxes = []

    def return_to(self, page: int) -> None:
        """Go to a finished page, to draw over it."""
        self.pdf.page = page
        self._boxes = []

    def save(self) -> bytes:
        """The document's bytes, the same for the same pages."""
        return bytes(self.pdf.output())

    def measure(self, text: str, size: float | None = None, style: str = "", family: str = "") -> float:
        """The width of a text in points."""
        family = family or self.family
        self.pdf.set_font(family, style if family not in FILES else style.replace("I", ""), size or self.size)
        return float(self.pdf.get_string_width(text))

    def write(self, x: float, y: float, text: str, size: float | None = None, style: str = "",
              family: str = "", align: str = "L") -> float:  # fmt: skip
        """Write one line with its baseline at y; return where it ends. ``x`` is the right end for align R."""
        size = size or self.size
        width = self.measure(text, size, style, family)
        if not self.numbered and PAGE_NUMBER.fullmatch(text):
            return x
        left = {"L": x, "R": x - width, "C": x - width / 2}[align]
        self._claim(left, y - 0.68 * size, left + width, y + 0.08 * size, text)
        self.pdf.text(left, y, text)
        return left + width

    def write_lines(self, x: float, y: float, lines: Sequence[str], size: float | None = None, style: str = "",
                    family: str = "", leading: float = 1.22) -> float:  # fmt: skip
        """Write lines below each other; return the baseline of the next one."""
        for line in lines:
            self.write(x, y, line, size, style, family)
            y += leading * (size or self.size)
        return y

    def wrap(self, text: str, width: float, size: float | None = None, style: str = "") -> list[str]:
        """The lines of a paragraph."""
        lines, line = [], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and self.measure(longer, size, style) > width:
                lines.append(line)
                longer = word
            line = longer
        return [*lines, line] if line else lines

    def paragraph(self, x: float, y: float, width: float, text: str, size: float | None = None,
                  style: str = "") -> float:  # fmt: skip
        """Write a paragraph; return the baseline of what follows, with half a line between."""
        lines = self.wrap(text, width, size, style)
        return self.write_lines(x, y, lines, size, style) + 0.5 * (size or self.size)

    def dots(self, x: float, y: float, right: float, label: str, value: str, style: str = "") -> None:
        """Write a label, dots up to the value, and the value at the right."""
        end = self.write(x, y, label, style=style)
        start = right - self.measure(value, style=style, family=self.data)
        count = int((start - end - 6) / self.measure("."))
        if count > 1:
            self.write(start - 3, y, "." * count, align="R")
        self.write(right, y, value, style=style, family=self.data, align="R")

    def row(
        self, y: float, cells: Sequence[tuple[float, str, str]], size: float | None = None, style: str = ""
    ) -> None:
        """Write cells of a table row: position, text, alignment."""
        for x, text, align in cells:
            self.write(x, y, text, size, style, align=align)

    def rule(self, x: float, y: float, right: float, thickness: float = 0.7) -> None:
        """Draw a horizontal line."""
        self.pdf.set_draw_color(0)
        self.pdf.set_line_width(thickness)
        self.pdf.line(x, y, right, y)

    def dashes(self, y: float) -> None:
        """Draw the line at which a coupon is cut off."""
        self.pdf.set_draw_color(0)
        self.pdf.set_line_width(0.6)
        self.pdf.set_dash_pattern(dash=5, gap=3)
        self.pdf.line(20, y, WIDTH - 20, y)
        self.pdf.set_dash_pattern()

    def box(self, x: float, y: float, width: float, height: float, gray: int | None = None) -> None:
        """Draw a frame, or a gray area without one."""
        self.pdf.set_draw_color(60)
        self.pdf.set_line_width(0.7)
        if gray is not None:
            self.pdf.set_fill_color(gray)
        self.pdf.rect(x, y, width, height, style="D" if gray is None else "F")

    def write_over(self, x: float, y: float, text: str, size: float, *, color: tuple[int, int, int],
                   angle: float = 0, framed: bool = False) -> None:  # fmt: skip
        """Write a stamp, at an angle, over whatever is there."""
        width = self.measure(text, size, "B", "helvetica")
        self.pdf.set_text_color(*color)
        self.pdf.set_draw_color(*color)
        with self.pdf.rotation(angle, x, y):
            self.pdf.text(x, y, text)
            if framed:
                self.pdf.set_line_width(1.6)
                self.pdf.rect(x - 6, y - size, width + 12, size * 1.4)
        self.pdf.set_text_color(0)

    def scribble(self, rng: Random, x: float, y: float, width: float, height: float = 9) -> None:
        """Draw a line such as a pen makes: a signature or a word that nobody can read."""
        self.pdf.set_draw_color(20, 30, 120)
        self.pdf.set_line_width(1.1)
        steps = max(4, int(width / 5))
        points = [
            (x + width * i / steps, y - rng.uniform(0, height) * (1 if i % 2 else 0.2))
            for i in range(steps + 1)
        ]
        self.pdf.polyline(points)

    def _claim(self, left: float, top: float, right: float, bottom: float, text: str) -> None:
        if left < 8 or right > WIDTH - 6 or top < 6 or bottom > HEIGHT - 6:
            raise LayoutError(f"off the page: {text!r} at {left:.0f}-{right:.0f}, {bottom:.0f}")
        for x0, y0, x1, y1, other in self._boxes:
            if left < x1 - 0.3 and right > x0 + 0.3 and top < y1 - 0.3 and bottom > y0 + 0.3:
                raise LayoutError(f"{text!r} covers {other!r}")
        self._boxes.append((left, top, right, bottom, text))
