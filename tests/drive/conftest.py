"""The fake Drive with an inbox, and a client on it whose waits cost no time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from mailroom.call_retries import RetryPolicy
from mailroom.circuit_breaker import CircuitBreaker
from mailroom.config.api_settings import DriveSettings
from mailroom.drive import DriveClient, DriveConnection
from mailroom.rate_limit import CallMeter, TokenBucket
from tests.drive.fake_drive import TOKEN, FakeDrive, served


@dataclass
class Bench:
    """A client with everything around it that a test looks at; ``waits`` are its repeats' seconds."""

    client: DriveClient
    connection: DriveConnection
    bucket: TokenBucket
    meter: CallMeter
    waits: list[float]


def bench_on(settings: DriveSettings, *, repeats: int = 3, circuit: CircuitBreaker | None = None) -> Bench:
    """A client with these settings, whose waits move a clock of its own and cost no time."""
    meter = CallMeter()
    waits: list[float] = []
    ticking: list[float] = [0.0]

    def sleep(seconds: float) -> None:
        ticking[0] += seconds

    bucket = TokenBucket(settings.share, meter, clock=lambda: ticking[0], sleep=sleep)
    connection = DriveConnection(settings, circuit)
    delays = (2.0, 4.0, 8.0)[:repeats]
    client = DriveClient(settings, connection, bucket, RetryPolicy(delays, sleep=waits.append))
    return Bench(client, connection, bucket, meter, waits)


@pytest.fixture
def drive() -> Iterator[FakeDrive]:
    """A Drive with an inbox and an outcome folder; each request must be one that Google documents."""
    with served(FakeDrive()) as fake:
        fake.add_folder("inbox")
        fake.add_folder("matched")
        yield fake
    assert fake.violations == []


@pytest.fixture
def settings(drive: FakeDrive) -> DriveSettings:
    """Settings for the fake Drive, with small pages and chunks."""
    return DriveSettings(
        root_url=drive.root_url,
        access_token=SecretStr(TOKEN),
        page_size=3,
        chunk_bytes=1024,
        timeout_seconds=5,
    )


@pytest.fixture
def bench(settings: DriveSettings) -> Bench:
    """A client on the fake Drive."""
    return bench_on(settings)
