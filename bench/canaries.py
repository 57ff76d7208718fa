"""The canary test in its long form: a run for each step that fails and each fault that ends a run.

    uv run python bench/canaries.py [--on-postgresql]

Clients' data goes through real runs, and everything that they touch is searched for it; see docs/privacy.md.
With ``--on-postgresql`` Prefect's database and the ledgers are on a server of Debian's PostgreSQL, and every
row of every table of its databases is searched after each run. The short form is among the tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

CANARIES = Path(__file__).parents[1] / "tests" / "end_to_end" / "canaries"

if __name__ == "__main__":
    raise SystemExit(pytest.main([str(CANARIES), "--every-canary", "-v", "--durations=0", *sys.argv[1:]]))
