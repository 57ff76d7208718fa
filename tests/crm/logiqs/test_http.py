"""A call to Logiqs ends in time, however its answer comes; proxies of the environment stay in use."""

from __future__ import annotations

import time

import httpx
import pytest

from mailroom.crm.logiqs import TimedClient
from mailroom.crm.logiqs.http import _TimedBackend
from tests.trickling_server import trickling_server


@pytest.mark.parametrize("where", ["head", "body"])
def test_an_answer_that_trickles_in_ends(where: str) -> None:
    """Its bytes come faster than the time-out of a socket, and the whole is over in time anyway."""
    with trickling_server(where) as address, TimedClient(0.3) as http:
        began = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            http.get(address)
        assert 0.25 < time.monotonic() - began < 3.0


def test_every_connection_has_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those through a proxy of the environment too."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with TimedClient(60.0) as http:
        pools = [transport._pool for transport in (http._transport, *http._mounts.values()) if transport]  # type: ignore[attr-defined]
        assert len(pools) > 1
        assert all(isinstance(pool._network_backend, _TimedBackend) for pool in pools)
