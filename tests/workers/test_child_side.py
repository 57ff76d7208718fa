"""What a child process allows itself."""

import resource

import pytest

from mailroom.workers import child_side


def test_a_child_limits_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory, core files and CPU time are limited before anything is opened."""
    limits: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", lambda what, pair: limits.update({what: pair}))
    monkeypatch.setattr("os.nice", lambda _more: 0)
    child_side.limit_memory(600)
    child_side.allow_cpu(30)
    assert limits[resource.RLIMIT_AS] == (600_000_000, 600_000_000)
    assert limits[resource.RLIMIT_CORE] == (0, 0)
    assert limits[resource.RLIMIT_CPU][0] > 30
