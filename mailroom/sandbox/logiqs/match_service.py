"""The sandbox's match service: cases by surname and the last four of an SSN, the spouse's too."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from rapidfuzz import fuzz

NEAR = 85.0


def normalize_name(name: object) -> str:
    """Return only the letters A to Z in upper case: O'CONNOR-REYES is OCONNORREYES."""
    text = unicodedata.normalize("NFKD", str(name or ""))
    return re.sub(r"[^A-Z]", "", text.upper())


def take_last4(ssn: object) -> str:
    """Return the last four digits of an SSN in any form."""
    return re.sub(r"\D", "", str(ssn or ""))[-4:]


def find_match(cases: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    """Return the response for ``lastName`` and ``last4SSN``, as firms' services give it."""
    surname, digits = normalize_name(asked.get("lastName")), str(asked.get("last4SSN", ""))
    scored = sorted(
        ((_score(case, surname), case) for case in cases if digits in _list_last4(case)),
        key=lambda pair: -pair[0],
    )
    near = [(score, case) for score, case in scored if score >= NEAR]
    if not near:
        return {"status": "success", "matchFound": False, "message": "No matching case found."}
    score, best = near[0]
    answer = {
        "status": "success",
        "matchFound": True,
        "matchType": "exact" if score == 100 else "fuzzy",
        "nameSimilarity": round(score / 100, 2),
        "caseData": {"status": "success", "data": best},
    }
    if len(near) > 1:
        answer["candidates"] = [case for _, case in near]
    return answer


def _score(case: dict[str, Any], surname: str) -> float:
    names = [normalize_name(case.get(key)) for key in ("LastName", "SpouseLastName")]
    return max((fuzz.ratio(surname, name) for name in names if name), default=0.0)


def _list_last4(case: dict[str, Any]) -> set[str]:
    return {take_last4(case.get(key)) for key in ("SSN", "SpouseSSN")} - {""}
