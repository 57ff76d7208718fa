"""A day's mail with malicious files among valid notices, and a check of each file's outcome.

The same arguments give the same bytes and the same cases. Nothing here runs the day or opens a file; the
caller runs it and then calls `find_problems`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from mailroom.sandbox.generator.cp2000 import make_cp2000
from mailroom.sandbox.generator.layouts import BY_NAME, LAYOUTS
from mailroom.sandbox.generator.model import make_random
from mailroom.sandbox.generator.people import SyntheticCase, make_case, make_household
from mailroom.sandbox.generator.scans import Scanner, render_pages
from mailroom.sandbox.seeding import add_synthetic_case, ensure_inbox
from mailroom.sandbox.store import Store, format_time
from tests.corpora.malicious.registry import MaliciousFile, make_addressees, make_malicious_files
from tests.corpora.notices import choose_date

FILED = frozenset({""})
FOLDERS = {"matched": "CP2000_MATCHED", "review": "CP2000_REVIEW"}
IMAGES = {"photo.jpg": "JPEG", "photo.png": "PNG", "photo called a notice.pdf": "JPEG"}


@dataclass(frozen=True, repr=False)
class MailItem:
    """A file in the inbox: ``codes`` as in `MaliciousFile`, and the cases of its addressees."""

    name: str
    content: bytes
    codes: frozenset[str]
    cases: tuple[SyntheticCase, ...]

    @property
    def allowed_outcomes(self) -> set[tuple[str, str]]:
        """Pairs of outcome and reason that the run's report may show for it."""
        return {("review", code) if code else ("matched", "matched") for code in self.codes}

    @property
    def sha256(self) -> str:
        """Digest in hex, as in the CRM's documents."""
        return hashlib.sha256(self.content).hexdigest()


def make_valid_notices(count: int) -> list[MailItem]:
    """Return CP2000s of every layout in turn, each with the case of its household."""
    made = []
    for number in range(count):
        rng, layout = make_random("malicious day", number), LAYOUTS[number % len(LAYOUTS)]
        home = make_household(rng)
        pdf, _ = make_cp2000(rng, layout, home, choose_date(rng, layout))
        case = make_case(home, 500_001 + number, rng)
        made.append(MailItem(f"valid {number + 1:03}.pdf", pdf, FILED, (case,)))
    return made


def make_image_files() -> list[MailItem]:
    """Return page 1 of a notice as image files; one of them is named like a PDF."""
    return [_make_image_file(number, name, kind) for number, (name, kind) in enumerate(IMAGES.items())]


def _make_image_file(number: int, name: str, kind: str) -> MailItem:
    rng, layout, out = make_random("malicious day", "image", number), BY_NAME["block-2011"], io.BytesIO()
    home = make_household(rng)
    pdf, _ = make_cp2000(rng, layout, home, choose_date(rng, layout))
    next(render_pages(pdf, Scanner(dpi=200), rng)).save(out, kind)
    return MailItem(name, out.getvalue(), FILED, (make_case(home, 600_001 + number, rng),))


def make_malicious_mail(without: Collection[str] = ()) -> list[MailItem]:
    """Return the malicious files except those in ``without``, with codes for a run that reads images."""
    chosen = [(each, content) for each, content in make_malicious_files() if each.name not in without]
    return [
        MailItem(
            f"{each.name}.pdf", content, each.image_codes, tuple(_make_cases(each, 700_001 + 2 * number))
        )
        for number, (each, content) in enumerate(chosen)
    ]


def _make_cases(each: MaliciousFile, first_id: int) -> Iterator[SyntheticCase]:
    if "" in each.codes:
        for number, home in enumerate(make_addressees(each)):
            yield make_case(home, first_id + number, make_random("malicious day", each.name, number))


def interleave(valid: Sequence[MailItem], others: Sequence[MailItem]) -> list[MailItem]:
    """Return the files of both lists in turn, so that every batch has both."""
    return [one for pair in zip_longest(valid, others) for one in pair if one is not None]


def seed_state(state: Path, mail: Iterable[MailItem]) -> None:
    """Seed a new sandbox state: the files in its inbox in this order, their cases in its CRM."""
    store = Store(state)
    store.begin()
    inbox, start = ensure_inbox(store), datetime.now(UTC) - timedelta(hours=3)
    for number, item in enumerate(mail):
        mime = guess_type(item.name)[0] or "application/pdf"
        store.add_file(item.name, inbox, item.content, mime, format_time(start + timedelta(seconds=number)))
        for case in item.cases:
            add_synthetic_case(store, case)
    store.commit()
    store.close()


def find_problems(
    mail: Iterable[MailItem], report: dict[str, Any], drive: dict[str, Any], logiqs: dict[str, Any]
) -> dict[str, str]:
    """Return a description of each wrong result after the day, by file name.

    A file must have one of its allowed outcomes in the report and be in that outcome's folder. A filed one
    has one document and one task, both in a case of its addressees; one that is not filed has neither.

    Args:
        mail: the files of the day.
        report: the run's JSON report.
        drive: the state of the sandbox's Drive after the run.
        logiqs: the state of the sandbox's Logiqs after the run.
    """
    names = {file["id"]: file["name"] for file in drive["files"]}
    folders_of = {file["name"]: [names[parent] for parent in file["parents"]] for file in drive["files"]}
    outcomes: dict[str, list[tuple[str, str]]] = {}
    for line in report["files"]:
        outcomes.setdefault(names[line["drive_file_id"]], []).append((line["outcome"], line["reason"]))
    found: dict[str, str] = {}
    for item in mail:
        end = outcomes.get(item.name, [])
        if len(end) != 1 or end[0] not in item.allowed_outcomes:
            found[item.name] = f"outcome {end}, expected one of {sorted(item.allowed_outcomes)}"
        elif folders_of[item.name] != [FOLDERS[end[0][0]]]:
            found[item.name] = f"is in {folders_of[item.name]}"
        elif problem := _find_crm_problem(item, logiqs, filed=end[0][0] == "matched"):
            found[item.name] = problem
    return found


def _find_crm_problem(item: MailItem, logiqs: dict[str, Any], *, filed: bool) -> str:
    """Return what is wrong with a file's document and task in the CRM; "" if nothing is."""
    own = {case.case_id for case in item.cases}
    documents = [row["CaseID"] for row in logiqs["documents"] if row["sha256"] == item.sha256]
    tasks = [row["CaseID"] for row in logiqs["tasks"] if row["CaseID"] in own]
    if not filed:
        return f"documents in {documents}, tasks in {tasks}" if documents or tasks else ""
    right = len(documents) == 1 and set(documents) <= own and tasks == documents
    return "" if right else f"documents in {documents}, tasks in {tasks}, its own cases are {sorted(own)}"
