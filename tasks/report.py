"""What a manager sees in the Prefect UI when the day is over."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from mailroom.report import Report, summary_markdown


def publish(report: Report) -> None:
    """A Markdown summary and a table by outcome, as artifacts of the flow run; no client data."""
    create_markdown_artifact(
        key="mailroom-summary", markdown=summary_markdown(report), description="The day in short"
    )
    create_table_artifact(
        key="mailroom-outcomes",
        table=[{"reason": reason, "files": count} for reason, count in report.outcomes.items()],
        description="Files by reason",
    )
