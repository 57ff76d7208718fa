"""An open document's pages, and what has been read of them so far.

Nothing here changes in place: each ``read_…`` returns new `Pages` that hold one more page, and everything
else answers from what has been read. A scanned page is recognized in parts: its upper strip, where a notice's
running head or block is, its lower strip with the page number where the upper one says little, and the whole
page when a stage asks for it. Which of the words are fields is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from PIL.Image import Image, Resampling

from mailroom.document.base import Document
from mailroom.document.ocr.engine import OcrEngine, OcrError, OcrPage, PageImage, Region
from mailroom.document.page_layout import PageLayout
from mailroom.document.page_limits import MAX_SCANNED_PAGES
from mailroom.document.page_type import PageType
from mailroom.document.rendering import crop
from mailroom.document.words import find_lines, plain
from mailroom.errors import FileFault
from mailroom.privacy.client_data import ClientData

# The share of a later page's height that is read first: a running head, or another letter's head, is in it.
HEAD = 0.11
# Below this share of a page's height there is only a foot, with the page number.
FOOT = 0.92
# The share of the first page's height that has all fields of a notice.
FIRST = 0.58
# A page with fewer words is an empty sheet with some dirt on it.
FEWEST_WORDS = 4


@dataclass(frozen=True, repr=False)
class PageRead(ClientData):
    """What has been read of one page.

    ``head`` is its upper strip, with the lower one after ``has_foot``; ``whole`` is the page; of a scanned
    first page without its foot and its sentences, until ``is_complete``. ``turn`` and ``skew`` are the
    degrees by which the scan was turned and deskewed for it.
    """

    page_type: PageType
    head: PageLayout | None = None
    has_foot: bool = False
    whole: PageLayout | None = None
    is_complete: bool = False
    turn: int = 0
    skew: float = 0.0

    @property
    def layout(self) -> PageLayout | None:
        """The most that has been read of the page; None where nothing has."""
        return self.whole or self.head


@dataclass(frozen=True, repr=False)
class Pages(ClientData):
    """The pages of an open document, counted from 0, and what has been read of them.

    Without ``engine`` scanned pages cannot be read. ``turn`` is how the last scanned page lay, in degrees:
    the next one probably lies the same way.
    """

    document: Document
    engine: OcrEngine | None = None
    read: Mapping[int, PageRead] = field(default_factory=lambda: MappingProxyType({}))
    turn: int = 0

    @property
    def page_count(self) -> int:
        """The number of pages of the file."""
        return self.document.page_count

    @property
    def scanned_layouts(self) -> list[PageLayout]:
        """The most that has been read of each scanned page, in page order."""
        scanned = (self.read[index] for index in sorted(self.read) if self.is_scanned(index))
        return [page.layout for page in scanned if page.layout is not None]

    def is_scanned(self, index: int) -> bool:
        """Return whether the page is an image, whatever text may be hidden on it.

        Raises:
            FileFault: ``broken_pdf``.
        """
        return self._page_type(index) in ("scan", "hidden")

    def content(self, index: int) -> PageType:
        """Return what there is to be read on a page after `identify`: "text" also for a scan with words.

        Raises:
            KeyError: too little has been read of a scanned page to tell.
        """
        if self.engine is None or not self.is_scanned(index):
            return self._page_type(index)
        return "text" if _count_words(self.layout(index)) >= FEWEST_WORDS else "blank"

    def flat_text(self, index: int) -> str:
        """Return a page's text; of a scanned page what `identify` has read of it.

        Raises:
            FileFault: ``broken_pdf``.
        """
        if self.engine is None or not self.is_scanned(index):
            return self.document.flat_text(index)
        return self.layout(index).text

    def layout(self, index: int) -> PageLayout:
        """Return the most that has been read of a page.

        Raises:
            KeyError: nothing has been read of it.
        """
        layout = self.read[index].layout
        if layout is None:
            raise KeyError(index)
        return layout

    def identify(self, index: int) -> Pages:
        """Read as much of a page as tells what there is on it: nothing of a text layer, the head of a scan.

        The first page of all is read as a whole, since its fields are wanted in any event.

        Raises:
            FileFault: as `read_page`.
        """
        pages = self._with(index, self._known(index))
        if self.engine is None or not pages.is_scanned(index):
            return pages
        return pages.read_head(index) if self._has_first_page else pages.read_page(index)

    def read_page(self, index: int, *, begins: bool = False) -> Pages:
        """Read a page; of a scanned one that ``begins`` a notice or is read first, the share with all fields.

        A page whose text cannot be decoded is read like a scan.

        Raises:
            FileFault: as `Document.layout`; ``no_ocr_engine``, ``ocr_failed``, ``page_too_large``…
        """
        page = self._known(index)
        if page.whole is not None:
            return self
        if self.is_scanned(index):
            is_first = begins or not self._has_first_page
            return self._recognize(index, Region(FIRST if is_first else 1.0, sentences=False))
        try:
            return self._with(index, replace(page, whole=self.document.layout(index)))
        except FileFault as fault:
            if fault.code != "garbled_text" or self.engine is None:
                raise
            # What its fonts do not say can be seen.
            return self._with(index, PageRead("hidden")).read_page(index)

    def read_rest(self, index: int) -> Pages:
        """Read all of a scanned page, with the foot and the sentences: the due date may be in one.

        Raises as `read_page`.
        """
        if not self.is_scanned(index) or self._known(index).is_complete:
            return self.read_page(index)
        return self._recognize(index, Region())

    def read_head(self, index: int) -> Pages:
        """Read the upper strip of a scanned page, and more of it where that has no words.

        All of a text page, quickly and with less care; raises as `read_page`.
        """
        page = self._known(index)
        if page.layout is not None:
            return self
        if not self.is_scanned(index):
            return self._with(index, replace(page, head=self.document.quick_layout(index)))
        head = self._recognize_strip(index, until=HEAD)
        if head is None:
            return self.read_page(index)
        pages = self._with(index, replace(page, head=head, turn=self.turn))
        if _count_words(head) < FEWEST_WORDS:
            pages = pages.read_foot(index)
            if _count_words(pages.layout(index)) < FEWEST_WORDS:
                # What there is lies between, or nothing does.
                return pages.read_page(index)
        return pages

    def read_foot(self, index: int) -> Pages:
        """Read the lower strip of a scanned page too, of which only the upper one has been read.

        Raises as `read_page`.
        """
        page = self._known(index)
        if page.head is None or page.whole is not None or page.has_foot or not self.is_scanned(index):
            return self
        foot = self._recognize_strip(index, since=FOOT)
        words = [
            word for layout in (page.head, foot) if layout for each in layout.lines for word in each.words
        ]
        return self._with(
            index, replace(page, head=replace(page.head, lines=find_lines(words)), has_foot=True)
        )

    def recognize_again(self, index: int) -> PageLayout | None:
        """Return the share of a scanned page that has all fields, as the second engine reads it.

        None without one.
        """
        if self.engine is None or not self.is_scanned(index):
            return None
        image, scale = self.document.grey_image(index)
        page = self.engine.recognize_again(crop(self._upright(image, index), scale, until=FIRST))
        return _to_layout(index, page, page.height / FIRST) if page else None

    def recognize_text_page(self, index: int) -> PageLayout | None:
        """Return the share of a text page that has all fields, as the engine reads its image.

        None where it cannot.
        """
        if self.engine is None:
            return None
        try:
            image, scale = self.document.grey_image(index)
            page = self.engine.recognize(crop(image, scale, until=FIRST), Region(sentences=False))
        except (FileFault, OcrError):
            return None
        return _to_layout(index, page, page.height / FIRST)

    def image(self, index: int) -> tuple[Image, float]:
        """Return a page as an image, turned and deskewed as it was read, and its dots per point.

        Raises:
            FileFault: ``broken_pdf``, ``page_too_large``, ``image_too_large``.
        """
        image, scale = self.document.colour_image(index)
        return self._upright(image.convert("RGB"), index), scale

    @property
    def _has_first_page(self) -> bool:
        return any(page.whole is not None for page in self.read.values())

    def _page_type(self, index: int) -> PageType:
        return self.read[index].page_type if index in self.read else self.document.page_type(index)

    def _known(self, index: int) -> PageRead:
        return self.read.get(index) or PageRead(self.document.page_type(index))

    def _with(self, index: int, page: PageRead) -> Pages:
        return replace(self, read=MappingProxyType({**self.read, index: page}))

    def _upright(self, image: Image, index: int) -> Image:
        page = self._known(index)
        return image.rotate(page.turn, expand=True).rotate(page.skew, Resampling.BICUBIC, fillcolor="white")

    def _recognize(self, index: int, region: Region) -> Pages:
        """Have the engine read the region of the page."""
        image, scale = self.document.grey_image(index)
        page = self._ask_engine(index, crop(image, scale, self.turn), region)
        turn = (self.turn + page.turn) % 360
        layout = _to_layout(index, page, page.height)
        read = replace(
            self._known(index), whole=layout, is_complete=region.sentences, turn=turn, skew=page.skew
        )
        return replace(self._with(index, read), turn=turn)

    def _recognize_strip(self, index: int, since: float = 0.0, until: float = 1.0) -> PageLayout | None:
        """Return the words of a strip across the page, None where the page lies another way.

        A page that lies another way than the one before has its head elsewhere.
        """
        image, scale = self.document.grey_image(index)
        strip = crop(image, scale, self.turn, until, since)
        page = self._ask_engine(index, strip, Region(values=False))
        if page.turn:
            return None
        height = page.height / (until - since)
        return _to_layout(index, page, height, since * height)

    def _ask_engine(self, index: int, image: PageImage, region: Region) -> OcrPage:
        if self.engine is None:
            raise FileFault("no_ocr_engine")
        scanned = {number for number, page in self.read.items() if page.head or page.whole}
        if len(scanned | {index}) > MAX_SCANNED_PAGES:
            raise FileFault("too_many_scanned_pages")
        try:
            return self.engine.recognize(image, region)
        except OcrError as error:
            raise FileFault(error.code) from None


def _count_words(layout: PageLayout) -> int:
    return sum(len(each.words) for each in layout.lines)


def _to_layout(index: int, page: OcrPage, height: float, top: float = 0.0) -> PageLayout:
    """Return a page of this height, whose words begin so many points from its top."""
    words = [
        replace(each, text=plain(each.text), top=each.top + top, bottom=each.bottom + top)
        for each in page.words
    ]
    return PageLayout(index + 1, page.width, height, find_lines(words))
