"""Functions of a library replaced for one module alone.

A test that replaces them in the library itself replaces them for every thread of its process too: servers of
other tests, Prefect's senders of logs and events, pools of processes.
"""

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


def replace_in(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, library: ModuleType, **functions: Any
) -> None:
    """Until the test ends, ``module`` finds these functions in ``library``, and all others as they are."""
    name = library.__name__
    assert getattr(module, name) is library
    assert functions.keys() <= vars(library).keys()
    monkeypatch.setattr(module, name, SimpleNamespace(**{**vars(library), **functions}))
