"""Files that are damaged, locked, empty or no PDFs at all, as they lie in real inboxes.

Each is made from a sound notice, so that nothing but the damage tells it from one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from reportlab.lib.pdfencrypt import StandardEncryption

from mailroom.sandbox.generator.canvas import Hand, Sheet
from mailroom.sandbox.generator.cp2000 import cp2000
from mailroom.sandbox.generator.layouts import Layout
from mailroom.sandbox.generator.model import empty_truth
from mailroom.sandbox.generator.people import Household

Odd = tuple[bytes, dict[str, object]]
OVER_LIMIT = 6 * 1024 * 1024 + 4096
"""More than the CRM takes, in bytes."""


def _locked(rng: Random, layout: Layout, home: Household, day: date) -> Odd:
    lock = StandardEncryption("opensesame", "owner", strength=128)
    return cp2000(rng, layout, home, day, lock)[0], empty_truth("rejected", "encrypted")


def _restricted(rng: Random, layout: Layout, home: Household, day: date) -> Odd:
    """Opens without a password; printing and copying are forbidden to well-behaved viewers."""
    lock = StandardEncryption("", "owner", canPrint=0, canCopy=0, canModify=0, strength=128)
    return cp2000(rng, layout, home, day, lock)


def _zero(_rng: Random, _layout: Layout, _home: Household, _day: date) -> Odd:
    return b"", empty_truth("rejected", "zero-byte")


def _html(_rng: Random, _layout: Layout, _home: Household, _day: date) -> Odd:
    page = (
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Your session has ended.</body></html>"
    )
    return page.encode(), empty_truth("rejected", "html")


def _plain_text(_rng: Random, _layout: Layout, _home: Household, _day: date) -> Odd:
    return b"Notice CP2000 was here, but somebody saved it as text.\n", empty_truth("rejected", "plain-text")


def _truncated(rng: Random, layout: Layout, home: Household, day: date) -> Odd:
    """Broken off in the first third: no cross-reference table, no trailer."""
    whole, _ = cp2000(rng, layout, home, day)
    return whole[: len(whole) // 3], empty_truth("rejected", "truncated")


def _oversize(rng: Random, layout: Layout, home: Household, day: date) -> Odd:
    """A sound notice with so much behind its end that the CRM refuses it; it still reads."""
    whole, truth = cp2000(rng, layout, home, day)
    return whole + b"\n%" + b" " * (OVER_LIMIT - len(whole)) + b"\n%%EOF\n", truth


def _blank(rng: Random, _layout: Layout, _home: Household, _day: date) -> Odd:
    sheet = Sheet(Hand(), rng)
    return sheet.finish(), empty_truth("unreadable", "blank") | {"page_count": 1}


ODD_FILES: dict[str, Callable[[Random, Layout, Household, date], Odd]] = {
    "encrypted": _locked,
    "owner-restricted": _restricted,
    "zero-byte": _zero,
    "html": _html,
    "plain-text": _plain_text,
    "truncated": _truncated,
    "oversize": _oversize,
    "blank": _blank,
}
