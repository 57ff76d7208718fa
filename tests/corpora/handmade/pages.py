"""Pages for the reader's tests: text put at places on pages, and the PDF of such pages.

Independent of the sandbox's generator: other layouts, wording and fonts, so that the reader does not fit one
source only. Everybody in here is made up; SSNs are from areas that were never issued.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from reportlab.lib.pagesizes import letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = letter
FACES = ("Helvetica", "Times-Roman", "Courier", "Helvetica-Bold")
Drawing = Literal["lines", "shuffled", "chars", "words"]


@dataclass
class Piece:
    """A line of text with its left edge and baseline, in points from the page's top left corner."""

    x: float
    y: float
    text: str
    size: float = 10
    face: str = "Helvetica"
    turned: bool = False

    @property
    def width(self) -> float:
        """The line's width in points."""
        return float(stringWidth(self.text, self.face, self.size))


@dataclass
class Page:
    """Pieces of text in drawing order."""

    pieces: list[Piece] = field(default_factory=list)
    size: float = 10
    face: str = "Helvetica"

    def put(self, x: float, y: float, text: str, size: float | None = None, face: str | None = None) -> None:
        """Add one line of text, or several if the text has line breaks."""
        for row, line in enumerate(text.split("\n")):
            at = y + row * 1.18 * (size or self.size)
            self.pieces.append(Piece(x, at, line, size or self.size, face or self.face))

    def put_right(self, x1: float, y: float, text: str) -> None:
        """Add one line that ends at ``x1``."""
        width = stringWidth(text, self.face, self.size)
        self.put(x1 - width, y, text)


def build_pdf(
    pages: list[Page], drawing: Drawing = "lines", seed: int = 0, *, compressed: bool = True
) -> bytes:
    """Return the pages as a PDF; ``drawing`` is the order and the portions in which the text is drawn."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=letter, invariant=1, pageCompression=int(compressed))
    rng = Random(seed)
    for page in pages:
        pieces = list(page.pieces)
        if drawing != "lines":
            rng.shuffle(pieces)
        for piece in pieces:
            _draw(canvas, piece, drawing)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, piece: Piece, drawing: Drawing) -> None:
    canvas.setFont(piece.face, piece.size)
    if piece.turned:
        canvas.saveState()
        canvas.translate(WIDTH - piece.x, piece.y)
        canvas.rotate(180)
        canvas.drawString(0, 0, piece.text)
        canvas.restoreState()
        return
    if drawing not in ("chars", "words"):
        canvas.drawString(piece.x, HEIGHT - piece.y, piece.text)
        return
    portions = list(piece.text) if drawing == "chars" else piece.text.split(" ")
    x = piece.x
    for portion in portions:
        if portion.strip():
            canvas.drawString(x, HEIGHT - piece.y, portion)
        x += stringWidth(portion if drawing == "chars" else portion + " ", piece.face, piece.size)
