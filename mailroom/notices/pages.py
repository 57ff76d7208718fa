"""A document's pages, whatever they are made of: text layer or picture, both as sheets of words.

A scanned page is looked at twice at most: at its upper part, where a notice's running head or block stands, and as
a whole when it is needed. Which of the words are fields is not decided here.
"""

from __future__ import annotations

from PIL.Image import Image, Resampling

from mailroom.errors import FileFault
from mailroom.notices.document import Document
from mailroom.notices.eyes import CannotSee, Eyes
from mailroom.notices.ocr.seen import Part, SeenPage
from mailroom.notices.page_kind import PageKind
from mailroom.notices.pictures import picture
from mailroom.notices.sheet import Sheet
from mailroom.notices.words import Word, plain, segments

# The share of a later page that is looked at: a running head, or another letter's head, stands in it.
HEAD = 0.11
# The share of the first page in which all fields stand.
FIRST = 0.58
# A page with fewer words is an empty sheet with some dirt on it.
FEWEST_WORDS = 4
# More scanned pages than that take longer than one file may.
MOST_SCANNED = 40


class Pages:
    """The pages of an open document; they count from 0. Without ``eyes`` scanned ones cannot be read."""

    def __init__(self, document: Document, eyes: Eyes | None) -> None:
        self._document = document
        self._eyes = eyes
        self._kinds: dict[int, PageKind] = {}
        self._whole: dict[int, Sheet] = {}
        self._heads: dict[int, Sheet] = {}
        self._complete: set[int] = set()
        self._turn = 0
        # By how many degrees each page was turned to be read, and how many of skew were left.
        self._lies: dict[int, tuple[int, float]] = {}

    @property
    def page_count(self) -> int:
        """Pages of the file."""
        return self._document.page_count

    def is_scanned(self, index: int) -> bool:
        """Whether the page is a picture, whatever text may be hidden on it."""
        if index not in self._kinds:
            self._kinds[index] = self._document.kind(index)
        return self._kinds[index] in ("scan", "hidden")

    def kind(self, index: int) -> PageKind:
        """What there is to be read on it: "text" also for a picture with words on it.

        Raises:
            FileFault: ``broken_pdf``.
        """
        if not self.is_scanned(index):
            return self._kinds[index]
        if self._eyes is None:
            return self._kinds[index]
        # The first page that is a picture is read as a whole in any event.
        sheet = self.head(index) if self._whole else self.sheet(index)
        return "text" if _words_on(sheet) >= FEWEST_WORDS else "blank"

    def flat_text(self, index: int) -> str:
        """A page's text; of a scanned one what has been read of it."""
        if self._eyes is None or not self.is_scanned(index):
            return self._document.flat_text(index)
        return self.head(index).text

    def sheet(self, index: int) -> Sheet:
        """All of a page.

        Raises:
            FileFault: as `Opened.sheet`; ``no_ocr_engine``, ``ocr_failed``, ``page_too_large``…
        """
        if index not in self._whole:
            if self.is_scanned(index):
                self._whole[index] = self._look(index, 1.0 if self._whole else FIRST)
            else:
                self._whole[index] = self._document.sheet(index)
        return self._whole[index]

    def rest_of_first(self, index: int) -> Sheet:
        """All of the first page, of which a picture's foot and sentences were left out: the due date may be in one."""
        if self.is_scanned(index) and index not in self._complete:
            self._whole[index] = self._look(index, 1.0, prose=True)
            self._complete.add(index)
        return self.sheet(index)

    def head(self, index: int) -> Sheet:
        """The upper part of a scanned page, or all of it where that has been read; of a text page all, read quickly."""
        if index in self._whole:
            return self._whole[index]
        if index not in self._heads:
            scanned = self.is_scanned(index)
            self._heads[index] = self._look(index, HEAD) if scanned else self._document.quick_sheet(index)
        return self._heads[index]

    def image(self, index: int) -> tuple[Image, float]:
        """A page as people see it, turned and straightened as it was read, and its dots per point.

        Raises:
            FileFault: ``broken_pdf``, ``page_too_large``, ``image_too_large``.
        """
        image, scale = self._document.coloured_image(index)
        return self._upright(image.convert("RGB"), index), scale

    def _upright(self, image: Image, index: int) -> Image:
        turn, skew = self._lies.get(index, (0, 0.0))
        return image.rotate(turn, expand=True).rotate(skew, Resampling.BICUBIC, fillcolor="white")

    def second(self, index: int) -> Sheet | None:
        """The part of a scanned page in which all fields stand, as another engine reads it; None where there is none."""
        if self._eyes is None or not self.is_scanned(index):
            return None
        image, scale = self._document.image(index)
        seen = self._eyes.look_again(picture(self._upright(image, index), scale, until=FIRST))
        return _sheet(index, seen, seen.height / FIRST) if seen else None

    @property
    def seen(self) -> list[Sheet]:
        """What has been read off pictures so far, by page."""
        read = self._heads | self._whole
        return [read[index] for index in sorted(read) if self.is_scanned(index)]

    def _look(self, index: int, until: float, *, prose: bool = False) -> Sheet:
        if self._eyes is None:
            raise FileFault("no_ocr_engine")
        if len(self._heads) + len(self._whole) > MOST_SCANNED:
            raise FileFault("too_many_scanned_pages")
        image, scale = self._document.image(index)
        try:
            if until == HEAD:
                seen = self._eyes.look(picture(image, scale, self._turn, until), Part(names=False))
                if not seen.turn and len(seen.words) >= FEWEST_WORDS:
                    self._lies[index] = (self._turn, seen.skew)
                    return _sheet(index, seen, seen.height / until)
            # A page that lies another way than the one before has its head elsewhere.
            seen = self._eyes.look(picture(image, scale, self._turn), Part(until, prose=prose))
        except CannotSee as error:
            raise FileFault(error.code) from None
        self._turn = (self._turn + seen.turn) % 360
        self._lies[index] = (self._turn, seen.skew)
        return _sheet(index, seen, seen.height)


def _sheet(index: int, seen: SeenPage, height: float) -> Sheet:
    words = [
        Word(each.x0, each.top, each.x1, each.bottom, plain(each.text), each.sure) for each in seen.words
    ]
    return Sheet(index + 1, seen.width, height, segments(words))


def _words_on(sheet: Sheet) -> int:
    return sum(len(each.words) for each in sheet.segments)
