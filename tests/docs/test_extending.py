"""The diffs in docs/extending.md apply to the tree as it is."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIFFS = re.findall(
    r"```diff\n(.*?)```", (ROOT / "docs" / "extending.md").read_text(encoding="utf-8"), re.DOTALL
)


def does_apply(diff: str, *options: str) -> bool:
    """Whether `git apply` accepts the diff; one line of context around a change is enough."""
    command = ["git", "apply", "--check", "-C1", *options, "-"]
    return not subprocess.run(
        command, input=diff, cwd=ROOT, text=True, capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize("diff", DIFFS, ids=["a CRM", "a letter type", "a field", "a check of the doctor"])
def test_a_diff_applies(diff: str) -> None:
    """Or it has been applied: then it can be taken back."""
    assert does_apply(diff) or does_apply(diff, "--reverse")
