"""Where a reading has each field from: page, place, label, method and score, as the reader found it.

For people who want to check a reading (``extract --explain``); a run does not use it. Nothing is searched for
here. The image is drawn in `mailroom.notices.explain.explained_image`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from mailroom.document.words import Box
from mailroom.notices.classification.document_type import IN_BLOCK, find_letter_places
from mailroom.notices.confidence.field_choices import ChosenFields
from mailroom.notices.confidence.ranking import Choice
from mailroom.notices.extraction.candidates import Candidate, Method
from mailroom.notices.fields import GROUPS, NAME_LINE, OF_ADDRESS_BLOCK, TYPE
from mailroom.notices.reading import Reading
from mailroom.notices.stages import Findings
from mailroom.privacy.client_data import ClientData

Role = Literal["value", "same", "other"]


@dataclass(frozen=True, repr=False)
class Source(ClientData):
    """A place where a field's value is printed.

    Attributes:
        role: the value was taken from there, the same is printed there, or another value is.
        page: counted from 1.
        box: in points; None where the place is unknown.
        label: what is printed before the value.
        method: how it was found.
        score: 0 to 1, where the method has one.
        value: what is printed there, where it is not the field's value.
    """

    role: Role
    page: int
    box: Box | None
    label: str = ""
    method: Method | None = None
    score: float | None = None
    value: str | None = None


@dataclass(frozen=True, repr=False)
class Explanation(ClientData):
    """A group of fields: their values as in JSON, whether one is in doubt, and where they are printed."""

    values: dict[str, object]
    doubtful: bool
    sources: tuple[Source, ...] = ()


def explain(findings: Findings, reading: Reading) -> list[Explanation]:
    """Return every group of fields with its sources; for a file without readable fields, the values alone."""
    values = reading.fields.as_json()
    out = []
    for group in GROUPS:
        doubtful = any(name in reading.review_fields for name in group)
        # Without a doubt, other values of too low a score would only distract.
        shown = (each for each in _find_sources(group[0], findings) if doubtful or each.role != "other")
        out.append(Explanation({name: values[name] for name in group}, doubtful, tuple(shown)))
    return out


def _find_sources(name: str, findings: Findings) -> Iterator[Source]:
    chosen_fields, page = findings.chosen_fields, findings.evidence.first.number
    if not chosen_fields.chosen:
        return
    if name == TYPE:
        yield from _explain_type(findings)
    elif name in OF_ADDRESS_BLOCK:
        yield from _explain_block(name, chosen_fields, page)
    elif choice := chosen_fields.chosen.get(name):
        yield from _explain_choice(choice, page)


def _explain_choice(choice: Choice, page: int) -> Iterator[Source]:
    """Yield the best finding, on the shown page if possible, then those that agree and those that do not."""
    best, *others = sorted(
        choice.supporting, key=lambda each: (each.page != page, each.method is Method.SEEN_AGAIN, -each.score)
    )
    yield _make_source("value", best, choice.score)
    for each in _drop_same_places(others, best):
        yield _make_source("same", each, each.score)
    for each in _drop_same_places(choice.opposing, best):
        yield _make_source("other", each, each.score, str(each.value))


def _drop_same_places(candidates: Sequence[Candidate], best: Candidate) -> list[Candidate]:
    """Return one candidate for each place."""
    places = {_locate(each): each for each in reversed(candidates)}
    places.pop(_locate(best), None)
    return [*reversed(places.values())]


def _locate(candidate: Candidate) -> tuple[int, str, int, int]:
    box = candidate.value_box or candidate.box
    return candidate.page, str(candidate.value), round(box.x0), round(box.top)


def _make_source(role: Role, candidate: Candidate, score: float, value: str | None = None) -> Source:
    # Flat text of another page has no coordinates.
    box = None if candidate.method is Method.SEEN_AGAIN else candidate.value_box or candidate.box
    return Source(role, candidate.page, box, candidate.label, candidate.method, score, value)


def _explain_type(findings: Findings) -> Iterator[Source]:
    """Yield where the notice block names the letter, or where its number or its wording is on the page."""
    letter = findings.document.letter
    for each in [each for each in findings.evidence.on_first if each.field == TYPE]:
        is_same = each.value == letter
        source = _make_source("value", each, each.score)
        yield source if is_same else replace(source, role="other", value=str(each.value))
    if letter and findings.document.strength < IN_BLOCK:
        page = findings.evidence.first.number
        for box in find_letter_places(findings.evidence.first, letter):
            yield Source("value", page, box, "", Method.HEADLINE_OR_FOOT)


def _explain_block(name: str, read: ChosenFields, page: int) -> Iterator[Source]:
    """Yield places in the taxpayer's address block; without one, those of the labelled name."""
    block, fields = read.block, read.fields
    if block is None:
        if (choice := read.chosen.get(NAME_LINE)) and name != "address":
            yield from _explain_choice(choice, page)
        return
    names = [line for line in block.lines if line.text in block.name_lines]
    if name == "address":
        rest = block.lines[block.lines.index(names[-1]) + 1 :] if names else block.lines
        if rest:
            yield Source("value", block.page, Box.around(rest), "", Method.ADDRESS_BLOCK)
    elif name == "name_line" and names:
        yield Source("value", block.page, Box.around(names), "", Method.ADDRESS_BLOCK)
    else:
        surnames = dict.fromkeys(filter(None, (fields.last_name, fields.spouse_last_name)))
        for line, surname in product(names, surnames):
            if (at := line.text.rfind(surname)) >= 0:
                box = line.box_of(at, at + len(surname))
                yield Source("value", block.page, box, "", Method.NAME_LINE)
