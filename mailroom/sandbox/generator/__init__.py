"""Synthetic notices: made-up IRS letters to made-up people, to try the mail room with.

Everything is decided by a seed, down to the bytes. Nobody in here exists, no number was ever issued, and each
PDF's properties say so. Used by the sandbox, the tests and the benchmarks; never by a run on real mail.
"""

from mailroom.sandbox.generator.day import make_synthetic_day, make_synthetic_notices
from mailroom.sandbox.generator.kinds import KINDS
from mailroom.sandbox.generator.layouts import BY_NAME as LAYOUTS
from mailroom.sandbox.generator.model import FIELDS, SyntheticCase, SyntheticDay, SyntheticNotice

__all__ = [
    "FIELDS",
    "KINDS",
    "LAYOUTS",
    "SyntheticCase",
    "SyntheticDay",
    "SyntheticNotice",
    "make_synthetic_day",
    "make_synthetic_notices",
]
