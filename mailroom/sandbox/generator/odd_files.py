"""Files that are damaged, encrypted, empty or not PDFs at all, as real inboxes have them.

Each is made from a valid notice, so that only the damage is different.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from reportlab.lib.pdfencrypt import StandardEncryption

from mailroom.sandbox.generator.canvas import PageCanvas, Typesetting
from mailroom.sandbox.generator.cp2000 import make_cp2000
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.model import make_empty_truth
from mailroom.sandbox.generator.people import Household

Odd = tuple[bytes, dict[str, object]]
OVER_LIMIT = 6 * 1024 * 1024 + 4096
"""A size in bytes that is more than the CRM accepts."""


def _make_encrypted(rng: Random, layout: Layout, home: Household, day: date) -> Odd:
    lock = StandardEncryption("opensesame", "owner", strength=128)
    return make_cp2000(rng, layout, home, day, lock)[0], make_empty_truth("rejected", "encrypted")


def _make_owner_restricted(rng: Random, layout: Layout, home: Household, day: date) -> Odd:
    """Return a notice that opens without a password, but forbids printing and copying."""
    lock = StandardEncryption("", "owner", canPrint=0, canCopy=0, canModify=0, strength=128)
    return make_cp2000(rng, layout, home, day, lock)


def _make_zero_byte(_rng: Random, _layout: Layout, _home: Household, _day: date) -> Odd:
    return b"", make_empty_truth("rejected", "zero-byte")


def _make_html(_rng: Random, _layout: Layout, _home: Household, _day: date) -> Odd:
    page = (
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Your session has ended.</body></html>"
    )
    return page.encode(), make_empty_truth("rejected", "html")


def _make_plain_text(_rng: Random, _layout: Layout, _home: Household, _day: date) -> Odd:
    return b"Notice CP2000 was here, but somebody saved it as text.\n", make_empty_truth(
        "rejected", "plain-text"
    )


def _make_truncated(rng: Random, layout: Layout, home: Household, day: date) -> Odd:
    """Return the first third of a notice: no cross-reference table, no trailer."""
    whole, _ = make_cp2000(rng, layout, home, day)
    return whole[: len(whole) // 3], make_empty_truth("rejected", "truncated")


def _make_oversize(rng: Random, layout: Layout, home: Household, day: date) -> Odd:
    """Return a valid notice with so many bytes appended that the CRM refuses it; it can still be read."""
    whole, truth = make_cp2000(rng, layout, home, day)
    return whole + b"\n%" + b" " * (OVER_LIMIT - len(whole)) + b"\n%%EOF\n", truth


def _make_blank(rng: Random, _layout: Layout, _home: Household, _day: date) -> Odd:
    canvas = PageCanvas(Typesetting(), rng)
    return canvas.finish(), make_empty_truth("unreadable", "blank") | {"page_count": 1}


ODD_FILES: dict[str, Callable[[Random, Layout, Household, date], Odd]] = {
    "encrypted": _make_encrypted,
    "owner-restricted": _make_owner_restricted,
    "zero-byte": _make_zero_byte,
    "html": _make_html,
    "plain-text": _make_plain_text,
    "truncated": _make_truncated,
    "oversize": _make_oversize,
    "blank": _make_blank,
}
