"""What a manager sees in the Prefect UI when the day is over."""

from __future__ import annotations

import logging

import httpx
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.exceptions import PrefectException

from mailroom.drive.outcome_folders import NAMES, Folders
from mailroom.run.reasons import in_words
from mailroom.run.report import Report, summary_markdown

log = logging.getLogger(__name__)

FOLDER_PAGE = "https://drive.google.com/drive/folders/"


def publish(report: Report, folders: Folders | None) -> None:
    """A Markdown summary and a table by outcome, as artifacts of the flow run; no client data.

    The day is over when they are made: that Prefect does not take them is only logged.
    """
    try:
        create_markdown_artifact(
            key="mailroom-summary",
            markdown=summary_markdown(report) + folder_links(report, folders),
            description="The summary of the run",
        )
        create_table_artifact(
            key="mailroom-outcomes",
            table=[
                {"outcome": outcome, "files": files, "reason": in_words(reason), "code": reason}
                for outcome, reason, files in report.by_reason()
            ],
            description="The outcomes of the files, and why",
        )
    except (httpx.HTTPError, PrefectException) as error:
        log.warning("The summary could not be shown in Prefect: %s", type(error).__name__)


def folder_links(report: Report, folders: Folders | None) -> str:
    """Links to the Drive folders, where the run was on the real Drive and came to know them."""
    if folders is None or report.mode == "sandbox":
        return ""
    places = [(f"inbox {number}", one) for number, one in enumerate(folders.inboxes, 1)]
    if len(places) == 1:
        places = [("inbox", places[0][1])]
    places += [(NAMES[name], folder_id) for name, folder_id in folders.outcomes.items()]
    return "\nIn Drive: " + " · ".join(f"[{name}]({FOLDER_PAGE}{one})" for name, one in places) + "\n"
