"""The Logiqs client: what is sent, what answers mean, and what is sent again."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailroom.call_retries import RetryPolicy
from mailroom.circuit_breaker import CircuitBreaker
from mailroom.crm.base import Case, CaseId, MatchAnswer, NewDocument, NewTask, Refused
from mailroom.crm.logiqs.client import LARGEST_DOCUMENT
from mailroom.crm.logiqs.parsing import parse_match_answer
from mailroom.errors import ConfigError, FileFault, MailroomError, RunStop, Transient, Unclear
from tests.crm.logiqs.fake_crm import BASIC, FakeCrm

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TASK = NewTask(41, "IRS CP2000", NOW, NOW, 2, (7, 8), "words")


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """The path of a small file to upload."""
    path = tmp_path / "opaque"
    path.write_bytes(b"%PDF-1.4 made up")
    return path


@pytest.mark.parametrize("upper", [True, False])
def test_documents_and_tasks_are_sent_as_the_tenants_take_them(pdf: Path, upper: bool) -> None:
    """CaseID in the query string, the part named File, the comment twice, UTC times; ids come back."""
    crm = FakeCrm(upper=upper)
    client = crm.client()
    assert client.upload_document(NewDocument(41, pdf, "IRS_CORR.pdf", "a comment\r\nof ümlauts")) == 901
    assert client.create_task(TASK) == 701
    upload, task = crm.requests
    assert upload.url.params["CaseID"] == task.url.params["CaseID"] == "41"
    assert upload.headers["Authorization"] == BASIC
    assert upload.headers["Comment"] == "a comment  of ?mlauts"
    assert b'filename="IRS_CORR.pdf"' in crm.documents[0]["body"]
    assert b"%PDF-1.4 made up" in crm.documents[0]["body"]
    assert crm.tasks[0]["DueDate"] == "2026-11-24T15:00:00Z"
    assert crm.tasks[0]["UserID"] == [7, 8]
    assert (crm.tasks[0]["TaskType"], crm.tasks[0]["StatusID"]) == (1, 0)


@pytest.mark.parametrize(
    ("suffix", "kind"), [(".pdf", b"application/pdf"), (".jpg", b"image/jpeg"), (".tif", b"image/tiff")]
)
def test_a_document_is_sent_as_what_it_is(pdf: Path, suffix: str, kind: bytes) -> None:
    """The part's media type follows the name's ending."""
    crm = FakeCrm()
    crm.client().upload_document(NewDocument(41, pdf, f"IRS_CORR{suffix}", ""))
    assert b"Content-Type: " + kind in crm.documents[0]["body"]


def test_a_document_over_the_limit_is_known_before_sending(tmp_path: Path) -> None:
    """It is refused, and nothing is sent."""
    crm, path = FakeCrm(), tmp_path / "large"
    path.write_bytes(b"0" * (LARGEST_DOCUMENT + 1))
    with pytest.raises(FileFault, match="too_large_to_file"):
        crm.client().upload_document(NewDocument(41, path, "x.pdf", ""))
    assert not crm.requests


CERTAINLY_NOT_SENT = [
    httpx.Response(429, headers={"Retry-After": "1"}),
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("busy"),
]


@pytest.mark.parametrize("fault", CERTAINLY_NOT_SENT, ids=repr)
def test_a_write_that_was_certainly_not_carried_out_is_repeated(pdf: Path, fault: Any) -> None:
    """It is sent until it is carried out, once."""
    crm = FakeCrm(faults={"document": [fault], "task": [fault]})
    assert crm.client().upload_document(NewDocument(41, pdf, "x.pdf", "c")) == 901
    assert crm.client().create_task(TASK) == 701
    assert (len(crm.documents), len(crm.tasks), len(crm.requests)) == (1, 1, 4)


MAY_HAVE_BEEN = [
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("closed"),
    httpx.WriteError("broken"),
    httpx.Response(500),
    httpx.Response(502, text="<html>"),
    httpx.Response(504),
    httpx.Response(522, text="<html>"),
    httpx.Response(302, headers={"Location": "https://login.example/"}),
    httpx.Response(404, text="no route"),
    httpx.Response(403, text="<html>blocked"),
    httpx.Response(408, json={"Success": False, "message": "timed out"}),
    httpx.Response(409, json={"Success": False, "message": "conflict"}),
    httpx.Response(200, text="<html>"),
    httpx.Response(200, json=["no", "object"]),
    httpx.Response(200, json={"Success": True, "data": {}}),
    httpx.Response(200, json={"Success": True, "data": None}),
    httpx.Response(200, json={"Success": True, "data": {"CaseDocumentID": 2**70}}),
    httpx.Response(200, json={"Success": True, "data": {"CaseDocumentID": True}}),
    httpx.Response(200, json={"Success": True, "data": {"CaseDocumentID": "²"}}),
    httpx.Response(200, content=b'{"a":' * 200_000),
    httpx.Response(200, json={"something": "else"}),
]


@pytest.mark.parametrize("fault", MAY_HAVE_BEEN, ids=repr)
def test_a_write_whose_answer_is_lost_is_never_repeated(pdf: Path, fault: Any) -> None:
    """One request each, and it is said that nobody knows."""
    crm = FakeCrm(faults={"document": [fault], "task": [fault]})
    with pytest.raises(Unclear):
        crm.client().upload_document(NewDocument(41, pdf, "x.pdf", "c"))
    with pytest.raises(Unclear):
        crm.client().create_task(TASK)
    assert len(crm.requests) == 2


def test_a_write_is_not_repeated_without_end(pdf: Path) -> None:
    """After three repeats the file goes back to pending."""
    crm = FakeCrm(faults={"document": [httpx.Response(429)] * 9})
    with pytest.raises(Transient, match="logiqs_429"):
        crm.client().upload_document(NewDocument(41, pdf, "x.pdf", "c"))
    assert len(crm.requests) == 4


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(200, json={"Success": False, "Message": "no"}),
        httpx.Response(400, json={"Success": False, "message": "no"}),
        httpx.Response(413, json={"message": "too large"}),
        httpx.Response(422, json={"detail": "no"}),
    ],
    ids=repr,
)
def test_a_refused_write_is_this_files_fault(pdf: Path, fault: Any) -> None:
    """Logiqs said no: it is not sent again."""
    crm = FakeCrm(faults={"document": [fault], "task": [fault]})
    with pytest.raises(Refused, match="crm_refused_document"):
        crm.client().upload_document(NewDocument(41, pdf, "x.pdf", "c"))
    with pytest.raises(Refused, match="crm_refused_task"):
        crm.client().create_task(TASK)


def test_each_request_of_a_write_is_told_of_right_before_it_leaves(pdf: Path) -> None:
    """Also when it is repeated, so that a write is known to be under way by the time it was sent."""
    crm = FakeCrm(faults={"document": [httpx.Response(429)], "task": [httpx.ConnectError("refused")]})
    sent: list[int] = []
    crm.client().upload_document(NewDocument(41, pdf, "x.pdf", "c"), lambda: sent.append(len(crm.requests)))
    crm.client().create_task(TASK, lambda: sent.append(len(crm.requests)))
    assert sent == [0, 1, 2, 3]


SCOPE = {"Success": False, "Message": "Access denied. Missing required scope: task.write"}


@pytest.mark.parametrize("status", [200, 403])
def test_a_missing_scope_is_named(status: int) -> None:
    """A person is told which scope the key lacks."""
    crm = FakeCrm(faults={"task": [httpx.Response(status, json=SCOPE)]})
    with pytest.raises(ConfigError, match=r"lacks the scope task\.write"):
        crm.client().create_task(TASK)
    crm = FakeCrm(faults={"case": [httpx.Response(status, json=SCOPE)]})
    with pytest.raises(ConfigError, match=r"lacks the scope task\.write"):
        crm.client().get_case(41)


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(408),
        httpx.Response(425),
        httpx.Response(522, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
    ],
    ids=repr,
)
def test_calls_that_read_are_repeated(fault: Any) -> None:
    """A temporary fault is not seen by the caller."""
    crm = FakeCrm(cases={41: {"CaseID": 41}}, faults={"case": [fault], "match": [fault], "activity": [fault]})
    client = crm.client()
    assert client.get_case(41) is not None
    assert client.match("SMITH", "1234", None) == MatchAnswer()
    assert client.list_activities(41) == []


def test_both_forms_of_retry_after_pause_the_calls() -> None:
    """Seconds and an HTTP date are understood; something else counts as none."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    never = f"Mon, 01 Jan {'9' * 30} 00:00:00 GMT"
    for value, least in (("100", 100), (later, 90), ("soon", 0), ("²", 0), (never, 0)):
        waits: list[float] = []
        crm = FakeCrm(
            cases={41: {}},
            faults={
                "case": [httpx.Response(503, headers=httpx.Headers({"Retry-After": value}, encoding="utf-8"))]
            },
        )
        made = crm.client()
        client = replace(made, retries=replace(made.retries, sleep=waits.append))
        client.bucket.pause = lambda _seconds: None  # type: ignore[method-assign, assignment]
        client.get_case(41)
        assert waits[0] >= max(2, least)


def test_an_unknown_case_is_none_and_unknown_properties_are_welcome() -> None:
    """404 and Success: false mean that there is no such case; the officer is found under many names."""
    crm = FakeCrm(
        cases={41: {"SetOfficer": "77", "LastName": " Made-Up ", "New": {"a": 1}, "SSN": 734001234}}
    )
    case = crm.client().get_case(41)
    assert case is not None
    assert (case.case_id, case.officer_id, case.last_name, case.ssn) == (41, 77, "Made-Up", "734001234")
    assert crm.client().get_case(42) is None
    crm.faults = {"case": [httpx.Response(200, json={"Success": False})]}
    assert crm.client().get_case(41) is None


def test_activities_that_the_tenant_does_not_list_are_none() -> None:
    """An answer that is not a list proves nothing."""
    crm = FakeCrm(faults={"activity": [httpx.Response(404), httpx.Response(200, json={"Success": True})]})
    assert crm.client().list_activities(41) is None
    assert crm.client().list_activities(41) is None


def test_the_check_asks_both_systems_once() -> None:
    """One call each; an unknown case and no match are fine."""
    crm = FakeCrm()
    crm.client().check()
    assert crm.kinds() == ["case", "activity", "match"]


ELSEWHERE = httpx.Response(302, headers={"Location": "https://login.example/?made-up"})
NO_ROUTE = "No HTTP resource was found that matches the request URI."


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"case": [httpx.Response(401, json={"message": "Unauthorized."})]}, "rejects the API key"),
        ({"case": [ELSEWHERE]}, "base URL is not .* leads to another place"),
        ({"case": [httpx.Response(200, text="<html>")] * 4}, "base URL is not .* web page"),
        ({"case": [httpx.Response(404, text="<html>")]}, "base URL is not .* answers 404"),
        ({"case": [httpx.Response(404, json={"Message": NO_ROUTE})]}, "base URL is not .* answers 404"),
        ({"case": [httpx.Response(200, json={"status": "ok"})]}, "base URL is not .* another program"),
        ({"case": [httpx.Response(403, text="")]}, r"lacks the scope case\.read"),
        ({"activity": [httpx.Response(403, text="")]}, r"lacks the scope activity\.read"),
        (
            {"match": [httpx.Response(403, json={"detail": "X-API-Key header is missing."})]},
            "match service rejects",
        ),
        ({"match": [httpx.Response(200, text="<html>")] * 4}, "match URL is not .* web page"),
        ({"match": [httpx.Response(404, text="<html>")]}, "match URL is not .* answers 404"),
        ({"match": [httpx.Response(405)]}, "match URL is not .* answers 405"),
        ({"match": [ELSEWHERE]}, "match URL is not .* leads to another place"),
    ],
)
def test_the_check_says_what_to_fix(faults: dict[str, list[Any]], said: str) -> None:
    """Wrong keys and addresses are one clear sentence each, with the setting to fix."""
    with pytest.raises(ConfigError, match=said) as refused:
        FakeCrm(faults=faults).client().check()
    assert "MAILROOM_LOGIQS__" in refused.value.fix or "scope" in said
    assert "made-up" not in str(refused.value)


def test_no_such_case_is_an_answer_of_logiqs() -> None:
    """404 with Logiqs' own words, as tenants answer for a case that is not there."""
    crm = FakeCrm(faults={"case": [httpx.Response(404, json={"message": "Case not found"})]})
    crm.client().check()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 422])
def test_a_question_that_the_match_service_does_not_take_is_this_files_fault(status: int) -> None:
    """One surname is refused, by the service or a firewall before it; the next one is answered."""
    crm = FakeCrm(faults={"match": [httpx.Response(status, json={"detail": "made-up"})]})
    client = crm.client()
    with pytest.raises(FileFault, match="match_refused"):
        client.match("QI", "1234", None)
    assert client.match("SMITH", "1234", None) == MatchAnswer()


@pytest.mark.parametrize(("status", "said"), [(401, "rejects"), (403, "rejects"), (404, "answers 404")])
def test_a_match_service_that_takes_no_question_ends_the_run(status: int, said: str) -> None:
    """Its key was revoked, or it is gone: not one file after the other goes to a person."""
    crm = FakeCrm(faults={"match": [httpx.Response(status)] * 2})
    with pytest.raises(ConfigError, match=said):
        crm.client().match("SMITH", "1234", None)


def test_a_system_that_stays_away_is_transient() -> None:
    """It is told which one."""
    with pytest.raises(Transient, match="match_unreachable"):
        FakeCrm(faults={"match": [httpx.ConnectError("refused")] * 4}).client().check()


def test_an_invalid_address_is_named() -> None:
    """A URL that httpx cannot use is a fault of the configuration."""
    client = FakeCrm().client()
    client.settings.match_url = "https://match.example:notaport/"
    with pytest.raises(ConfigError, match="not a web address"):
        client.match("SMITH", "1234", None)


def test_errors_and_models_show_no_client_data() -> None:
    """Neither an exception nor a repr holds a name, an SSN or an answer's text."""
    crm = FakeCrm(faults={"match": [httpx.Response(418, text="JOHN SMITH 734-00-1234")]})
    with pytest.raises(MailroomError) as refused:
        crm.client().match("SMITH", "1234", "JOHN")
    assert "SMITH" not in f"{refused.value!r} {refused.value} {refused.value.__cause__}"
    shown = repr([Case(41, "JOHN", "SMITH", ssn="734-00-1234"), MatchAnswer(cases=(Case(41),)), TASK])
    assert not [word for word in ("JOHN", "SMITH", "1234", "CP2000") if word in shown]


@pytest.mark.parametrize(
    "error",
    [
        {"Success": False, "message": "The request could not be processed."},
        {"status": "error", "message": "no such index"},
        {"status": "success", "matchFound": None},
        {},
    ],
)
def test_an_error_with_status_200_is_not_an_answer(error: dict[str, Any]) -> None:
    """Taken for "no case", it would send the notice of a client to UNMATCHED."""
    crm = FakeCrm(faults={"match": [httpx.Response(200, json=error)]})
    assert crm.client().match("SMITH", "1234", None) == MatchAnswer()
    assert crm.faults["match"] == []
    with pytest.raises(Transient, match="match_answer_unreadable"):
        FakeCrm(faults={"match": [httpx.Response(200, json=error)] * 4}).client().match("SMITH", "1234", None)


def test_match_answers_are_read_leniently() -> None:
    """A case may stand alone, in an envelope or among candidates; one id is one case; none is incomplete."""
    data = {"CaseID": "41", "LastName": "SMITH"}
    plain = parse_match_answer({"matchFound": True, "caseData": data})
    assert plain.found
    assert [case.case_id for case in plain.cases] == [41]
    wrapped = {
        "matchFound": True,
        "caseData": {"data": data},
        "candidates": [data, {"caseData": {"CaseID": 42}}, 7],
    }
    assert [case.case_id for case in parse_match_answer(wrapped).cases] == [41, 42]
    assert parse_match_answer(
        {"matchFound": True, "caseData": {"LastName": "SMITH", "CaseID": None}}
    ).incomplete
    assert parse_match_answer({"matchFound": True}).incomplete
    assert parse_match_answer({"matchFound": False}) == MatchAnswer()


SMITH = {"CaseID": 41, "LastName": "SMITH"}


@pytest.mark.parametrize(
    "strange",
    [
        {"candidates": {"1": SMITH, "2": {"CaseID": 42}}},
        {"candidates": {"CaseID": 42}},
        {"candidates": 5},
        {"candidates": "41, 42"},
        {"candidates": [[SMITH, {"CaseID": 42}]]},
        {"candidates": [None]},
        {"candidates": [{"caseData": {"data": [{"CaseID": 42}]}}]},
        {"candidates": [{"CaseID": "9" * 5_000}]},
        {"candidates": [{"CaseID": 2**70}]},
        {"candidates": [{"CaseID": True}]},
        {"candidates": [{"CaseID": 41.5}]},
    ],
    ids=lambda strange: str(strange)[:50],
)
def test_what_is_not_a_case_where_one_is_expected_is_for_a_person(strange: dict[str, Any]) -> None:
    """It may be the case that is meant, or a second one: the answer counts as incomplete."""
    answer = parse_match_answer({"matchFound": True, "caseData": SMITH, **strange})
    assert answer.incomplete
    assert [case.case_id for case in answer.cases] == [41]


@pytest.mark.parametrize("nothing", [None, [], {}, [{}], [{"caseData": {"data": None}}]], ids=repr)
def test_an_empty_list_of_candidates_has_no_candidate(nothing: Any) -> None:
    """A service may write an empty place in its own way."""
    answer = parse_match_answer({"matchFound": True, "caseData": SMITH, "candidates": nothing})
    assert not answer.incomplete


def test_an_answer_that_is_nested_too_deep_is_unreadable() -> None:
    """It is asked again, and in the end costs this call only."""
    deep = httpx.Response(200, content=b'{"matchFound":' * 200_000)
    with pytest.raises(Transient, match="match_answer_unreadable"):
        FakeCrm(faults={"match": [deep] * 4}).client().match("SMITH", "1234", None)


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (httpx.ConnectError("made up"), True),
        (httpx.ReadTimeout("made up"), True),
        (httpx.Response(500), True),
        (httpx.Response(503), True),
        (httpx.Response(429), False),
        (httpx.Response(404, json={"success": False}), False),
    ],
)
@pytest.mark.parametrize("kind", ["case", "document"])
def test_the_breaker_counts_what_says_that_logiqs_is_down(
    pdf: Path, kind: str, answer: Any, counts: bool
) -> None:
    """No answer and server errors do, to calls that read and to those that write; other answers do not."""
    circuit = CircuitBreaker("logiqs_down", "Logiqs")
    client = replace(FakeCrm(faults={kind: [answer]}).client(), circuit=circuit, retries=RetryPolicy(()))
    with suppress(MailroomError):
        if kind == "case":
            client.get_case(CaseId(41))
        else:
            client.upload_document(NewDocument(41, pdf, "IRS_CORR.pdf", ""))
    assert circuit._failures == counts


def test_logiqs_and_the_match_service_are_down_each_for_itself() -> None:
    """While one is down, nothing is sent to it; the other is called all the same."""
    down = CircuitBreaker("match_down", "The match service")
    down._stop = (61.0, "HTTP status 503")
    crm = FakeCrm()
    client = replace(crm.client(), match_circuit=down)
    with pytest.raises(RunStop, match="The match service has been down for 61 s"):
        client.match("Doe", "1234", None)
    client.get_case(CaseId(41))
    assert crm.kinds() == ["case"]


@pytest.mark.parametrize("as_header", [True, False])
def test_a_tenant_may_read_the_case_id_from_either_place(as_header: bool, tmp_path: Path) -> None:
    """Every call that names a case works on both kinds of tenant."""
    crm = FakeCrm(cases={41: {"CaseID": 41}}, case_id_as_header=as_header)
    client = crm.client()
    pdf = tmp_path / "opaque"
    pdf.write_bytes(b"%PDF made up")
    client.check()
    assert client.get_case(41) is not None
    assert client.upload_document(NewDocument(41, pdf, "x.pdf", "a comment")) == 901
    assert len(client.list_activities(41) or []) == 1
    assert client.find_case_id_places() == frozenset({"header" if as_header else "query"})


def test_without_a_match_service_it_names_no_case_and_is_not_asked() -> None:
    """The case index searches then; everything else is checked."""
    crm = FakeCrm()
    client = crm.client()
    client.settings.match_url = None
    assert client.match("SMITH", "1234", "JOHN") == MatchAnswer()
    client.check()
    assert set(crm.kinds()) == {"case", "activity"}


@pytest.mark.parametrize("upper", [True, False])
def test_cases_are_listed_by_their_status(upper: bool) -> None:
    """StatusID is sent as query and header, since tenants differ; rows without a number are left out."""
    crm = FakeCrm(upper=upper)
    crm.by_status = [{"CaseID": 41}, {"CaseID": "42", "StatusID": 2}, {"LastName": "Quill"}, None]
    assert crm.client().list_case_ids(2) == [41, 42]
    (request,) = crm.requests
    assert (request.url.params["StatusID"], request.headers["StatusID"]) == ("2", "2")
    crm.by_status = None
    assert crm.client().list_case_ids(2) is None
