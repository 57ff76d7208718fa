"""Whose notice is it?"""

from mailroom.matching.decision import CaseFinder, Decision, MatchService, decide
from mailroom.matching.names import normalised, surname_candidates

__all__ = ["CaseFinder", "Decision", "MatchService", "decide", "normalised", "surname_candidates"]
