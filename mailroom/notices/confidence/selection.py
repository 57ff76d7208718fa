"""Chooses one value for each field among its candidates, and says whether it is sure.

A notice says most things twice. Candidates that agree confirm each other; other values raise doubt.
Candidates are not found here.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    scores: dict[Value, float] = {}
    groups = _group_by_value(candidates)
    for value, group in groups.items():
        ways = {(each.page, each.method, round(each.box.top)) for each in group}
        best = max(each.score for each in group)
        scores[value] = min(1.0, best + BACKING * (len(ways) - 1))
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < WORTH_GIVING:
        return None
    rival_score = ranked[1][1] if len(ranked) > 1 else 0.0
    best_first = {value: sorted(groups[value], key=lambda each: -each.score) for value, _ in ranked}
    own, *others = best_first.values()
    return Choice(
        ranked[0][0], ranked[0][1], rival_score, tuple(own), tuple(each for group in others for each in group)
    )


def _group_by_value(candidates: Iterable[Candidate]) -> dict[Value, list[Candidate]]:
    groups: dict[Value, list[Candidate]] = {}
    for each in candidates:
        groups.setdefault(each.value, []).append(each)
    return groups
