"""The sandbox's Logiqs and match service behave like the real ones."""

from typing import Any

import httpx

from mailroom.sandbox.faults import Behaviour, Fault
from mailroom.sandbox.seeding import add_case
from mailroom.sandbox.store import Store
from tests.sandbox.clients import PUBLIC, TASK, make_form


def test_documents_are_accepted_as_by_tenants(logiqs: httpx.Client, store: Store) -> None:
    """CaseID in the query string, a part named File, at most 6 MB, an existing case; adds an activity."""
    path = f"{PUBLIC}/Documents/CaseDocument"
    assert logiqs.post(path, **make_form()).status_code == 404
    known: dict[str, Any] = {"params": {"CaseID": 41}}
    done = logiqs.post(path, **known, **make_form()).json()
    assert done["Success"]
    assert done["data"]["CaseDocumentID"] == 1
    assert not logiqs.post(path, **known, **make_form(name="Document")).json()["Success"]
    assert not logiqs.post(path, **known, content=b"no form").json()["Success"]
    assert not logiqs.post(path, **known, **make_form(b"0" * (6 * 1024 * 1024 + 1))).json()["Success"]
    assert logiqs.post(path, params={"CaseID": 99}, **make_form()).status_code == 404
    assert store.read_blob(store.list_rows("documents")[0]["sha256"]) == b"%PDF"
    shown = logiqs.get(f"{PUBLIC}/CaseActivity/Activity", params={"CaseID": 41}).json()["data"]
    assert [row["Comment"] for row in shown] == ["words"]
    assert logiqs.get("/document/1").content == b"%PDF"
    missing = logiqs.get("/document/2")
    assert (missing.status_code, missing.text) == (404, "There is no such file.")
    (store.blobs / store.list_rows("documents")[0]["sha256"]).unlink()
    assert logiqs.get("/document/1").text == "The content was deleted when the run ended."


def test_tasks_are_checked(logiqs: httpx.Client) -> None:
    """A valid task is created with 201; each invalid value is refused."""
    path = f"{PUBLIC}/Task/Task"
    assert logiqs.post(path, json=TASK).json()["Data"] == {"TaskID": 1}
    wrong = [("CaseID", "41"), ("Subject", ""), ("TaskType", 3), ("DueDate", "2026-12-01"), ("UserID", "7"),
             ("UserID", ["7"]), ("PriorityID", 9), ("Reminder", None)]  # fmt: skip
    for name, value in wrong:
        assert logiqs.post(path, json={**TASK, name: value}).status_code == 400, name
    assert logiqs.post(path, content=b"{").status_code == 400
    assert logiqs.post(path, json={**TASK, "CaseID": 99}).status_code == 404


def test_a_tenant_may_show_only_the_subjects_of_tasks_and_read_the_header(
    logiqs: httpx.Client, behaviour: Behaviour
) -> None:
    """Kinds of tenants: activities without comments, and CaseID as a header only."""
    behaviour.configure({"name": "no_comments"})
    behaviour.configure({"name": "case_id_as_header"})
    assert logiqs.post(f"{PUBLIC}/Task/Task", json={**TASK, "Comments": "MR-A"}).status_code == 201
    path = f"{PUBLIC}/CaseActivity/Activity"
    [shown] = logiqs.get(path, headers={"CaseID": "41"}).json()["data"]
    assert (shown["Subject"], shown["Comment"]) == (f"Task created: {TASK['Subject']}", "")
    assert logiqs.get(path, params={"CaseID": 41}).json()["data"] == []
    assert logiqs.get(f"{PUBLIC}/Case/CaseInfo", params={"CaseID": 41}).status_code == 404


def test_cases_are_found_as_the_api_allows(logiqs: httpx.Client) -> None:
    """By id, status, phone and e-mail; the officer only on request; unknown cases are 404."""
    case = logiqs.get(f"{PUBLIC}/Case/CaseInfo", params={"CaseID": 41, "details": "setofficerid"}).json()[
        "data"
    ]
    assert (case["LastName"], case["SetOfficerID"]) == ("O'Brien", 7)
    assert "SetOfficerID" not in logiqs.get(f"{PUBLIC}/Case/CaseInfo", params={"CaseID": 41}).json()["data"]
    assert logiqs.get(f"{PUBLIC}/Case/CaseInfo").status_code == 404
    assert len(logiqs.get(f"{PUBLIC}/Case/GetCasesByStatus", params={"StatusID": 2}).json()["Data"]) == 1
    assert (
        len(logiqs.get(f"{PUBLIC}/Find/FindCaseByPhone", params={"phone": "5555550100"}).json()["Data"]) == 1
    )
    assert (
        len(logiqs.get(f"{PUBLIC}/Find/FindCaseByEmail", params={"email": "A@example.com"}).json()["Data"])
        == 1
    )
    assert logiqs.get(f"{PUBLIC}/Find/FindCaseByEmail").status_code == 400


def test_activities_can_be_added(logiqs: httpx.Client) -> None:
    """Only to an existing case; the web page shows them."""
    path = f"{PUBLIC}/CaseActivity/Activity"
    assert "Notes (0)" in logiqs.get("/").text
    assert logiqs.post(path, json={"CaseID": 41, "Subject": "s"}).json()["data"] == {"ActivityID": 1}
    logiqs.post(path, json={"CaseID": 41, "ActivityType": "General", "Subject": "not <this> client's"})
    assert "not &lt;this&gt; client" in logiqs.get("/").text
    assert logiqs.post(path, json={"CaseID": 41}).status_code == 400
    assert logiqs.post(path, json={"CaseID": 99, "Subject": "s"}).status_code == 404
    assert logiqs.get(path).json()["data"] == []


def test_the_activity_report_tells_completed_tasks(logiqs: httpx.Client) -> None:
    """A button of the web page completes one; days are Pacific, with leading zeros, else 400."""
    logiqs.post(f"{PUBLIC}/Task/Task", json={**TASK, "Subject": "IRS CP2000 (MR-A-T)"})
    page = logiqs.get("/").text
    assert "action='/task/1/complete'" in page
    for _ in range(2):
        assert logiqs.post("/task/1/complete").status_code == 303
    assert "completed" in logiqs.get("/").text
    path = f"{PUBLIC}/Report/ActivityReport"
    body = {
        "StartDate": "01/01/2020",
        "EndDate": "12/31/2099",
        "ReportName": "ActivityReport",
        "Email": "a@example.com",
    }
    rows = logiqs.post(path, json=body).json()["Data"]
    assert [row["Type"] for row in rows] == [
        "Task created: IRS CP2000 (MR-A-T)",
        "Task Completed (IRS CP2000 (MR-A-T))",
    ]
    assert rows[0]["ClientName"] == "Jo O'Brien"
    assert not {"ActivityID", "Comment"} & set(rows[0])
    assert logiqs.post(path, json={**body, "EndDate": "01/02/2020"}).json()["Data"] == []
    for wrong in ({"EndDate": "1/2/2020"}, {"Email": ""}, {"ReportName": "x"}, {"StartDate": None}):
        assert logiqs.post(path, json={**body, **wrong}).status_code == 400


def match(logiqs: httpx.Client, name: str, digits: str, key: str | None = "match-key") -> httpx.Response:
    """Ask the match service."""
    headers = {"X-API-Key": key} if key else {}
    return logiqs.post("/match", json={"lastName": name, "last4SSN": digits}, headers=headers)


def test_the_match_service_finds_cases(logiqs: httpx.Client, store: Store) -> None:
    """By the IRS's spelling of the surname and the SSN's last four, also the spouse's; several cases."""
    exact = match(logiqs, "OBRIEN", "1234").json()
    assert (exact["matchType"], exact["caseData"]["data"]["CaseID"]) == ("exact", 41)
    assert match(logiqs, "QUILL", "4321").json()["matchFound"]
    assert not match(logiqs, "OBRIEN", "9999").json()["matchFound"]
    add_case(store, {"CaseID": 43, "LastName": "OBrien", "SSN": "737-00-1234"})
    assert len(match(logiqs, "OBRIEN", "1234").json()["candidates"]) == 2
    assert match(logiqs, "X", "1", None).json()["detail"] == "X-API-Key header is missing."
    assert match(logiqs, "X", "1", "wrong").json()["detail"] == "Invalid or expired API Key."


def test_faults_of_the_logiqs(logiqs: httpx.Client, behaviour: Behaviour, store: Store) -> None:
    """Faults before the call is carried out, and after it."""
    path = f"{PUBLIC}/Task/Task"
    assert logiqs.post(path, json=TASK, headers={"Authorization": "Basic x"}).status_code == 401
    expected = {
        "unauthorized": 401,
        "missing_scope": 200,
        "success_false": 200,
        "server_error": 500,
        "html": 200,
    }
    for name, status in expected.items():
        behaviour.faults = [Fault(name, times=1)]
        assert logiqs.post(path, json=TASK).status_code == status
    assert not store.list_rows("tasks")
    behaviour.faults = [Fault("server_error_after", times=1), Fault("invalid_json_after_write", times=2)]
    assert logiqs.post(path, json=TASK).status_code == 500
    assert not logiqs.post(path, json=TASK).text.endswith("}}")
    behaviour.faults = [Fault("hang_after_write", times=1, value=0.01), Fault("no_activities")]
    assert logiqs.post(path, json=TASK).status_code == 201
    assert len(store.list_rows("tasks")) == 3
    assert len(store.list_rows("activities")) == 2
    behaviour.faults = [Fault("no_cases_by_status", times=1), Fault("match_incomplete", times=1)]
    assert logiqs.get(f"{PUBLIC}/Case/GetCasesByStatus").status_code == 404
    assert "data" not in match(logiqs, "X", "1").json()["caseData"]
