"""One value for each field out of its candidates, and whether it is sure: a notice says most things twice.

Candidates that agree back each other, rivals raise doubt. Finding candidates is not done here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailroom.notices.candidates import Candidate
from mailroom.notices.values import Value
from mailroom.privacy.client_data import ClientData

# From here on a value is given without doubt; below the second figure it is not given at all.
SURE, WORTH_GIVING = 0.8, 0.5
# Each further independent finding of the same value adds this much.
BACKING = 0.05


@dataclass(frozen=True, repr=False)
class Choice(ClientData):
    """A field's value, how far it is to be trusted (0 to 1), and that of the best other value.

    ``grounds`` are the candidates that have the value, ``against`` those that have another, the best first.
    """

    value: Value
    trust: float
    rival: float = 0.0
    grounds: tuple[Candidate, ...] = ()
    against: tuple[Candidate, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether it needs no person: trusted by itself, and well before any other value."""
        return self.trust >= SURE and self.rival <= self.trust - 0.1


def choose(candidates: Iterable[Candidate]) -> Choice | None:
    """The best value; None when no candidate is worth giving."""
    trust: dict[Value, float] = {}
    groups = _by_value(candidates)
    for value, group in groups.items():
        ways = {(each.page, each.how, round(each.box.top)) for each in group}
        best = max(each.trust for each in group)
        trust[value] = min(1.0, best + BACKING * (len(ways) - 1))
    ranked = sorted(trust.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < WORTH_GIVING:
        return None
    rival = ranked[1][1] if len(ranked) > 1 else 0.0
    best_first = {value: sorted(groups[value], key=lambda each: -each.trust) for value, _ in ranked}
    own, *others = best_first.values()
    return Choice(
        ranked[0][0], ranked[0][1], rival, tuple(own), tuple(each for group in others for each in group)
    )


def _by_value(candidates: Iterable[Candidate]) -> dict[Value, list[Candidate]]:
    groups: dict[Value, list[Candidate]] = {}
    for each in candidates:
        groups.setdefault(each.value, []).append(each)
    return groups
