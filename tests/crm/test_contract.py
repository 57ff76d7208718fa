"""The contract of `mailroom.crm.base.Crm`, held against Logiqs over HTTP and against the CRM in memory."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailroom.crm.base import Case, Crm, NewActivity, NewDocument, NewTask, Refused
from mailroom.errors import ConfigError, FileFault, Transient, Unclear
from tests.crm.in_memory import Fault, InMemoryCrm, lose_answer, refuse
from tests.crm.logiqs.fake_crm import FakeCrm

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TASK = NewTask(41, "IRS CP2000", NOW, NOW, 2, (7,), "words MR-A-T")
SSN = "734-00-1234"


@dataclass
class Subject:
    """A CRM with the case 41, and how each fault is caused in it."""

    crm: Crm
    store: Any
    lost: Any
    not_sent: Any
    refused: Any

    def fail(self, call: str, *faults: Any) -> None:
        """Let the next calls of this kind fail."""
        self.store.faults[call] = list(faults)

    def list_texts(self, case_id: int = 41) -> list[str]:
        """What the case shows."""
        return [activity.text.reveal() for activity in self.crm.list_activities(case_id) or []]


def in_memory() -> Subject:
    """The CRM in memory."""
    crm = InMemoryCrm(cases={41: Case(41, "John", "Smith", ssn=SSN, officer_id=7, tells_officer=True)})
    lost: Fault = lose_answer(Unclear("document_answer_lost"))
    return Subject(
        crm, crm, lost, refuse(Transient("crm_unreachable")), refuse(Refused("crm_refused_document"))
    )


def logiqs() -> Subject:
    """Logiqs over HTTP; a connection that is refused at every retry is certainly not sent."""
    data = {"CaseID": 41, "FirstName": "John", "LastName": "Smith", "SSN": SSN, "SetOfficerID": 7}
    fake = FakeCrm(cases={41: data}, match_answer={"matchFound": True, "caseData": {"data": data}})

    def lose(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(504)

    refused = httpx.Response(400, json={"Success": False, "message": "no"})
    return Subject(fake.client(), fake, lose, httpx.ConnectError("refused"), refused)


@pytest.fixture(params=[in_memory, logiqs], ids=["in memory", "logiqs"])
def subject(request: pytest.FixtureRequest) -> Subject:
    """Each implementation in turn."""
    made: Subject = request.param()
    return made


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """The path of a small file to upload."""
    path = tmp_path / "opaque"
    path.write_bytes(b"%PDF-1.4 made up")
    return path


def test_a_check_of_good_credentials_raises_nothing(subject: Subject) -> None:
    """A run with valid credentials starts."""
    subject.crm.check()


def test_a_check_of_bad_credentials_is_an_error_of_the_configuration() -> None:
    """A person has to act."""
    fake = FakeCrm(faults={"case": [httpx.Response(401)]})
    for crm in (InMemoryCrm(rejects_key=True), fake.client()):
        with pytest.raises(ConfigError):
            crm.check()


def test_a_match_names_the_case_with_its_keys(subject: Subject) -> None:
    """Number, names and SSN, by which the match is judged."""
    answer = subject.crm.match("SMITH", "1234", "JOHN")
    assert answer.found
    (case,) = answer.cases
    assert (case.case_id, case.first_name, case.last_name, case.ssn) == (41, "John", "Smith", SSN)


def test_a_case_is_its_data_or_none(subject: Subject) -> None:
    """With its officer; an unknown number is None."""
    case = subject.crm.get_case(41)
    assert case is not None
    assert (case.officer_id, case.tells_officer) == (7, True)
    assert subject.crm.get_case(42) is None


def test_a_write_gives_its_id_and_shows_in_its_case_only(subject: Subject, pdf: Path) -> None:
    """Documents by their comment, tasks by their comments, notes by their subject."""
    assert subject.crm.list_activities(41) == []
    assert subject.crm.upload_document(NewDocument(41, pdf, "x.pdf", "a comment MR-A-D")) == 901
    assert subject.crm.create_task(TASK) == 701
    assert subject.crm.add_activity(NewActivity(41, "a note MR-A-A", "words")) > 500
    shown = "\n".join(subject.list_texts())
    assert "MR-A-D" in shown
    assert "MR-A-T" in shown
    assert "MR-A-A" in shown
    assert subject.list_texts(42) == []


def test_a_request_is_announced_right_before_it_leaves(subject: Subject, pdf: Path) -> None:
    """Nothing is written yet."""
    announced: list[int] = []
    subject.crm.upload_document(
        NewDocument(41, pdf, "x.pdf", "c"), lambda: announced.append(len(subject.store.documents))
    )
    subject.crm.create_task(TASK, lambda: announced.append(len(subject.store.tasks)))
    assert announced == [0, 0]


def test_a_document_over_the_limit_is_not_sent(subject: Subject, tmp_path: Path) -> None:
    """It is this file's fault, and nothing is announced."""
    path = tmp_path / "large"
    path.write_bytes(b"0" * (subject.crm.largest_document + 1))
    announced: list[int] = []
    with pytest.raises(FileFault, match="too_large_to_file"):
        subject.crm.upload_document(NewDocument(41, path, "x.pdf", "c"), lambda: announced.append(1))
    assert not announced
    assert not subject.store.documents


def test_a_lost_answer_is_unclear_and_its_write_shows(subject: Subject, pdf: Path) -> None:
    """It is not sent a second time."""
    subject.fail("document", subject.lost)
    with pytest.raises(Unclear):
        subject.crm.upload_document(NewDocument(41, pdf, "x.pdf", "MR-A-D"))
    assert len(subject.store.documents) == 1
    assert "MR-A-D" in "\n".join(subject.list_texts())


def test_what_was_not_sent_is_transient(subject: Subject, pdf: Path) -> None:
    """Nothing is written; the next try goes through."""
    subject.fail("document", *[subject.not_sent] * 4)
    with pytest.raises(Transient):
        subject.crm.upload_document(NewDocument(41, pdf, "x.pdf", "c"))
    assert not subject.store.documents
    subject.fail("document")
    assert subject.crm.upload_document(NewDocument(41, pdf, "x.pdf", "c")) == 901


def test_a_no_is_refused(subject: Subject, pdf: Path) -> None:
    """It is this file's fault."""
    subject.fail("document", subject.refused)
    with pytest.raises(Refused, match="crm_refused_document"):
        subject.crm.upload_document(NewDocument(41, pdf, "x.pdf", "c"))
    assert not subject.store.documents
