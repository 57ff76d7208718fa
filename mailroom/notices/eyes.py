"""What a scan is read by, as the reader sees it: something that is shown a picture and says which words it saw.

The reading child asks its parent, who has a process of another kind do it (`mailroom.notices.ocr.pool`).
"""

from __future__ import annotations

from typing import Protocol

from mailroom.notices.ocr.seen import Part, SeenPage
from mailroom.notices.pictures import Picture


class CannotSee(Exception):
    """Pictures cannot be read: ``code`` is ``no_ocr_engine``, ``ocr_timed_out`` or ``ocr_failed``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Eyes(Protocol):
    """Reads pictures of pages."""

    def look(self, picture: Picture, part: Part) -> SeenPage:
        """The words of the part of the page.

        Raises:
            CannotSee: there is no engine, or it failed.
        """
        ...

    def look_again(self, picture: Picture) -> SeenPage | None:
        """The words of an upright picture by another engine; None where there is none, or it failed."""
        ...
