"""What Logiqs is asked for notes and for its activity report, and what is read of the answers."""

import json
from datetime import date
from typing import Any

import httpx
import pytest

from mailroom.config.settings import load_settings
from mailroom.crm.base import NewActivity, NotOffered, Refused, RightMissing
from mailroom.errors import ConfigError, Transient, Unclear
from tests.crm.logiqs.fake_crm import NO_ROUTE, FakeCrm

NOTE = NewActivity(41, "Not this client's (MR-A-A)", "words")
DAYS = (date(2026, 3, 4), date(2026, 3, 5))


def row(kind: str, subject: str = "s") -> dict[str, Any]:
    """A row as live tenants show it."""
    return {"CaseID": 41, "ClientName": "Ada Quill", "Type": kind, "ActivitySubject": subject}


def test_a_note_is_added_to_its_case() -> None:
    """CaseID in the query string, the header and the body; the note shows in the case."""
    crm = FakeCrm()
    assert crm.client().add_activity(NOTE) == 501
    [request] = crm.requests
    body = json.loads(request.content)
    assert (request.url.params["CaseID"], request.headers["CaseID"], body["CaseID"]) == ("41", "41", 41)
    assert (body["ActivityType"], body["Subject"], body["Comment"]) == ("General", NOTE.subject, "words")
    [shown] = crm.client().list_activities(41) or []
    assert "MR-A-A" in shown.text.reveal()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (NO_ROUTE, NotOffered),
        (httpx.Response(404, text="<html>no such file"), NotOffered),
        (httpx.Response(405), NotOffered),
        (httpx.Response(403, json={"message": "Missing required scope: activity.write"}), RightMissing),
        (httpx.Response(200, json={"Success": False, "message": "no"}), Refused),
        (httpx.Response(504), Unclear),
        (httpx.ReadTimeout("slow"), Unclear),
    ],
    ids=repr,
)
def test_what_a_note_that_is_not_confirmed_means(answer: Any, error: type[Exception]) -> None:
    """A route that is missing was certainly not carried out; nothing is sent again."""
    crm = FakeCrm(faults={"activity": [answer]})
    with pytest.raises(error):
        crm.client().add_activity(NOTE)
    assert len(crm.requests) == 1


@pytest.mark.parametrize("wrapped", [False, True])
def test_completed_tasks_are_found_in_the_report(wrapped: bool) -> None:
    """By type or by subject; dates have leading zeros, without which Logiqs answers 400."""
    rows = [
        row("Task Completed (IRS CP2000 (MR-A-T))"),
        row("Task", "Task completed (two)"),
        row("New task assigned to 'The Team' (Task Completed)"),
        row("New File Uploaded"),
        None,
    ]
    crm = FakeCrm(reported={"Rows": rows} if wrapped else rows)
    found = [one.text.reveal() for one in crm.client().list_completed_tasks(*DAYS) or []]
    assert [text.splitlines()[0] for text in found] == ["Task Completed (IRS CP2000 (MR-A-T))", "Task"]
    body = json.loads(crm.requests[0].content)
    assert (body["StartDate"], body["EndDate"]) == ("03/04/2026", "03/05/2026")
    assert body["Email"] == "office@firm.example"


def test_a_report_that_is_refused_or_unknown() -> None:
    """The tenant lacks it, the key lacks the right, or the answer has no rows."""
    with pytest.raises(NotOffered):
        FakeCrm().client().list_completed_tasks(*DAYS)
    with pytest.raises(RightMissing):
        FakeCrm(faults={"report": [httpx.Response(403)]}).client().list_completed_tasks(*DAYS)
    assert FakeCrm(reported="mailed").client().list_completed_tasks(*DAYS) is None
    with pytest.raises(Transient):
        FakeCrm(faults={"report": [httpx.Response(503)] * 9}).client().list_completed_tasks(*DAYS)


def test_the_address_for_the_report_is_checked_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """One address, or nothing."""
    name = "MAILROOM_LOGIQS__REPORT_EMAIL"
    monkeypatch.setenv(name, " ada.quill@firm.example ")
    address = load_settings().logiqs.report_email
    assert address is not None
    assert address.get_secret_value() == "ada.quill@firm.example"
    assert "quill" not in repr(load_settings())
    for blank in ("", "  "):
        monkeypatch.setenv(name, blank)
        assert load_settings().logiqs.report_email is None
    for wrong in (
        "quill",
        "quill@firm",
        "a@b.example, quill@b.example",
        "quill @b.example",
        "q" * 250 + "@b.example",
    ):
        monkeypatch.setenv(name, wrong)
        with pytest.raises(ConfigError, match="REPORT_EMAIL") as refused:
            load_settings()
        assert wrong not in str(refused.value)
