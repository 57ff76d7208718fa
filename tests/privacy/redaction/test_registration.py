"""Client data is registered where it enters the process, and stays registered while its file is processed."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailroom.crm.base import Case, MatchAnswer
from mailroom.notices import ReaderPool
from mailroom.privacy.redaction.client_values import CLIENT_VALUES, ClientValues, register
from mailroom.privacy.redaction.formatter import RedactingFormatter
from mailroom.privacy.redaction.masking import MASK, redact
from mailroom.run.file_pipeline import FilePipeline
from mailroom.run.registration import RegisteringCrm
from tests.corpora.handmade.other_documents import cp2000_with
from tests.crm.in_memory import InMemoryCrm
from tests.crm.logiqs.fake_crm import FakeCrm


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> ClientValues:
    """The registry of this process, without values of other tests; it forgets a file's values at once."""
    fresh = ClientValues(grace=0)
    monkeypatch.setattr(CLIENT_VALUES, "__dict__", vars(fresh))
    return CLIENT_VALUES


def test_a_readings_values_are_known_when_the_child_hands_it_over(
    registry: ClientValues, tmp_path: Path
) -> None:
    """For as long as the file is in flight."""
    path = tmp_path / "opaque"
    path.write_bytes(cp2000_with())
    with registry.in_flight(), ReaderPool(1) as pool:
        fields = pool.read(path).fields
        assert fields.last_name == "OAKLEY"
        assert redact("of Oakley") == f"of {MASK}"
        assert redact(f"at {fields.address}, {fields.aur_control_number}") == f"at {MASK}"
    assert redact("of Oakley") == "of Oakley"


def test_a_cases_values_are_known_when_it_is_answered(registry: ClientValues) -> None:
    """By the match service, and by the CRM."""
    crm = FakeCrm()
    crm.cases[7654321] = {"FirstName": "Zoe", "LastName": "Quill", "SSN": "734-00-1234"}
    crm.match_answer = {"matchFound": True, "caseData": {"CaseID": 7654321, **crm.cases[7654321]}}
    with registry.in_flight():
        RegisteringCrm(crm.client()).match("QUILL", "1234", None)
        assert redact("of Quill, 7340 01234, 7654321") == f"of {MASK}4321"
    assert redact("of Quill") == "of Quill"
    with registry.in_flight():
        RegisteringCrm(crm.client()).get_case(7654321)
        assert redact("of Quill, case 7654321") == f"of {MASK}, case {MASK}4321"


def test_a_case_of_the_index_is_known_beside_what_the_match_service_answers(registry: ClientValues) -> None:
    """Both are evidence: one case of both is one, and not known from the index alone."""
    crm = FakeCrm()
    crm.match_answer = {"matchFound": True, "caseData": {"CaseID": 7654321, "LastName": "Quill"}}
    index = InMemoryCrm(
        answers={
            "QUILL": MatchAnswer(
                cases=(
                    Case(7654321, "Zoe", "Quill", zip="45402", indexed=True),
                    Case(7654322, "Zoe", "Okafor", indexed=True),
                )
            )
        }
    )
    with registry.in_flight():
        answer = RegisteringCrm(crm.client(), index).match("QUILL", "1234", None)
        assert redact("of Okafor") == f"of {MASK}"
    assert answer.found
    assert [(case.case_id, case.zip, case.indexed) for case in answer.cases] == [
        (7654321, "45402", False),
        (7654322, None, True),
    ]


def test_a_client_of_the_api_registers_nothing_itself(registry: ClientValues) -> None:
    """The run's wrapper does, for every CRM."""
    crm = FakeCrm()
    crm.cases[7654321] = {"FirstName": "Zoe", "LastName": "Quill", "SSN": "734-00-1234"}
    crm.match_answer = {"matchFound": True, "caseData": {"CaseID": 7654321, **crm.cases[7654321]}}
    with registry.in_flight():
        assert crm.client().match("QUILL", "1234", None).cases
        assert crm.client().get_case(7654321)
        assert len(registry) == 0


def test_the_pipeline_keeps_the_values_of_a_file_in_flight(
    registry: ClientValues, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """From its claim to its end, also when it fails with a client's name in the error."""
    anything: Any = SimpleNamespace
    ledger = anything(
        claim=lambda *_: anything(id="f1"), fail=lambda *_: None, record_seconds=lambda *_: None
    )
    progress = anything(count_outcome=lambda _outcome: None)
    seen = []

    def way(_pipeline: FilePipeline, _row: object, _watch: object) -> str:
        register(Case(7654321, "Zoe", "Quill"))
        seen.append(redact("of Quill"))
        logging.getLogger("mailroom").error("of %s", "Quill")
        raise ValueError("of Quill")

    monkeypatch.setattr(FilePipeline, "_run_stages", way)
    pipeline = FilePipeline(*[None] * 13)  # type: ignore[arg-type]  # only these are used here
    object.__setattr__(pipeline, "ledger", ledger)
    object.__setattr__(pipeline, "progress", progress)
    assert pipeline.process("f1") == "failed"
    assert seen == [f"of {MASK}"]
    assert redact("of Quill") == "of Quill"
    assert len(registry) == 0
    assert "A bug in the mail room: ValueError at ?." in RedactingFormatter().format(caplog.records[-1])


def test_a_faulty_answer_registers_nothing(registry: ClientValues) -> None:
    """No case, no values."""
    crm = RegisteringCrm(FakeCrm().client())
    crm.match("QUILL", "1234", None)
    assert crm.get_case(1) is None
    assert len(registry) == 0
