"""A day's mail with the hostile set among sound notices, and what came of each file: for tests and benchmarks.

The same arguments give the same bytes and the same cases. Nothing here runs the day or opens a file; whoever runs it
compares with `amiss`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

from mailroom.sandbox.filling import MIME_TYPES, add_synthetic_case, folders
from mailroom.sandbox.notices import SyntheticCase
from mailroom.sandbox.notices.cp2000 import cp2000, date_in_era
from mailroom.sandbox.notices.hostile import Hostile, addressees, hostile_files
from mailroom.sandbox.notices.layouts import BY_NAME, LAYOUTS
from mailroom.sandbox.notices.model import chance
from mailroom.sandbox.notices.people import case_of, household
from mailroom.sandbox.notices.scans import Scanner, pictures
from mailroom.sandbox.store import Store, rfc3339

FILED = frozenset({""})
FOLDERS = {"matched": "CP2000_MATCHED", "review": "CP2000_REVIEW"}
IMAGES = {"photo.jpg": "JPEG", "photo.png": "PNG", "photo called a notice.pdf": "JPEG"}


@dataclass(frozen=True, repr=False)
class Letter:
    """A file in the inbox: ``codes`` as the hostile set has them, and the cases of whom it is to."""

    name: str
    content: bytes
    codes: frozenset[str]
    cases: tuple[SyntheticCase, ...]

    @property
    def ends(self) -> set[tuple[str, str]]:
        """The outcomes and reasons that it may have in the run's report."""
        return {("review", code) if code else ("matched", "matched") for code in self.codes}

    @property
    def sha256(self) -> str:
        """As the CRM's documents have it."""
        return hashlib.sha256(self.content).hexdigest()


def sound_letters(count: int) -> list[Letter]:
    """CP2000s of every layout in turn, each with the case of its household."""
    made = []
    for number in range(count):
        rng, layout = chance("hostile day", number), LAYOUTS[number % len(LAYOUTS)]
        home = household(rng)
        pdf, _ = cp2000(rng, layout, home, date_in_era(rng, layout))
        case = case_of(home, 500_001 + number, rng)
        made.append(Letter(f"sound {number + 1:03}.pdf", pdf, FILED, (case,)))
    return made


def image_letters() -> list[Letter]:
    """Page 1 of a notice as image files; scanners and people call such files PDFs too."""
    return [_image(number, name, kind) for number, (name, kind) in enumerate(IMAGES.items())]


def _image(number: int, name: str, kind: str) -> Letter:
    rng, layout, out = chance("hostile day", "image", number), BY_NAME["block-2011"], io.BytesIO()
    home = household(rng)
    pdf, _ = cp2000(rng, layout, home, date_in_era(rng, layout))
    next(pictures(pdf, Scanner(dpi=200), rng)).save(out, kind)
    return Letter(name, out.getvalue(), FILED, (case_of(home, 600_001 + number, rng),))


def hostile_letters(without: Collection[str] = ()) -> list[Letter]:
    """The hostile set where image files are read, but for the names in ``without``."""
    chosen = [(each, content) for each, content in hostile_files() if each.name not in without]
    return [
        Letter(f"{each.name}.pdf", content, each.image_codes, tuple(_cases(each, 700_001 + 2 * number)))
        for number, (each, content) in enumerate(chosen)
    ]


def _cases(each: Hostile, first_id: int) -> Iterator[SyntheticCase]:
    if "" in each.codes:
        for number, home in enumerate(addressees(each)):
            yield case_of(home, first_id + number, chance("hostile day", each.name, number))


def among(sound: Sequence[Letter], others: Sequence[Letter]) -> list[Letter]:
    """The letters in turn, so that no batch is without either."""
    return [one for pair in zip_longest(sound, others) for one in pair if one is not None]


def put_into(state: Path, mail: Iterable[Letter]) -> None:
    """Fill a new sandbox's state: the letters in its inbox in this order, their cases in its CRM."""
    store = Store(state)
    store.begin()
    inbox, start = folders(store), datetime.now(UTC) - timedelta(hours=1)
    for number, letter in enumerate(mail):
        mime = MIME_TYPES.get(Path(letter.name).suffix, "application/pdf")
        store.add_file(letter.name, inbox, letter.content, mime, rfc3339(start + timedelta(seconds=number)))
        for case in letter.cases:
            add_synthetic_case(store, case)
    store.commit()
    store.close()


def amiss(
    mail: Iterable[Letter], report: dict[str, Any], drive: dict[str, Any], logiqs: dict[str, Any]
) -> dict[str, str]:
    """What is not as it must be after the day, by the letters' names; of the run's report and the two systems' states.

    A letter's end in the report must be one of its ends; it lies in that outcome's folder; its document and one task
    are in the case of whom it is to, and there once: or nowhere, when it is not to be filed.
    """
    names = {item["id"]: item["name"] for item in drive["files"]}
    lies_in = {item["name"]: [names[parent] for parent in item["parents"]] for item in drive["files"]}
    ends: dict[str, list[tuple[str, str]]] = {}
    for line in report["files"]:
        ends.setdefault(names[line["drive_file_id"]], []).append((line["outcome"], line["reason"]))
    found: dict[str, str] = {}
    for letter in mail:
        end = ends.get(letter.name, [])
        if len(end) != 1 or end[0] not in letter.ends:
            found[letter.name] = f"ended as {end}, not in {sorted(letter.ends)}"
        elif lies_in[letter.name] != [FOLDERS[end[0][0]]]:
            found[letter.name] = f"lies in {lies_in[letter.name]}"
        elif problem := _filed_wrong(letter, logiqs, filed=end[0][0] == "matched"):
            found[letter.name] = problem
    return found


def _filed_wrong(letter: Letter, logiqs: dict[str, Any], *, filed: bool) -> str:
    """What is wrong with a letter's document and task in the CRM; "" when they are as they must be."""
    own = {case.case_id for case in letter.cases}
    documents = [row["CaseID"] for row in logiqs["documents"] if row["sha256"] == letter.sha256]
    tasks = [row["CaseID"] for row in logiqs["tasks"] if row["CaseID"] in own]
    if not filed:
        return f"documents in {documents}, tasks in {tasks}" if documents or tasks else ""
    right = len(documents) == 1 and set(documents) <= own and tasks == documents
    return "" if right else f"documents in {documents}, tasks in {tasks}, and its own cases are {sorted(own)}"
