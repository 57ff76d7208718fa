"""The sandbox's ``Report/ActivityReport``: a tenant's activities of some days, as live tenants show them.

Rows have no ids and no comments; dates are Pacific, and must be written with leading zeros.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

PACIFIC = timezone(timedelta(hours=-8))


def parse_report_request(body: Any) -> tuple[str, str] | None:
    """Return the first and the last day as ISO dates; None if the request is not accepted."""
    if not isinstance(body, dict) or body.get("ReportName") != "ActivityReport" or not body.get("Email"):
        return None
    days = [_parse_day(body.get(name)) for name in ("StartDate", "EndDate")]
    return (days[0], days[1]) if days[0] and days[1] else None


def make_report_rows(
    activities: Iterable[Mapping[str, Any]], names: Mapping[int, str], days: tuple[str, str]
) -> list[dict[str, Any]]:
    """Return a row for each activity of these days; ``names`` has the clients by their cases."""
    rows = []
    for activity in activities:
        time = datetime.fromisoformat(activity["CreatedDate"]).astimezone(PACIFIC)
        if days[0] <= time.date().isoformat() <= days[1]:
            shown = time.strftime(f"{time.month}/{time.day}/%Y {time.hour % 12 or 12}:%M:%S %p")
            rows.append(
                {
                    "CaseID": activity["CaseID"],
                    "ClientName": names.get(activity["CaseID"], ""),
                    "Type": activity["Subject"],
                    "ActivitySubject": activity["Subject"],
                    "Created": shown,
                    "CreatedBy": "Public API",
                    "TaskOrActivity": "Activity",
                    "LastModifiedDate": shown,
                    "LastModifiedBy": "Public API",
                }
            )
    return rows


def _parse_day(text: object) -> str | None:
    try:
        day = datetime.strptime(str(text), "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None
    return day.isoformat() if f"{day:%m/%d/%Y}" == text else None
