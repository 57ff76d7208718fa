"""Delivery to Logiqs over HTTP: what each of its answers means for a document or task that is sent once.

tests/delivery/test_delivery.py has what holds for every CRM.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailroom.crm.base import Case
from mailroom.delivery import Officers
from mailroom.errors import ConfigError, FileFault, RunStop, Transient
from mailroom.ledger import Step
from tests.crm.logiqs.fake_crm import FakeCrm
from tests.delivery.harness import ELSEWHERE, HOLDER, STEPS, Deliveries, open_deliveries
from tests.test_rate_limit import Clock


@pytest.fixture
def crm() -> FakeCrm:
    """A tenant with one case."""
    return FakeCrm(cases={41: {"CaseID": 41}})


@pytest.fixture
def deliveries(tmp_path: Path, crm: FakeCrm) -> Iterator[Deliveries]:
    """Deliveries to the fake CRM, with a ledger of their own."""
    with open_deliveries(tmp_path, crm.client(), crm) as opened:
        yield opened


def know_tenant(deliveries: Deliveries, crm: FakeCrm) -> None:
    """A confirmed delivery of an earlier file, by which the tenant's activities can be judged."""
    marker = deliveries.confirm_earlier_delivery()
    crm.activities += [
        {"CaseID": 41, "Subject": "", "Comment": f"{marker}-{step[0].upper()}"} for step in STEPS
    ]


KINDS = ["all", "subjects", "nothing", "no route"]


@pytest.mark.parametrize("as_header", [True, False], ids=["CaseID as header", "in the query string"])
@pytest.mark.parametrize("shows", KINDS)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("carried_out", [True, False])
def test_no_kind_of_tenant_gets_a_document_or_a_task_twice(
    deliveries: Deliveries, crm: FakeCrm, step: Step, carried_out: bool, shows: Any, as_header: bool
) -> None:
    """The answer was lost, with older writes to judge by: what shows is found, else a person looks."""
    crm.shows, crm.case_id_as_header = shows, as_header
    crm.cases[42] = {"CaseID": 42}
    deliveries.deliver("copy", case=Case(42, officer_id=7), sha256="ef" * 32)
    deliveries.wait()

    def lose(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(504)

    crm.faults = {step: [lose if carried_out else httpx.Response(504)]}
    statuses = []
    for _ in range(2):
        with suppress(Transient):
            statuses.append(deliveries.deliver().status)
        deliveries.wait()
    sent = [body["CaseID"] for body in (*crm.documents, *crm.tasks)].count(41)
    tells = shows == "all" or (shows, step) == ("subjects", "task")
    if tells:
        assert (statuses[-1], sent) == ("delivered", 2)
    else:
        assert statuses == ["unclear", "unclear"]
        # The task is created also while its document is in doubt.
        assert sent == 1 + carried_out


LOST = [
    httpx.ReadTimeout("slow"),
    httpx.Response(500),
    httpx.Response(504),
    httpx.Response(200, text="<html>"),
]


@pytest.mark.parametrize("lost", LOST, ids=repr)
@pytest.mark.parametrize("step", STEPS)
def test_a_lost_answer_is_looked_up_at_once(
    deliveries: Deliveries, crm: FakeCrm, step: Step, lost: Any
) -> None:
    """It was carried out: confirmed by the marker, and counted."""

    def lose(_request: httpx.Request) -> httpx.Response:
        if isinstance(lost, Exception):
            raise lost
        return lost  # type: ignore[no-any-return]

    crm.faults = {step: [lose]}
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("lost", [httpx.ReadTimeout("slow"), httpx.Response(504)], ids=repr)
def test_a_write_that_ends_after_the_check_is_not_sent_again(
    deliveries: Deliveries, crm: FakeCrm, step: Step, lost: Any
) -> None:
    """The caller gave up, checked, found nothing; then the server ends it: the next check finds it."""
    late: list[httpx.Request] = []
    crm.faults = {step: [crm.carry_out_later(late, lost)]}
    with pytest.raises(Transient, match=f"{step}_in_doubt"):
        deliveries.deliver()
    crm.handle(late[0])
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
def test_what_was_certainly_not_sent_leaves_no_doubt(
    deliveries: Deliveries, crm: FakeCrm, step: Step
) -> None:
    """Too many calls, or no connection, until the retries are used up: the next try sends at once."""
    crm.faults = {step: [httpx.Response(429)] * 3 + [httpx.ConnectError("refused")]}
    with pytest.raises(Transient, match="logiqs_unreachable"):
        deliveries.deliver()
    assert deliveries.deliver().status == "delivered"
    crm.faults = {step: [httpx.Response(429, headers={"Retry-After": "600"})]}
    with pytest.raises(RunStop, match="asks for no more calls"):
        deliveries.deliver(sha256="ef" * 32)
    deliveries.crm = crm.client()
    assert deliveries.deliver(sha256="ef" * 32).status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (2, 2)
    assert "activity" not in crm.kinds()


def stop_after_intent(
    monkeypatch: pytest.MonkeyPatch,
    deliveries: Deliveries,
    crm: FakeCrm,
    step: Step,
    stop: Callable[[], None],
) -> list[Step]:
    """Let the process stop for an hour when the first intent of ``step`` is committed; list the intents."""
    clock, intend, intents = Clock(), deliveries.ledger.intend, list[Step]()
    deliveries.crm = replace(crm.client(), clock=clock)

    def intend_and_stop(marker: str, which: Step, *mine: Any, **how: Any) -> bool:
        intended = intend(marker, which, *mine, **how)
        intents.append(which)
        if which == step and intents.count(step) == 1:
            clock.now += 3600
            deliveries.now += timedelta(hours=1)
            stop()
        return intended

    monkeypatch.setattr(deliveries.ledger, "intend", intend_and_stop)
    return intents


@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_was_suspended_after_its_intent_sends_nothing(
    monkeypatch: pytest.MonkeyPatch, deliveries: Deliveries, crm: FakeCrm, step: Step
) -> None:
    """Another worker took its file over, saw no mark in the case when that was certain, and sent."""
    know_tenant(deliveries, crm)
    deliveries.ledger.release("file", HOLDER, "")
    assert deliveries.ledger.claim("file", ELSEWHERE, 600)

    def take_over() -> None:
        assert deliveries.ledger.claim("file", HOLDER, 600)
        assert deliveries.deliver().status == "delivered"

    stop_after_intent(monkeypatch, deliveries, crm, step, take_over)
    with suppress(Transient):
        deliveries.deliver(holder=ELSEWHERE)
    assert deliveries.count_sent() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
def test_an_intent_that_took_too_long_is_committed_again(
    monkeypatch: pytest.MonkeyPatch, deliveries: Deliveries, crm: FakeCrm, step: Step
) -> None:
    """Nobody else took the file: the write is sent right after its second intent."""
    intents = stop_after_intent(monkeypatch, deliveries, crm, step, lambda: None)
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == (1, 1)
    assert intents.count(step) == 2


SCOPE = "Access denied. Missing required scope: "
NO_READING = httpx.Response(403, json={"Success": False, "message": f"{SCOPE}activity.read"})


@pytest.mark.parametrize("silence", [httpx.Response(404), NO_READING], ids=["no route", "no scope"])
def test_activities_that_cannot_be_read_leave_it_to_a_person(
    deliveries: Deliveries, crm: FakeCrm, silence: Any
) -> None:
    """The file goes to a person and the run continues, also where the key lost its scope to read them."""
    crm.faults = {"document": [httpx.Response(500)], "activity": [silence] * 2}
    assert deliveries.deliver().status == "unclear"
    assert deliveries.deliver("copy", sha256="ef" * 32).status == "delivered"


def test_rejected_credentials_end_the_run_at_a_check_too(deliveries: Deliveries, crm: FakeCrm) -> None:
    """The doubt stays: with the right key the file is looked for first."""
    crm.faults = {
        "document": [lambda _request: httpx.Response(500)],
        "activity": [httpx.Response(401)],
    }
    with pytest.raises(ConfigError, match="rejects the API key"):
        deliveries.deliver()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


REFUSALS = [
    httpx.Response(200, json={"Success": False, "message": "The request could not be processed."}),
    httpx.Response(400, json={"Success": False, "message": "CaseID is invalid"}),
    httpx.Response(422, json={"message": "Subject is too long"}),
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
def test_a_refused_write_that_was_carried_out_is_found(
    deliveries: Deliveries, crm: FakeCrm, step: Step, refusal: Any
) -> None:
    """Logiqs said no and did it: it is seen at once, and not sent again."""
    crm.faults = {step: [lambda _request: refusal]}
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
def test_a_refused_write_is_this_files_fault_and_looked_for_before_it_is_sent_again(
    deliveries: Deliveries, crm: FakeCrm, step: Step, refusal: Any
) -> None:
    """A refusal fails the file.

    When it is gone, the next try goes through at once, where the tenant tells.
    """
    know_tenant(deliveries, crm)
    crm.faults = {step: [refusal]}
    with pytest.raises(FileFault, match=f"crm_refused_{step}"):
        deliveries.deliver()
    checks = crm.kinds().count("activity")
    assert deliveries.deliver().status == "delivered"
    assert crm.kinds().count("activity") > checks
    assert deliveries.count_sent() == (1, 1)


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("step", STEPS)
def test_a_missing_scope_is_named_and_costs_no_file(
    deliveries: Deliveries, crm: FakeCrm, step: Step, status: int
) -> None:
    """Before anything was ever filed, too: with the scope added the same file goes through."""
    answer = {"Success": False, "message": f"{SCOPE}{step}.write"}
    crm.faults = {step: [httpx.Response(status, json=answer)]}
    with pytest.raises(ConfigError, match=rf"lacks the scope {step}\.write"):
        deliveries.deliver()
    assert deliveries.deliver().status == "delivered"
    assert deliveries.count_sent() == deliveries.count_reported() == (1, 1)
    assert crm.kinds().count("activity") == 1


def test_the_officer_is_asked_for_until_the_tenant_has_shown_that_it_names_none(
    deliveries: Deliveries, crm: FakeCrm
) -> None:
    """A match without an officer: CaseInfo is asked, for three cases in a row at most in a run."""
    crm.cases = {41: {"SetOfficerID": 7}, **{n: {"LastName": "X"} for n in (42, 43, 44)}}
    crm.cases[45] = {"SetOfficerID": 7}
    for case_id in (41, 42, 43, 44, 45):
        deliveries.deliver(case=Case(case_id), sha256=str(case_id) * 32)
    assert [task["UserID"] for task in crm.tasks] == [[7], [], [], [], []]
    assert crm.kinds().count("case") == 4
    deliveries.officers = Officers()
    deliveries.deliver(case=Case(45), sha256="ef" * 32)
    assert crm.tasks[-1]["UserID"] == [7]


def test_new_clients_without_an_officer_prove_nothing_about_the_tenant(
    deliveries: Deliveries, crm: FakeCrm
) -> None:
    """The property is there and empty, or there is no such case: the next one is asked for anyway."""
    crm.cases = {n: {"SetOfficerID": None} for n in (41, 42)}
    crm.cases |= {43: {"SetOfficer": ""}, 45: {"SetOfficerID": 0}, 46: {"SetOfficerID": 7}}
    for case_id in range(41, 47):
        deliveries.deliver(case=Case(case_id), sha256=str(case_id) * 32)
    assert [task["UserID"] for task in crm.tasks] == [[], [], [], [], [], [7]]
