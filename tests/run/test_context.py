"""What a run works with."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mailroom.config.settings import load_settings
from mailroom.drive.outcome_folders import Folders
from mailroom.errors import ConfigError
from mailroom.ledger import FileDecision, open_ledger
from mailroom.run.context import RunContext
from mailroom.run.progress import Progress
from tests.ledger.conftest import listed


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
