"""What both of the sandbox's servers do: quotas, admin calls, faults, web pages."""

import httpx

from mailroom.sandbox.faults import Behaviour, Fault
from mailroom.sandbox.seeding import ensure_inbox
from mailroom.sandbox.store import Store
from tests.sandbox.clients import PUBLIC, TASK, list_files, make_form


def test_calls_over_the_quota_are_refused(
    drive: httpx.Client, logiqs: httpx.Client, behaviour: Behaviour
) -> None:
    """Above the rate, Drive answers 403, Logiqs 429 with Retry-After."""
    behaviour.rate, behaviour.latency = 1, 0.001
    answers = [list_files(drive) for _ in range(3)]
    assert answers[-1].json()["error"]["errors"][0]["reason"] == "userRateLimitExceeded"
    answer = logiqs.get(f"{PUBLIC}/Case/CaseInfo", params={"CaseID": 41})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


def test_the_admin_routes_set_faults_and_show_calls(drive: httpx.Client) -> None:
    """They need the sandbox's token."""
    assert drive.get("/_sandbox/calls").status_code == 403
    mine = {"X-Sandbox-Token": "token"}
    set_up = {"name": "server_error", "times": 1, "match": "list", "rate": None, "latency": 0}
    assert drive.post("/_sandbox/faults", json=set_up, headers=mine).json() == {"faults": 1}
    assert drive.get("/_sandbox/calls", headers=mine).json()["unspent"] == ["server_error"]
    assert list_files(drive).status_code == 500
    assert [kind for _, kind in drive.get("/_sandbox/calls", headers=mine).json()["calls"]] == ["list"]
    assert drive.get("/_sandbox/calls", headers=mine).json()["unspent"] == []
    assert drive.post("/_sandbox/faults", json={"clear": True}, headers=mine).json() == {"faults": 0}
    state = drive.get("/_sandbox/state", headers=mine).json()
    assert len(state["files"]) == 7
    assert len(state["cases"]) == 2


def test_a_fault_with_a_probability_hits_some_calls() -> None:
    """It hits some calls and not others, and no call that it does not match."""
    behaviour = Behaviour(faults=[Fault("x", probability=0.5, match="list")])
    struck = [bool(behaviour.hits("x", "list")) for _ in range(200)]
    assert 60 < sum(struck) < 140
    assert not behaviour.hits("x", "get")
    assert not behaviour.hits("y", "list")


def test_latencies_are_drawn_between_two_bounds_the_same_in_each_run() -> None:
    """They take nothing from the draws that decide which calls meet a fault."""
    first, second = (
        Behaviour(latency=0.05, longest_latency=0.2, faults=[Fault("x", probability=0.5)]) for _ in "ab"
    )
    drawn = [first.draw_latency() for _ in range(50)]
    assert min(drawn) >= 0.05
    assert max(drawn) <= 0.2
    assert len(set(drawn)) == 50
    assert [bool(first.hits("x", "")) for _ in range(50)] == [bool(second.hits("x", "")) for _ in range(50)]
    assert drawn == [second.draw_latency() for _ in range(50)]
    assert Behaviour(latency=0.1).draw_latency() == 0.1


def test_the_web_pages_show_the_state_and_escape_it(
    drive: httpx.Client, logiqs: httpx.Client, store: Store
) -> None:
    """Names come from people's own folders, so they are escaped."""
    file_id = store.add_file("<script>alert(1)</script>.pdf", ensure_inbox(store), b"%PDF")
    store.add_folder("empty", ensure_inbox(store))
    page = drive.get("/").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "http://l/" in page
    assert drive.get(f"/view/{file_id}").content == b"%PDF"
    assert drive.get("/view/none").status_code == 404
    assert "none yet" in logiqs.get("/").text
    logiqs.post(f"{PUBLIC}/Task/Task", json=TASK)
    logiqs.post(f"{PUBLIC}/Documents/CaseDocument", params={"CaseID": 41}, **make_form())
    page = logiqs.get("/").text
    assert "urgent" in page
    assert "/document/1" in page
    assert "O&#39;Brien" in page


def test_files_whose_bytes_were_not_kept_have_no_link(
    drive: httpx.Client, logiqs: httpx.Client, store: Store
) -> None:
    """A person's own PDFs are gone when the run is over; a link to them led nowhere."""
    file_id = store.add_file("own.pdf", ensure_inbox(store), b"%PDF own")
    logiqs.post(f"{PUBLIC}/Documents/CaseDocument", params={"CaseID": 41}, **make_form())
    for blob in store.blobs.iterdir():
        blob.unlink()
    page = drive.get("/").text
    assert "own.pdf" in page
    assert f"/view/{file_id}" not in page
    assert "not kept" in page
    assert "/document/" not in logiqs.get("/").text


def test_an_answer_may_trickle_in(behaviour: Behaviour, drive: httpx.Client, logiqs: httpx.Client) -> None:
    """Both servers send a byte at a time, for ever, when they are told to."""
    behaviour.configure({"name": "trickle", "value": 0.001})
    for client, path in ((drive, "drive/v3/files"), (logiqs, "publicapi/V4/Case/CaseInfo?CaseID=41")):
        with client.stream("GET", path) as answer:
            bytes_sent = answer.iter_raw()
            assert [next(bytes_sent) for _ in range(3)] == [b" "] * 3
