"""One reading serves everybody for a few seconds, and so does a failure."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from services.server.shared import Shared
from tests.desk import Clock

KEEP = timedelta(seconds=10)


class Ledger:
    """Counts how often it is read."""

    def __init__(self) -> None:
        self.reads, self.away = 0, False

    async def read(self, now: datetime) -> datetime:
        self.reads += 1
        await asyncio.sleep(0)  # whoever else asks, asks now
        if self.away:
            raise LookupError("away")
        return now


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shared(ledger: Ledger, clock: Clock) -> Shared[datetime]:
    return Shared(ledger.read, clock, KEEP, LookupError)


def test_a_reading_serves_for_its_time_and_is_then_read_anew(
    shared: Shared[datetime], ledger: Ledger, clock: Clock
) -> None:
    first = asyncio.run(shared.get())
    clock.forward(seconds=9.9)
    assert (asyncio.run(shared.get()), ledger.reads) == (first, 1)
    clock.forward(seconds=0.1)
    assert (asyncio.run(shared.get()), ledger.reads) == (clock(), 2)


def test_a_hundred_who_ask_at_once_cost_one_reading(shared: Shared[datetime], ledger: Ledger) -> None:
    async def crowd() -> list[datetime]:
        return await asyncio.gather(*(shared.get() for _ in range(100)))

    assert len(set(asyncio.run(crowd()))) == ledger.reads == 1


def test_a_ledger_that_is_away_is_not_asked_by_every_reload_and_is_found_again(
    shared: Shared[datetime], ledger: Ledger, clock: Clock
) -> None:
    ledger.away = True
    for _ in range(3):
        with pytest.raises(LookupError):
            asyncio.run(shared.get())
    assert ledger.reads == 1
    ledger.away = False
    clock.forward(seconds=10)
    assert asyncio.run(shared.get()) == clock()


def test_what_took_long_to_read_serves_for_longer(clock: Clock) -> None:
    reads = []

    async def slowly(now: datetime) -> datetime:
        reads.append(now)
        clock.forward(seconds=3)
        return now

    shared = Shared(slowly, clock, KEEP, LookupError)
    asyncio.run(shared.get())
    clock.forward(seconds=26)
    asyncio.run(shared.get())
    assert len(reads) == 1
    clock.forward(seconds=1)
    asyncio.run(shared.get())
    assert len(reads) == 2
