"""What a manager sees in the Prefect UI when the day is over, however it ended."""

from __future__ import annotations

import json
import logging
from collections import Counter
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.exceptions import PrefectException

from mailroom.drive.outcome_folders import NAMES, Folders
from mailroom.ledger import Ledger
from mailroom.orchestration import progress_artifact
from mailroom.orchestration.run_names import find_flow_run_id, find_kind
from mailroom.run.figures import figures_markdown
from mailroom.run.options import RunKind
from mailroom.run.reasons import in_words
from mailroom.run.report import Report, count_reasons
from mailroom.run.summary import ended_markdown, summary_markdown

log = logging.getLogger(__name__)

SUMMARY_KEY = "mailroom-summary"
FIGURES_KEY = "mailroom-figures"
# The description of each artifact that a run has.
DESCRIPTIONS = {
    "mailroom-outcomes": "The outcomes of the files, and why",
    SUMMARY_KEY: "The summary of the run",
    FIGURES_KEY: "Speed and limit, calls, quotas, memory and seconds, for engineers",
}
Page = tuple[str, str, str]
FOLDER_PAGE = "https://drive.google.com/drive/folders/"


def publish(report: Report, folders: Folders | None, flow_run_id: UUID) -> bool:
    """Show a summary, a table by outcome and the figures as artifacts of the flow run; no client data.

    Each kind of run has its own keys. A run without files shows nothing, so that the summary of the last one
    with files stays the newest; its state says that there was nothing. The day is over when they are made:
    that Prefect does not take them is only logged.

    Returns:
        Whether Prefect took them.
    """
    if not report.listed:
        return True
    markdown, kind = summary_markdown(report) + folder_links(report, folders), RunKind(report.kind)
    pages = [*_make_pages(markdown, report.by_reason()), (FIGURES_KEY, "markdown", figures_markdown(report))]
    try:
        with get_client(sync_client=True) as client:
            _create(client, flow_run_id, kind, pages)
    except (httpx.HTTPError, PrefectException) as error:
        log.warning("The summary could not be shown in Prefect: %s", type(error).__name__)
        return False
    return True


def publish_missing(ledger: Ledger, mode: str) -> None:
    """Show the summaries of runs that were killed, or cut off from Prefect, before they could show them.

    Call it before this run picks up files: a file counts for the last run that picked it up. Only a run that
    shows its progress on this server and has no summary gets one.
    """
    for run in ledger.pop_ended_runs():
        try:
            with get_client(sync_client=True) as client:
                flow_run_id = find_flow_run_id(run.run_id)
                files = ledger.list_results(run.run_id)
                if files and _lacks_summary(client, flow_run_id):
                    kind = find_kind(client.read_flow_run(flow_run_id).name)
                    pages = _make_pages(ended_markdown(run, files, mode), count_reasons(files))
                    _create(client, flow_run_id, kind, pages)
        except (httpx.HTTPError, PrefectException) as error:
            log.warning("The summary of run %s could not be shown: %s", run.run_id, type(error).__name__)


def _lacks_summary(client: SyncPrefectClient, flow_run_id: UUID) -> bool:
    """Whether the flow run shows the progress of more attempts than it has summaries."""
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run_id]))
    shown = Counter(one.key for one in client.read_artifacts(artifact_filter=of_run))
    summaries = sum(shown[kind.make_key(SUMMARY_KEY)] for kind in RunKind)
    return shown[progress_artifact.KEY] > summaries


def _make_pages(markdown: str, reasons: list[tuple[str, str, int]]) -> list[Page]:
    """Return key, type and content of a run's artifacts for people."""
    table = [
        {"outcome": outcome, "files": files, "reason": in_words(reason), "code": reason}
        for outcome, reason, files in reasons
    ]
    return [("mailroom-outcomes", "table", json.dumps(table)), (SUMMARY_KEY, "markdown", markdown)]


def _create(client: SyncPrefectClient, flow_run_id: UUID, kind: RunKind, pages: list[Page]) -> None:
    for key, form, data in pages:
        client.create_artifact(
            ArtifactCreate(
                key=kind.make_key(key),
                type=form,
                data=data,
                description=DESCRIPTIONS[key],
                flow_run_id=flow_run_id,
            )
        )


def folder_links(report: Report, folders: Folders | None) -> str:
    """Links to the Drive folders, where the run was on the real Drive and came to know them."""
    if folders is None or report.mode == "sandbox":
        return ""
    places = [(f"inbox {number}", one) for number, one in enumerate(folders.inboxes, 1)]
    if len(places) == 1:
        places = [("inbox", places[0][1])]
    places += [(NAMES[name], folder_id) for name, folder_id in folders.outcomes.items()]
    return "\nIn Drive: " + " · ".join(f"[{name}]({FOLDER_PAGE}{one})" for name, one in places) + "\n"
