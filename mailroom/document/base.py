"""The protocol of an open document: a PDF (`pdf`) or an image (`image_file`)."""

from __future__ import annotations

import struct
import zlib
from typing import Protocol

from PIL.Image import Image

from mailroom.document.page_layout import PageLayout
from mailroom.document.page_type import PageType
from mailroom.document.rendering import remove_colour

# What a library raises for a file that is not what it should be: few of its objects are checked.
LIBRARY_FAULTS = (
    TypeError, ValueError, LookupError, AttributeError, ArithmeticError, AssertionError, NotImplementedError,
    struct.error, zlib.error,
)  # fmt: skip


class Document(Protocol):
    """An open file with ``page_count`` pages, which count from 0.

    The errors that its methods raise are named by the two that implement it.
    """

    page_count: int

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
        """Return the same as `layout`; where that is possible, sooner and with less care."""
        return self.layout(index)

    def colour_image(self, index: int, /) -> tuple[Image, float]:
        """Return the page as an image with its colours, and its dots per point."""
        ...

    def grey_image(self, index: int, /) -> tuple[Image, float]:
        """Return the page in grey without coloured ink, and its dots per point; raises as `colour_image`."""
        image, scale = self.colour_image(index)
        return remove_colour(image), scale

    def active_content(self) -> list[str]:
        """Return codes of what the file holds besides pages, such as scripts and attachments."""
        return []
