"""Whose notice is it?"""

from mailroom.matching.decision import Decision, decide
from mailroom.matching.surnames import find_surname_candidates, normalize_name

__all__ = ["Decision", "decide", "find_surname_candidates", "normalize_name"]
