"""A PDF: what its pages are made of, its words and its flat text.

pypdfium2 looks at every page quickly; pdfplumber gives words with coordinates for the few pages that are
read. Every way in which a file can be bad becomes a `FileFault` with a code here. Not safe to call from two
threads: PDFium is not.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator, Sized
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pdfplumber
import pypdfium2
from pdfminer.pdfexceptions import PDFException
from pdfminer.psexceptions import PSException
from pdfplumber.pdf import PDF
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException
from PIL.Image import Image

from mailroom.document import text_layer
from mailroom.document.active_content import has_layers_off, is_dynamic_form, list_active_content
from mailroom.document.base import LIBRARY_FAULTS, Document
from mailroom.document.file_type import find_image_type
from mailroom.document.page_layout import PageLayout
from mailroom.document.page_limits import MAX_CHARS_PER_PAGE, MAX_PAGES
from mailroom.document.page_objects import pdfium
from mailroom.document.page_type import PageLook, PageType, look_at
from mailroom.document.rendering import render_colour
from mailroom.document.words import find_lines, plain
from mailroom.errors import FileFault

# What begins so is a file of another type, whatever comes later in it: HTML, JSON, zip, program, gzip,
# JPEG, PNG, GIF, TIFF, RAR, 7z, an old Word file.
OTHER_TYPES = (
    b"<", b"{", b"PK", b"MZ", b"\x1f\x8b", b"\x7fELF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*",
    b"Rar!", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0",
)  # fmt: skip
# The end of a file is looked for in so many bytes: a gateway's page may be behind it.
TAIL = 65_536
# With more chars than this share unknown, the rest cannot be read as text either.
UNMAPPED = 0.2
# A side note may be turned; with fewer upright chars than this share the page is.
TURNED = 0.5
PDF_FAULTS = (
    *LIBRARY_FAULTS, RecursionError, PDFException, PSException, MalformedPDFException, pypdfium2.PdfiumError,
)  # fmt: skip
# pdfminer logs what it thinks of a page; that is a client's document.
logging.getLogger("pdfminer").setLevel(logging.CRITICAL)


def is_image(path: Path) -> bool:
    """Return whether the file begins like an image.

    Raises:
        FileFault: ``not_a_file``.
    """
    return find_image_type(_read_ends(path)[0]) is not None


def check_magic(path: Path) -> None:
    """Check the first bytes, not the name; readers accept up to 1,024 bytes of a gateway's before the head.

    Raises:
        FileFault: ``empty_file``, ``not_a_file`` for a pipe or device, or ``not_a_pdf``. A zip with a PDF
            near its start would open as that PDF, so what begins like something else is not one.
    """
    head, tail = _read_ends(path)
    if not head:
        raise FileFault("empty_file")
    if b"%PDF-" not in head or head.lstrip(b"\xef\xbb\xbf\x00 \t\r\n\x0c").startswith(OTHER_TYPES):
        raise FileFault("not_a_pdf")
    # Behind the last object: no object is lost then. Readers accept other bytes behind the end.
    if not any(mark in tail.rpartition(b"endobj")[2] for mark in (b"startxref", b"%%EOF")):
        raise FileFault("broken_pdf")


def _read_ends(path: Path) -> tuple[bytes, bytes]:
    """Return the first 1,028 and the last `TAIL` bytes; a pipe is not waited for."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123 - a descriptor
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise FileFault("not_a_file")
        head = file.read(1028)
        file.seek(max(0, status.st_size - TAIL))
        return head, file.read(TAIL)


@dataclass(frozen=True, repr=False)
class PdfFile(Document):
    """An open PDF; pages count from 0."""

    quick: pypdfium2.PdfDocument
    exact: PDF
    page_count: int
    has_layers_off: bool = False
    # What was found out about the pages so far.
    looks: dict[int, PageLook] = field(default_factory=dict)

    def active_content(self) -> list[str]:
        """Return codes of what it holds besides pages; none where that cannot be found out."""
        try:
            return list_active_content(self.quick, self.exact.doc.catalog)
        except PDF_FAULTS:
            return []

    def flat_text(self, index: int) -> str:
        """Return a page's text in drawing order, in which numbers can be found again.

        Raises:
            FileFault: as `page_type`.
        """
        return plain(self._look_at(index).text)

    def page_type(self, index: int) -> PageType:
        """Return what the page is made of.

        Raises:
            FileFault: ``broken_pdf``; ``image_too_large`` where it has to be rendered to tell.
        """
        return self._look_at(index).page_type

    def _look_at(self, index: int) -> PageLook:
        if index not in self.looks:
            with _library_faults(), closing(self.quick[index]) as page:
                self.looks[index] = look_at(page, layers=self.has_layers_off)
        return self.looks[index]

    def colour_image(self, index: int) -> tuple[Image, float]:
        """Return a page with its colours, and its dots per point.

        Raises:
            FileFault: ``broken_pdf``, ``page_too_large``, ``image_too_large``.
        """
        with _library_faults(), closing(self.quick[index]) as page:
            return render_colour(page)

    def layout(self, index: int) -> PageLayout:
        """Return a page's words as lines.

        Raises:
            FileFault: as `page_type`; ``too_much_text``; ``garbled_text`` when the fonts do not say which
                chars they draw; ``turned_text`` when it is skewed, or turned in several ways.
        """
        look = self._look_at(index)
        if look.hidden:
            return self._lay_out_quickly(index)
        with _library_faults(), closing(self.exact.pages[index]) as page:
            shown = text_layer.ShownBox.find(page.page_obj.mediabox, look.box, look.rotation)
            drawn = list(text_layer.read_chars(page.layout, shown))
        _check_amount(drawn)
        drawn = [each for each in drawn if shown.has(each)]
        size = shown.width, shown.height
        turn, chars = text_layer.find_main_turn(drawn)
        if len(chars) < TURNED * len(drawn):
            raise FileFault("turned_text")
        width, height = size if turn in (0, 180) else size[::-1]
        chars = [text_layer.turn_upright(each, turn, size) for each in chars]
        if sum("(cid:" in each["text"] for each in chars) > UNMAPPED * len(chars):
            raise FileFault("garbled_text")
        return PageLayout(index + 1, width, height, find_lines(text_layer.join_words(chars)))

    def quick_layout(self, index: int) -> PageLayout:
        """Return the same, sooner and with less care: for pages that no field is read from.

        Raises as `layout`.
        """
        return self.layout(index) if self._look_at(index).rotation else self._lay_out_quickly(index)

    def _lay_out_quickly(self, index: int) -> PageLayout:
        hidden = self._look_at(index).hidden
        with _library_faults(), closing(self.quick[index]) as page:
            chars = list(text_layer.read_quick_chars(page, hidden))
            width, height = page.get_size()
        _check_amount(chars)
        return PageLayout(index + 1, width, height, find_lines(text_layer.join_words(chars)))


def _check_amount(chars: Sized) -> None:
    if len(chars) > MAX_CHARS_PER_PAGE:
        raise FileFault("too_much_text")


@contextmanager
def open_pdf(path: Path) -> Iterator[PdfFile]:
    """Open the file.

    Raises:
        FileFault: ``empty_file``, ``not_a_file``, ``not_a_pdf``, ``encrypted``, ``broken_pdf``,
            ``too_many_pages``, ``dynamic_form``, ``too_much_memory``.
        OSError: there is no such file, or it may not be read.
    """
    check_magic(path)
    with closing(_open_quickly(path)) as quick, path.open("rb") as stream:
        if len(quick) > MAX_PAGES:
            raise FileFault("too_many_pages")
        if is_dynamic_form(quick):
            raise FileFault("dynamic_form")
        with _library_faults():
            exact = pdfplumber.open(stream)
            layers = has_layers_off(exact.doc.catalog)
        yield PdfFile(quick, exact, len(quick), layers)


@contextmanager
def _library_faults() -> Iterator[None]:
    """Turn whatever the two libraries raise about a file into its code."""
    try:
        yield
    except PdfminerException as error:
        # pdfplumber wraps whatever pdfminer raises, also this.
        ran_out = bool(error.args) and isinstance(error.args[0], MemoryError)
        raise FileFault("too_much_memory" if ran_out else "broken_pdf") from None
    except PDF_FAULTS:
        raise FileFault("broken_pdf") from None
    except MemoryError:
        raise FileFault("too_much_memory") from None


def _open_quickly(path: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise FileFault("encrypted" if locked else "broken_pdf") from None
