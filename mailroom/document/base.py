"""The protocol of an open document: a PDF (`pdf`) or an image (`image_file`)."""

from __future__ import annotations

from typing import Protocol

from PIL.Image import Image

from mailroom.document.page_layout import PageLayout
from mailroom.document.page_type import PageType


class Document(Protocol):
    """An open file; pages count from 0.

    The errors that its methods raise are named by the two that implement it.
    """

    @property
    def page_count(self) -> int:
        """The number of pages of the file."""
        ...

    def page_type(self, index: int, /) -> PageType:
        """Return what the page is made of."""
        ...

    def flat_text(self, index: int, /) -> str:
        """Return the page's text in drawing order."""
        ...

    def layout(self, index: int, /) -> PageLayout:
        """Return the words of the page's text layer with coordinates, as lines."""
        ...

    def quick_layout(self, index: int, /) -> PageLayout:
        """Return the same as `layout`, sooner and with less care."""
        ...

    def colour_image(self, index: int, /) -> tuple[Image, float]:
        """Return the page as an image with its colours, and its dots per point."""
        ...

    def grey_image(self, index: int, /) -> tuple[Image, float]:
        """Return the page as a grey image, and its dots per point."""
        ...

    def active_content(self) -> list[str]:
        """Return codes of what the file holds besides pages, such as scripts and attachments."""
        ...
