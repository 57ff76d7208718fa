"""A PDF opened: what kind of file it is, what its pages are made of, its words and its flat text.

pypdfium2 looks at every page quickly; pdfplumber gives words with coordinates for the few pages that are read.
Every way in which a file can be bad becomes a `FileFault` with a code here. Not safe to call from two threads:
PDFium is not.
"""

from __future__ import annotations

import logging
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pdfplumber
import pypdfium2
from pdfminer.pdfexceptions import PDFException
from pdfminer.psexceptions import PSException
from pdfplumber.pdf import PDF
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException
from PIL.Image import Image

from mailroom.errors import FileFault
from mailroom.notices.extras import is_dynamic_form, notes
from mailroom.notices.file_kind import image_kind
from mailroom.notices.layer_letters import letters_of, most, turned_back, words_of
from mailroom.notices.page_kind import PageKind, page_kind, pdfium
from mailroom.notices.pictures import as_people_see_it, rendered
from mailroom.notices.quick_letters import lies_straight, quick_letters
from mailroom.notices.sheet import Sheet
from mailroom.notices.words import plain, segments

# A notice has 5 to 14 pages; a client's whole file sent as one PDF has more, and a person has to part it.
MOST_PAGES = 200
# A page of a notice has some 2,000 letters; one with very many is no letter and costs seconds.
MOST_LETTERS = 60_000
# What begins so is a file of another kind, whatever lies further down in it: HTML, JSON, zip, program, gzip,
# JPEG, PNG, GIF, TIFF, RAR, 7z, an old Word file.
OTHER_KINDS = (
    b"<", b"{", b"PK", b"MZ", b"\x1f\x8b", b"\x7fELF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*",
    b"Rar!", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0",
)  # fmt: skip
# With more letters than this share unknown, the rest is no text to read either.
UNMAPPED = 0.2
# A side note may be turned; with fewer upright letters than this share the page is.
TURNED = 0.5
# What the libraries raise for PDFs whose objects are not what they should be: pdfminer checks few of them.
LIBRARY_FAULTS = (
    PDFException,
    PSException,
    MalformedPDFException,
    pypdfium2.PdfiumError,
    RecursionError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    NotImplementedError,
    struct.error,
    zlib.error,
)


# pdfminer says on its log what it thinks of a page; that is a client's document.
logging.getLogger("pdfminer").setLevel(logging.CRITICAL)


def is_image(path: Path) -> bool:
    """Whether it begins like an image.

    Raises:
        FileFault: ``not_a_file``.
    """
    return image_kind(_ends_of(path)[0]) is not None


def check_magic(path: Path) -> None:
    """Look at the first bytes, not at the name; readers accept up to 1,024 bytes of a gateway's before the head.

    Raises:
        FileFault: ``empty_file``, ``not_a_file`` for a pipe or device, or ``not_a_pdf``. A zip with a PDF near its
            start would open as that PDF, so what begins like something else is not one.
    """
    head, tail = _ends_of(path)
    if not head:
        raise FileFault("empty_file")
    if b"%PDF-" not in head or head.lstrip(b"\xef\xbb\xbf\x00 \t\r\n\x0c").startswith(OTHER_KINDS):
        raise FileFault("not_a_pdf")
    if b"%%EOF" not in tail.rstrip(b"\x00 \r\n") and b"startxref" not in tail:
        raise FileFault("broken_pdf")


def _ends_of(path: Path) -> tuple[bytes, bytes]:
    """The first 1,028 and the last 2,048 bytes; a pipe is not waited for."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123 - a descriptor
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise FileFault("not_a_file")
        head = file.read(1028)
        file.seek(max(0, status.st_size - 2048))
        return head, file.read(2048)


@dataclass(frozen=True, repr=False)
class Opened:
    """An open PDF; pages count from 0 here."""

    path: Path
    quick: pypdfium2.PdfDocument
    exact: PDF

    @property
    def page_count(self) -> int:
        """Pages of the file."""
        return len(self.quick)

    def notes(self) -> list[str]:
        """Codes of what it holds besides pages; nothing where that cannot be told."""
        try:
            return notes(self.quick, self.exact.doc.catalog)
        except LIBRARY_FAULTS:
            return []

    def flat_text(self, index: int) -> str:
        """A page's text in drawing order: good for finding numbers again, not for telling what they are.

        Raises:
            FileFault: ``broken_pdf``.
        """
        with (
            _faults_as_codes(),
            closing(self.quick[index]) as page,
            closing(page.get_textpage()) as text_page,
        ):
            return plain(text_page.get_text_bounded())

    def kind(self, index: int) -> PageKind:
        """What the page is made of.

        A full-page image is a scan, and text that nobody can see on it (rendering mode 3, or drawn before
        the image) is a guess of the scanner's: it carries plausible wrong digits.

        Raises:
            FileFault: ``broken_pdf``.
        """
        with _faults_as_codes(), closing(self.quick[index]) as page:
            return page_kind(page)

    def image(self, index: int) -> tuple[Image, float]:
        """A page as a grey image, and its dots per point.

        Raises:
            FileFault: ``broken_pdf``, ``page_too_large``, ``image_too_large``.
        """
        with _faults_as_codes(), closing(self.quick[index]) as page:
            return rendered(page)

    def coloured_image(self, index: int) -> tuple[Image, float]:
        """Likewise with its colours, for people; raises as `image` does."""
        with _faults_as_codes(), closing(self.quick[index]) as page:
            return as_people_see_it(page)

    def sheet(self, index: int) -> Sheet:
        """A page's words as segments.

        Raises:
            FileFault: ``broken_pdf``; ``too_much_text``; ``garbled_text`` when the fonts do not say which
                letters they draw; ``turned_text`` when it stands askew, or every which way.
        """
        with _faults_as_codes(), closing(self.exact.pages[index]) as page:
            size = float(page.width), float(page.height)
            drawn = list(letters_of(page.layout, size[1], page.mediabox[:2]))
        if len(drawn) > MOST_LETTERS:
            raise FileFault("too_much_text")
        turn, letters = most(drawn)
        if len(letters) < TURNED * len(drawn):
            raise FileFault("turned_text")
        width, height = size if turn in (0, 180) else size[::-1]
        letters = [turned_back(each, turn, size) for each in letters]
        if sum("(cid:" in each["text"] for each in letters) > UNMAPPED * len(letters):
            raise FileFault("garbled_text")
        return Sheet(index + 1, width, height, segments(words_of(letters)))

    def quick_sheet(self, index: int) -> Sheet:
        """Likewise, sooner and with less care: for pages that no field is read from; raises as `sheet` does."""
        with _faults_as_codes(), closing(self.quick[index]) as page:
            letters = list(quick_letters(page)) if lies_straight(page) else None
            width, height = page.get_size()
        if letters is None:
            return self.sheet(index)
        if len(letters) > MOST_LETTERS:
            raise FileFault("too_much_text")
        return Sheet(index + 1, width, height, segments(words_of(letters)))


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open the file.

    Raises:
        FileFault: ``empty_file``, ``not_a_file``, ``not_a_pdf``, ``encrypted``, ``broken_pdf``, ``too_many_pages``,
            ``dynamic_form``, ``too_much_memory``.
        OSError: there is no such file, or it may not be read.
    """
    check_magic(path)
    with _quick(path) as quick, path.open("rb") as stream:
        if len(quick) > MOST_PAGES:
            raise FileFault("too_many_pages")
        if is_dynamic_form(quick):
            raise FileFault("dynamic_form")
        with _faults_as_codes():
            exact = pdfplumber.open(stream)
        yield Opened(path, quick, exact)


@contextmanager
def _faults_as_codes() -> Iterator[None]:
    """Around calls into the two libraries: whatever they raise about a file becomes its code."""
    try:
        yield
    except PdfminerException as error:
        # pdfplumber wraps whatever pdfminer raises, also this.
        ran_out = bool(error.args) and isinstance(error.args[0], MemoryError)
        raise FileFault("too_much_memory" if ran_out else "broken_pdf") from None
    except LIBRARY_FAULTS:
        raise FileFault("broken_pdf") from None
    except MemoryError:
        raise FileFault("too_much_memory") from None


@contextmanager
def _quick(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise FileFault("encrypted" if locked else "broken_pdf") from None
    try:
        yield document
    finally:
        document.close()
