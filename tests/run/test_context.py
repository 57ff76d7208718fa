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
from mailroom.run.context import RunContext, check_tenant
from mailroom.run.progress import Progress
from tests.ledger.conftest import listed


def test_a_ledger_is_one_tenants(tmp_path: Path) -> None:
    """What was filed in a test tenant is not taken for filed in another; an older host is the same one."""
    with open_ledger(load_settings(state_dir=tmp_path), None) as ledger:
        check_tenant(ledger, "http://127.0.0.1:4000/publicapi/V4/")
        check_tenant(ledger, "https://firm.logiqsapi.com/publicapi/V4/")
        check_tenant(ledger, "https://firm.irslogics.com/publicapi/V4/")
        check_tenant(ledger, "http://localhost:4000/publicapi/V4/")
        with pytest.raises(ConfigError, match="belongs to the Logiqs tenant firm"):
            check_tenant(ledger, "https://firm-test.logiqsapi.com/publicapi/V4/")


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
