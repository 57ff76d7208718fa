"""The page of a file in Google Drive: its address from an id, and the id from what a person pastes."""

from __future__ import annotations

import re

_PAGE = "https://drive.google.com/file/d/{}/view"
_ID = re.compile(r"[A-Za-z0-9_-]{3,128}")
_IN_LINK = re.compile(r"(?:/d/|[?&]id=)([A-Za-z0-9_-]{3,128})(?=[/?&#]|$)")


def make_file_link(file_id: str) -> str:
    """Return the address of the file's page."""
    return _PAGE.format(file_id)


def parse_file_link(text: str) -> str | None:
    """Return the file's id in a link to it, or the id itself; None for anything else."""
    text = text.strip()
    found = _IN_LINK.search(text)
    if found and re.match(r"https://(?:drive|docs)\.google\.com/", text):
        return found[1]
    return text if _ID.fullmatch(text) else None
