"""A daily run's alerts, sent to the Prefect server as events; its automations send them on to people.

Only the daily run on the real systems sends them, and only to a server that lasts. Prefect adds the run to
each event, since they are sent from within it.
"""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

from prefect.events import emit_event
from prefect.settings import get_current_settings

from mailroom.errors import Transient
from mailroom.ledger import Ledger
from mailroom.orchestration.launch import Launch
from mailroom.orchestration.notifications import DAY, RESOURCE
from mailroom.run.alerts import find_alerts
from mailroom.run.options import RunKind
from mailroom.run.report import Report
from mailroom.run.trend import read_past_runs

log = logging.getLogger(__name__)


def emit_alerts(ledger: Ledger, report: Report, launch: Launch, reports: Path, today: date) -> None:
    """Send what people must be told; that the ledger or the server is away is only logged.

    Args:
        ledger: the run's ledger.
        report: the run's report.
        launch: says whether the server lasts.
        reports: the folder of the last reports, with this one.
        today: the day from which days are counted.
    """
    is_daily = (report.mode, report.kind) == ("real", RunKind.DAILY)
    lasts = get_current_settings().api.url is not None and not launch.head_start.is_alone()
    if not (is_daily and lasts) or launch.result.server_lost:
        return
    try:
        alerts = find_alerts(ledger, report.run_id, read_past_runs(reports), today)
    except Transient as error:
        log.warning("The content of the messages to people could not be read: %s", error.code)
        return
    for alert in alerts:
        # Sent by a thread of Prefect's, which only logs that it could not.
        emit_event(
            event=alert.event,
            resource={"prefect.resource.id": RESOURCE, DAY: today.isoformat()},
            payload={"subject": alert.title, "body": alert.words},
        )
