"""What several tests of a run share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.config.settings import load_settings
from mailroom.ledger import open_ledger
from mailroom.privacy.scratch import Scratch
from tests.run.pipeline_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A pipeline in which no step fails."""
    with open_ledger(load_settings(state_dir=tmp_path / "state")) as ledger, Scratch(tmp_path) as scratch:
        made = Bench(ledger, scratch)
        made.list_file()
        yield made
        # Whatever happened, no document is left behind.
        assert not list(scratch.directory().iterdir())
