"""What a run works with."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.drive import ListedFile
from mailroom.drive.listing import Page
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import ConfigError
from mailroom.ledger import FileDecision, open_ledger
from mailroom.run import context
from mailroom.run.context import RunContext
from mailroom.run.options import RunOptions
from mailroom.run.progress import Progress
from tests.ledger.conftest import BASE, listed


@pytest.mark.parametrize(
    ("key", "has_files", "dry_run", "gap"),
    [
        ("k" * 20, True, False, True),
        ("k" * 20, False, False, False),
        ("k" * 20, True, True, False),
        (None, True, False, False),
    ],
)
def test_a_new_ledger_whose_key_a_setting_holds_may_be_younger_than_what_was_filed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
    has_files: bool,
    dry_run: bool,
    gap: bool,
) -> None:
    """The outcome folders tell, until the ledger has a history of its own; a key file was made with it."""
    looks: list[str] = []

    def list_files(folder: str) -> Page:
        looks.append(folder)
        return page

    page = Page([ListedFile("f", "matched", 1, None, BASE)] if has_files else [], [], None)
    drive = SimpleNamespace(list_files=list_files)
    folders = Folders(("inbox",), {"matched": "m", "review": "r"})
    monkeypatch.setattr(context, "find_folders", lambda *_, **__: folders)
    settings = load_settings(state_dir=tmp_path, ledger_key=key)
    with open_ledger(settings) as ledger:
        run = SimpleNamespace(
            run_id="run",
            settings=settings,
            options=RunOptions(dry_run=dry_run),
            ledger=ledger,
            progress=Progress(),
            drive_client=lambda: drive,
            crm_client=lambda: SimpleNamespace(check=lambda: None),
            crm_connection=SimpleNamespace(check_tenant=lambda _ledger: None),
        )
        RunContext.preflight(cast("RunContext", run))
        assert ledger.has_gap() == gap
        asked = len(looks)
        ledger.begin_delivery("MR-x", "f00000", "me", 41, "ab" * 32, 60)
        RunContext.preflight(cast("RunContext", run))
        assert len(looks) == asked


@pytest.mark.parametrize(("refused", "moved", "stops"), [(1, 0, False), (2, 1, False), (2, 0, True)])
def test_a_run_of_which_drive_moves_no_file_fails(
    tmp_path: Path, refused: int, moved: int, stops: bool
) -> None:
    """One refused file may be somebody else's; where all are, folder and account are named."""
    with open_ledger(load_settings(state_dir=tmp_path)) as ledger:
        listed(ledger, refused)
        ledger.pick_up("run", None)
        for number in range(refused):
            ledger.claim(f"f{number:05}", "me", 60)
            ledger.record_decision(f"f{number:05}", "me", FileDecision("matched", "matched", "matched"))
            ledger.release(f"f{number:05}", "me", "move_forbidden")
        progress = Progress()
        progress.count_stage("moved", moved)
        run = SimpleNamespace(
            run_id="run",
            ledger=ledger,
            progress=progress,
            drive_connection=SimpleNamespace(share_with="mailroom@made-up-project.example"),
            _require_folders=lambda: Folders(("inbox",), {}),
        )
        with pytest.raises(ConfigError, match="mailroom@made-up") if stops else nullcontext() as failed:
            RunContext.check_moves(cast("RunContext", run))
        if stops:
            assert failed is not None
            assert failed.value.ids == {"folder": "inbox"}
