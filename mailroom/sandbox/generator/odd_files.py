"""Files that are damaged, encrypted, empty or not PDFs at all, as real inboxes have them.

Each is made from a valid notice, so that only the damage is different.
"""

from __future__ import annotations

from datetime import date
from random import Random

from reportlab.lib.pdfencrypt import StandardEncryption

from mailroom.sandbox.generator.canvas import PageCanvas, Typesetting
from mailroom.sandbox.generator.cp2000 import Maker, make_cp2000
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.model import Made, make_empty_truth
from mailroom.sandbox.generator.people import Household

OVER_LIMIT = 6 * 1024 * 1024 + 4096
"""A size in bytes that is more than the CRM accepts."""
SIGN_IN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Your session has ended.</body></html>"
)


def _make_encrypted(rng: Random, layout: Layout, home: Household, day: date) -> Made:
    lock = StandardEncryption("opensesame", "owner", strength=128)
    return make_cp2000(rng, layout, home, day, lock)[0], make_empty_truth("rejected", "encrypted")


def _make_owner_restricted(rng: Random, layout: Layout, home: Household, day: date) -> Made:
    """Return a notice that opens without a password, but forbids printing and copying."""
    lock = StandardEncryption("", "owner", canPrint=0, canCopy=0, canModify=0, strength=128)
    return make_cp2000(rng, layout, home, day, lock)


def _reject(name: str, content: bytes) -> Maker:
    """Return a maker of a file that is not a PDF and always has the same bytes."""
    return lambda _rng, _layout, _home, _day: (content, make_empty_truth("rejected", name))


def _make_truncated(rng: Random, layout: Layout, home: Household, day: date) -> Made:
    """Return the first third of a notice: no cross-reference table, no trailer."""
    whole, _ = make_cp2000(rng, layout, home, day)
    return whole[: len(whole) // 3], make_empty_truth("rejected", "truncated")


def _make_oversize(rng: Random, layout: Layout, home: Household, day: date) -> Made:
    """Return a valid notice with so many bytes appended that the CRM refuses it; it can still be read."""
    whole, truth = make_cp2000(rng, layout, home, day)
    return whole + b"\n%" + b" " * (OVER_LIMIT - len(whole)) + b"\n%%EOF\n", truth


def _make_blank(rng: Random, _layout: Layout, _home: Household, _day: date) -> Made:
    canvas = PageCanvas(Typesetting(), rng)
    return canvas.finish(), make_empty_truth("unreadable", "blank") | {"page_count": 1}


ODD_FILES: dict[str, Maker] = {
    "encrypted": _make_encrypted,
    "owner-restricted": _make_owner_restricted,
    "zero-byte": _reject("zero-byte", b""),
    "html": _reject("html", SIGN_IN_PAGE),
    "plain-text": _reject("plain-text", b"Notice CP2000 was here, but somebody saved it as text.\n"),
    "truncated": _make_truncated,
    "oversize": _make_oversize,
    "blank": _make_blank,
}
