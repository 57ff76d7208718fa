"""`mailroom file`, `retry` and `retract` as a person calls them, on the sandbox's servers in this process."""

from collections.abc import Callable

import pytest

from mailroom.cli.decide import describe_result
from mailroom.cli.main import main
from mailroom.drive.links import make_file_link
from mailroom.ledger import FileRow
from mailroom.ledger.decisions import Action
from mailroom.notices import NoticeFields, Reading
from mailroom.sandbox.seeding import ensure_inbox
from mailroom.sandbox.store import Store
from tests.cli.test_reconcile import plant_unmoved
from tests.run.no_readers import NoReaders

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls the command; its exit code and what it printed after the target's line, as one line."""
    monkeypatch.setattr(NoReaders, "read", lambda _self, _path: Reading("unreadable"), raising=False)

    def decide(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(words)
        shown = capsys.readouterr()
        assert shown.err == ""
        target, *lines = shown.out.splitlines()
        assert target.startswith("Real systems: Drive inbox CP2000_INBOX (")
        return code, " ".join(lines)

    return decide


def test_a_file_is_filed_taken_back_and_filed_elsewhere(store: Store, call: Call) -> None:
    """By its link or its id; each time one line says what became of it."""
    file_id = plant_unmoved(store)
    link = make_file_link(file_id)
    assert main(["reconcile", "--repair"]) == 0
    code, line = call("file", link, "--case", "41")
    assert (code, line) == (0, "Matched: filed in the case that a person named.")
    assert [row["CaseID"] for row in store.list_rows("documents")] == [41]
    code, line = call("file", file_id, "--case", "41")
    assert (code, line) == (
        1,
        "Nothing was done: the file is already filed in a case. To do: take it back first: mailroom retract.",
    )
    code, line = call("retract", link)
    assert (code, line.partition(":")[0]) == (0, "Review")
    assert store.list_rows("tasks")[-1]["Subject"].startswith("Remove document ")
    where = store.find_file(file_id)["parents"]
    code, line = call("file", link, "--case", "42")
    assert (code, line) == (
        1,
        (
            "Nothing was done: Logiqs has no case with the number that was given. "
            "To do: correct the case number, and decide again."
        ),
    )
    assert store.find_file(file_id)["parents"] == where
    code, line = call("retry", link)
    assert (code, line.partition(":")[0]) == (0, "Nothing was filed")


def test_a_document_of_another_client_is_filed_only_anyway(
    store: Store, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says why nothing was filed."""
    read = NoticeFields(notice_type="CP2000", last_name="QUILLFEATHER", ssn_last4="9876")
    monkeypatch.setattr(NoReaders, "read", lambda _self, _path: Reading("extract", read), raising=False)
    link = make_file_link(plant_unmoved(store))
    assert main(["reconcile", "--repair"]) == 0
    code, line = call("file", link, "--case", "41")
    assert code == 1
    assert line.startswith(
        "Nothing was filed: neither the surname nor the SSN on the notice matches the case that a person named. To do: "
    )
    assert store.list_rows("documents") == []
    code, line = call("file", link, "--case", "41", "--anyway")
    assert (code, line) == (0, "Matched: filed in the case that a person named.")


def test_what_nobody_can_decide(store: Store, call: Call) -> None:
    """A link that is none, and a file that the mail room has never seen."""
    plant_unmoved(store)
    assert call("retry", "https://example.com/file/d/abc/view") == (
        1,
        (
            "Nothing was done: this is neither a link to a file in Google Drive nor its id. "
            "To do: copy the link from Google Drive: Share, Copy link."
        ),
    )
    stranger = store.add_file("b.pdf", ensure_inbox(store), b"%PDF made up")
    code, line = call("file", stranger, "--case", "41")
    assert (code, line) == (
        1,
        "Nothing was done: the mail room has never seen this file. To do: put it into the inbox.",
    )


def test_a_file_that_cannot_be_moved_is_done_but_for_the_move() -> None:
    """The line says what was done, and what is left to the person."""
    row = FileRow(state="settled", outcome="matched", reason="filed_by_person", fault="move_forbidden")
    line = describe_result(row, Action.FILE)
    assert line.startswith("Matched: filed in the case that a person named. But the file is where it was: ")
    assert "To do: move it there by hand" in line


@pytest.mark.parametrize("action", [Action.FILE, Action.RETRY])
def test_what_was_not_filed_is_told_like_a_refusal(action: Action) -> None:
    """With what to do; where a part may be in a case, the line does not say that nothing was filed."""
    row = FileRow(state="done", outcome="review", reason="empty_file")
    line = describe_result(row, action)
    assert line.startswith("Nothing was filed: an empty file. To do: ")
    row.reason = "task_unclear"
    assert describe_result(row, action).startswith("Review: the document is in the case, but the task")
