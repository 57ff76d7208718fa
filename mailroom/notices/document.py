"""A document as whoever reads its pages sees it: a PDF (`opened`) or an image file (`image_file`)."""

from __future__ import annotations

from typing import Protocol

from PIL.Image import Image

from mailroom.notices.page_kind import PageKind
from mailroom.notices.sheet import Sheet


class Document(Protocol):
    """An open file; pages count from 0. What each of these raises is said by the two that do it."""

    @property
    def page_count(self) -> int:
        """Pages of the file."""
        ...

    def kind(self, index: int, /) -> PageKind:
        """What the page is made of."""
        ...

    def flat_text(self, index: int, /) -> str:
        """Its text in drawing order."""
        ...

    def sheet(self, index: int, /) -> Sheet:
        """Its words as segments."""
        ...

    def quick_sheet(self, index: int, /) -> Sheet:
        """Likewise, sooner and with less care."""
        ...

    def coloured_image(self, index: int, /) -> tuple[Image, float]:
        """The page with its colours, and its dots per point."""
        ...

    def image(self, index: int, /) -> tuple[Image, float]:
        """The page in grey, and its dots per point."""
        ...

    def notes(self) -> list[str]:
        """Codes of what it holds besides pages."""
        ...
