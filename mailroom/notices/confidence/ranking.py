"""Chooses one value for each field among its candidates, and says whether it is sure.

A notice says most things twice. Candidates that agree confirm each other; other values raise doubt.
Candidates are not found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailroom.notices.extraction.candidates import Candidate
from mailroom.notices.parsing.values import Value
from mailroom.notices.scores import BACKING, MARGIN, SURE, WORTH_GIVING
from mailroom.privacy.client_data import ClientData


@dataclass(frozen=True, repr=False)
class Choice(ClientData):
    """A field's value, its score (0 to 1), and the score of the best other value.

    ``supporting`` are the candidates that have the value, ``opposing`` those that have another, the best
    first.
    """

    value: Value
    score: float
    rival_score: float = 0.0
    supporting: tuple[Candidate, ...] = ()
    opposing: tuple[Candidate, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether it needs no person: its score is high, and well above that of any other value."""
        return self.score >= SURE and self.rival_score <= self.score - MARGIN


def choose(candidates: Iterable[Candidate]) -> Choice | None:
    """Return the best value; None when no candidate is worth giving."""
    groups: dict[Value, list[Candidate]] = {}
    for each in candidates:
        groups.setdefault(each.value, []).append(each)
    ranked = sorted(groups.items(), key=lambda item: -_score_group(item[1]))
    best_first = [sorted(group, key=lambda each: -each.score) for _, group in ranked]
    scores = [_score_group(group) for group in best_first]
    if not scores or scores[0] < WORTH_GIVING:
        return None
    own, *others = best_first
    opposing = tuple(each for group in others for each in group)
    return Choice(ranked[0][0], scores[0], max(scores[1:], default=0.0), tuple(own), opposing)


def _score_group(group: Sequence[Candidate]) -> float:
    """Return the score of a value: the best candidate's, plus `BACKING` for each further way it was found."""
    ways = {(each.page, each.method, round(each.box.top)) for each in group}
    return min(1.0, max(each.score for each in group) + BACKING * (len(ways) - 1))
