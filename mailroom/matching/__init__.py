"""Whose notice is it?"""

from mailroom.matching.decision import Decision, decide
from mailroom.matching.names import normalised, surname_candidates

__all__ = ["Decision", "decide", "normalised", "surname_candidates"]
