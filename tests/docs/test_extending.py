"""The diffs in docs/extending.md apply to the tree as it is."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIFFS = re.findall(
    r"```diff\n(.*?)```", (ROOT / "docs" / "extending.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize("diff", DIFFS, ids=["a CRM", "a letter type", "a field", "a check of the doctor"])
def test_a_diff_applies(diff: str) -> None:
    """`git apply` accepts it; one line of context around a change is enough."""
    done = subprocess.run(
        ["git", "apply", "--check", "-C1", "-"],
        input=diff,
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
