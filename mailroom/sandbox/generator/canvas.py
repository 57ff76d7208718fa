"""Draw on US Letter pages: text in a chosen font, in an order that may differ from the reading order.

Knows nothing of notices. Lengths are points; ``y`` is measured from the top edge down to the text's baseline.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Literal

from reportlab import rl_config
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas as PdfCanvas

# Pages and images as text (ASCII85) would be a quarter larger, and take a sixth of the time to make a scan.
rl_config.useA85 = 0  # type: ignore[attr-defined]  # its stubs lack it

WIDTH, HEIGHT = 612.0, 792.0

Align = Literal["left", "right", "center"]
Chunking = Literal["line", "words", "chars", "spaced"]
FAMILIES = {
    "helvetica": ("Helvetica", "Helvetica-Bold"),
    "times": ("Times-Roman", "Times-Bold"),
    "courier": ("Courier", "Courier-Bold"),
}


@dataclass(frozen=True)
class Typesetting:
    """How the text of a notice is set: family, size in points, how a line is split, and in what order.

    ``chunking``: a line in one piece, by words, by characters, or in one piece with wider character spacing.
    ``shift`` moves all of it right and down, as presses do.
    """

    family: str = "helvetica"
    size: float = 9.5
    chunking: Chunking = "line"
    shuffled: bool = False
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class _Run:
    x: float
    y: float
    text: str
    font: str
    size: float
    shade: float


@lru_cache(maxsize=4096)
def wrap(text: str, font: str, size: float, width: float) -> tuple[str, ...]:
    """Return the lines of a wrapped paragraph; cached, because many notices have the same wording."""
    # reportlab's `simpleSplit` adds the words' widths, which rounds differently when a line just fits.
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and stringWidth(longer, font, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return (*lines, line)


@dataclass
class PageCanvas:
    """A PDF drawn page by page. The same calls with the same ``rng`` give the same bytes."""

    typesetting: Typesetting
    rng: Random
    lock: StandardEncryption | None = None
    pages: int = 1
    _runs: list[_Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._file = io.BytesIO()
        self._pdf = PdfCanvas(
            self._file, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, encrypt=self.lock
        )
        self._pdf.setTitle("Synthetic paper for trials")
        self._pdf.setSubject("Made-up people; not issued by any authority")
        self._pdf.translate(self.typesetting.shift[0], -self.typesetting.shift[1])

    def font(self, *, bold: bool = False) -> str:
        """Return the PDF font's name."""
        return FAMILIES[self.typesetting.family][bold]

    @property
    def size(self) -> float:
        """Points of ordinary text."""
        return self.typesetting.size

    @property
    def leading(self) -> float:
        """Points from one baseline to the next."""
        return round(self.size * 1.22, 1)

    def width(self, text: str, *, bold: bool = False, size: float = 0) -> float:
        """Return the width of the text in points."""
        return float(stringWidth(text, self.font(bold=bold), size or self.size))

    def text(
        self, x: float, y: float, text: str, *, bold: bool = False, size: float = 0, align: Align = "left",
        shade: float = 0,
    ) -> None:  # fmt: skip
        """Draw a line that starts at, ends at or is centred on ``x``; ``shade`` 0 is black, 1 white."""
        if align != "left":
            x -= self.width(text, bold=bold, size=size) / (1 if align == "right" else 2)
        self._runs.append(_Run(x, y, text, self.font(bold=bold), size or self.size, shade))

    def lines(
        self, x: float, y: float, lines: tuple[str, ...], *, bold: bool = False, size: float = 0
    ) -> float:
        """Draw lines one under another; return the baseline after the last."""
        step = self.leading * (size or self.size) / self.size
        for line in lines:
            self.text(x, y, line, bold=bold, size=size)
            y += step
        return y

    def paragraph(
        self, x: float, y: float, width: float, text: str, *, bold: bool = False, size: float = 0
    ) -> float:
        """Draw text wrapped to ``width``; return the baseline after its last line."""
        narrow = width * 0.96 if self.typesetting.chunking == "spaced" else width
        lines = wrap(text, self.font(bold=bold), size or self.size, narrow)
        return self.lines(x, y, lines, bold=bold, size=size)

    def choose_digits(self, count: int) -> str:
        """Return so many random digits."""
        return "".join(self.rng.choices("0123456789", k=count))

    def rule(self, x: float, y: float, width: float, weight: float = 0.6) -> None:
        """Draw a horizontal line."""
        self._pdf.setLineWidth(weight)
        self._pdf.line(x, HEIGHT - y, x + width, HEIGHT - y)

    def box(self, x: float, y: float, width: float, height: float, *, fill: float | None = None) -> None:
        """Draw a rectangle from its upper left corner: an outline, or filled with a grey (0 black to 1
        white).
        """
        if fill is not None:
            self._pdf.setFillGray(fill)
        self._pdf.setLineWidth(0.6)
        self._pdf.rect(
            x, HEIGHT - y - height, width, height, stroke=int(fill is None), fill=int(fill is not None)
        )

    def dot(self, x: float, y: float) -> None:
        """Draw a bullet as a circle: other PDF readers misread reportlab's bullet character."""
        self._pdf.setFillGray(0)
        self._pdf.circle(x, HEIGHT - y, 1.3, stroke=0, fill=1)

    def bars(self, x: float, y: float, width: float, height: float = 9) -> None:
        """Draw bars like the postal bar code above an address."""
        step = 2.6
        self._pdf.setFillGray(0)
        for index in range(int(width / step)):
            tall = height if self.rng.random() < 0.5 else height / 2
            self._pdf.rect(x + index * step, HEIGHT - y, 0.9, tall, stroke=0, fill=1)

    def next_page(self) -> None:
        """End this page and begin the next."""
        self._flush()
        self._pdf.showPage()
        self._pdf.translate(self.typesetting.shift[0], -self.typesetting.shift[1])
        self.pages += 1

    def finish(self) -> bytes:
        """End the last page; return the PDF."""
        self._flush()
        self._pdf.showPage()
        self._pdf.save()
        return self._file.getvalue()

    def _flush(self) -> None:
        runs = [piece for run in self._runs for piece in self._split_run(run)]
        if self.typesetting.shuffled:
            self.rng.shuffle(runs)
        pen = self._pdf.beginText()
        if self.typesetting.chunking == "spaced":
            pen.setCharSpace(0.12)
        face: tuple[str, float] | None = None
        shade = -1.0
        for run in runs:
            if face != (run.font, run.size):
                face = (run.font, run.size)
                pen.setFont(run.font, run.size)
            if shade != run.shade:
                shade = run.shade
                pen.setFillGray(shade)
            pen.setTextOrigin(run.x, HEIGHT - run.y)
            pen.textOut(run.text)
        self._pdf.drawText(pen)
        self._runs.clear()

    def _split_run(self, run: _Run) -> list[_Run]:
        if self.typesetting.chunking in {"line", "spaced"}:
            return [run]
        pieces, x = [], run.x
        for cut in run.text if self.typesetting.chunking == "chars" else re.split("( )", run.text):
            if cut != " ":
                pieces.append(_Run(x, run.y, cut, run.font, run.size, run.shade))
            x += stringWidth(cut, run.font, run.size)
        return pieces
