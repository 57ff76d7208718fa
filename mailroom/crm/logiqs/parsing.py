"""What Logiqs and the match service answer, read leniently, and tasks and activities as Logiqs takes them.

Properties differ per tenant, and their number grows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mailroom.crm.base import Activity, Case, MatchAnswer, NewActivity, NewTask, merge_records
from mailroom.privacy.client_data import Private

# One property under the names that tenants use for it.
OFFICER = ("SetOfficerID", "SetOfficerId", "SetOfficer", "OfficerID")
SPOUSE_LAST = ("SpouseLastName", "SLastName", "Spouse_LastName")
SPOUSE_FIRST = ("SpouseFirstName", "SFirstName", "Spouse_FirstName")
SPOUSE_SSN = ("SpouseSSN", "SSSN", "Spouse_SSN")
# A row of the activity report about a task that was completed.
COMPLETED = re.compile(r"^\s*task completed\b", re.IGNORECASE | re.MULTILINE)
# Longer numbers fit into no database column, and are not ids.
LONGEST_NUMBER = 18


def parse_case(found: Mapping[str, Any]) -> Case | None:
    """Return the case in an answer's data; None when it has no CaseID."""
    case_id = parse_whole_number(found.get("CaseID"))
    if case_id is None:
        return None
    return Case(
        case_id=case_id,
        first_name=_read_text(found, "FirstName"),
        last_name=_read_text(found, "LastName"),
        spouse_first_name=_read_text(found, *SPOUSE_FIRST),
        spouse_last_name=_read_text(found, *SPOUSE_LAST),
        ssn=_read_text(found, "SSN"),
        spouse_ssn=_read_text(found, *SPOUSE_SSN),
        zip=_read_text(found, "Zip", "ZipCode"),
        officer_id=_extract_officer(found),
        tells_officer=any(name in found for name in OFFICER),
    )


def parse_match_answer(answer: Mapping[str, Any]) -> MatchAnswer:
    """Return what the match service answers; every case in the answer counts, wherever it is."""
    found = [parse_case(data) if data is not None else None for data in _iterate_cases(answer)]
    claimed = answer.get("matchFound") is True
    incomplete = None in found or (claimed and not found)
    return MatchAnswer(claimed, merge_records(case for case in found if case is not None), incomplete)


def parse_completed_tasks(data: object) -> list[Activity] | None:
    """Return the rows of an activity report that say that a task was completed; None: it has no rows.

    A row says so in its type or in its subject, each of which quotes the task's subject.
    """
    rows = data if isinstance(data, list) else None
    if isinstance(data, Mapping):
        rows = next((value for value in data.values() if isinstance(value, list)), None)
    if rows is None:
        return None
    texts = [
        "\n".join(str(row.get(name)) for name in ("Type", "ActivitySubject"))
        for row in rows
        if isinstance(row, Mapping)
    ]
    return [Activity(Private(text)) for text in texts if COMPLETED.search(text)]


def build_task_body(task: NewTask) -> dict[str, Any]:
    """Return the body that ``POST Task/Task`` takes."""
    return {
        "CaseID": task.case_id,
        "Subject": task.subject,
        "TaskType": 1,
        "DueDate": _format_utc(task.due),
        "Reminder": _format_utc(task.reminder),
        "PriorityID": task.priority,
        "StatusID": 0,
        "UserID": list(task.user_ids),
        "Comments": task.comments,
    }


def build_activity_body(activity: NewActivity) -> dict[str, Any]:
    """Return the body that ``POST CaseActivity/Activity`` takes; whoever opens the case sees it first."""
    return {
        "CaseID": activity.case_id,
        "ActivityType": "General",
        "Subject": activity.subject,
        "Comment": activity.comment,
        "Pin": True,
        "Popup": False,
    }


def parse_whole_number(value: object) -> int | None:
    """Return a positive whole number of at most 18 digits, also one written as text; None for all else."""
    if isinstance(value, str):
        text = value.strip()
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < 10**LONGEST_NUMBER else None


def _extract_officer(found: Mapping[str, Any]) -> int | None:
    """Return the case officer's user id; None where the answer does not have it."""
    for name in OFFICER:
        if (number := parse_whole_number(found.get(name))) is not None:
            return number
    return None


def _iterate_cases(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | None]:
    """Each case in a match answer: wrapped in an envelope or plain, alone or as one of the candidates.

    It is None for something else in the place of a case: nobody knows which case that means.
    """
    candidates = answer.get("candidates") or []
    alone = [answer["caseData"]] if answer.get("caseData") else []
    for holder in [*alone, *(candidates if isinstance(candidates, list) else [None])]:
        if not isinstance(holder, Mapping):
            yield None
            continue
        inner = holder.get("caseData", holder)
        inner = inner if isinstance(inner, Mapping) else holder
        if data := inner.get("data", inner.get("Data", inner)):
            yield data if isinstance(data, Mapping) else None


def _read_text(found: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = found.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _format_utc(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
