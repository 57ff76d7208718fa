"""Judges a sandbox after any number of runs, from the servers' own records alone.

What a run says of itself, in its ledger or its report, is never asked.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from mailroom.sandbox.generator.model import SyntheticDay, SyntheticNotice
from mailroom.sandbox.launcher import Sandbox

FOLDERS = {
    "matched": "CP2000_MATCHED",
    "duplicate": "CP2000_MATCHED",
    "unmatched": "CP2000_UNMATCHED",
    "review": "CP2000_REVIEW",
}


@dataclass
class Verdict:
    """Ids of what broke the promise, by how, and how many files a person was asked about without need."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    misfiled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    asked: int = 0
    in_review: set[str] = field(default_factory=set)

    @property
    def is_kept(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.duplicated or self.misfiled or self.stuck)

    def count(self) -> dict[str, int]:
        """The number of each kind."""
        kinds = ("lost", "duplicated", "misfiled", "stuck")
        return {**{kind: len(getattr(self, kind)) for kind in kinds}, "asked": self.asked}


def judge(sandbox: Sandbox, day: SyntheticDay) -> Verdict:
    """Compare what the sandbox holds with what the day should have become.

    - lost: a file that is in none of its folders, or in CP2000_MATCHED without its document in a case;
    - duplicated: a document that a case has twice, or that has more than one task;
    - misfiled: a document in the case of another client, or without a task; a file in a wrong folder;
    - stuck: a file that is still in the inbox.

    A file that should have been matched and is in CP2000_REVIEW is no fault: a person is told.
    """
    files, documents, tasks = _read(sandbox)
    notices = {hashlib.sha256(notice.pdf).hexdigest(): notice for notice in day.notices}
    verdict = Verdict()
    _judge_files(verdict, files, notices, day, {row["sha256"] for row in documents})
    _judge_documents(verdict, documents, tasks, notices, day)
    return verdict


def _read(sandbox: Sandbox) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    state = sandbox.state()
    named = {item["id"]: item["name"] for item in state["files"] if "size" not in item}
    # A subfolder of the inbox counts as the inbox.
    outcomes = set(FOLDERS.values())
    files = [
        {**item, "folder": next((named[one] for one in item["parents"] if named[one] in outcomes), None)}
        for item in state["files"]
        if "size" in item
    ]
    return files, state["documents"], state["tasks"]


def _judge_files(
    verdict: Verdict,
    files: list[dict[str, Any]],
    notices: dict[str, SyntheticNotice],
    day: SyntheticDay,
    filed: set[str],
) -> None:
    verdict.lost += ["missing"] * (len(day.notices) - len(files))
    for item in files:
        notice = notices.get(item["sha256Checksum"])
        # Content that somebody uploaded under the file's id during the day must not pass for filed.
        expected = day.expected[notice.path] if notice is not None else "review"
        if item["folder"] == FOLDERS["review"]:
            verdict.in_review.add(item["sha256Checksum"])
        if item["trashed"]:
            verdict.lost.append(item["id"])
        elif item["folder"] is None:
            verdict.stuck.append(item["id"])
        elif item["folder"] == FOLDERS["matched"] and item["sha256Checksum"] not in filed:
            verdict.lost.append(item["id"])
        elif expected == "review" and item["folder"] == FOLDERS["matched"]:
            # Read better than expected, such as a scan with a second engine; its case is judged below.
            continue
        elif item["folder"] != FOLDERS[expected]:
            is_told = item["folder"] == FOLDERS["review"]
            verdict.asked += is_told
            verdict.misfiled += [] if is_told else [f"{item['id']} ({expected}) in {item['folder']}"]


def _judge_documents(
    verdict: Verdict,
    documents: list[dict[str, Any]],
    tasks: list[dict[str, Any]],
    notices: dict[str, SyntheticNotice],
    day: SyntheticDay,
) -> None:
    for (case_id, sha256), copies in Counter((row["CaseID"], row["sha256"]) for row in documents).items():
        if copies > 1:
            verdict.duplicated.append(f"document {sha256[:8]} in case {case_id}")
        notice = notices.get(sha256)
        if notice is not None and case_id not in _find_cases(notice, day):
            verdict.misfiled.append(f"document {sha256[:8]} in case {case_id}")
    per_case: dict[Any, set[str]] = defaultdict(set)
    for row in documents:
        per_case[row["CaseID"]].add(row["sha256"])
    tasks_of = Counter(row["CaseID"] for row in tasks)
    for case_id in per_case.keys() | tasks_of.keys():
        difference = tasks_of[case_id] - len(per_case[case_id])
        if difference > 0:
            verdict.duplicated.append(f"task in case {case_id}")
        elif difference < 0 and not per_case[case_id] & verdict.in_review:
            verdict.misfiled.append(f"document without a task in case {case_id}")


def _find_cases(notice: SyntheticNotice, day: SyntheticDay) -> set[int]:
    """The cases of the notice's client: with this surname, and an SSN that ends as the printed one does."""
    name, last4 = _keep_letters(str(notice.truth["last_name"])), str(notice.truth["ssn_last4"])
    found = set()
    for case in day.cases:
        people = [one for one in (case.home.taxpayer, case.home.spouse) if one is not None]
        names = {_keep_letters(one.last) for one in people}
        if name in names and any(one.ssn.endswith(last4) for one in people):
            found.add(case.case_id)
    return found


def _keep_letters(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalpha())
