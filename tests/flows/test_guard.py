"""The server says so when the worker does nothing any more."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import asyncpg
import pytest

from services.server.guard import Guard
from tests import conftest
from tests.desk import NOW


def beat(ledger: conftest.Ledger, ago: timedelta) -> None:
    with ledger.connect("worker") as connection:
        connection.execute("INSERT INTO heartbeat (name, at) VALUES ('look-out', %s)", (NOW - ago,))


def complaints(ledger: conftest.Ledger, caplog: pytest.LogCaptureFixture, minutes: int) -> int:
    """How often a server complains that has looked each minute, as the last of which it is now."""

    async def watch() -> None:
        guard = Guard()
        connection = await asyncpg.connect(
            host=ledger.host, port=ledger.port, database=ledger.name, user="server"
        )
        try:
            for minute in range(minutes, -1, -1):
                await guard.look(connection, NOW - timedelta(minutes=minute))
        finally:
            await connection.close()

    with caplog.at_level(logging.ERROR, "campaigns.guard"):
        asyncio.run(watch())
    return sum(
        "the worker has finished no look-out since" in record.getMessage() for record in caplog.records
    )


@pytest.mark.parametrize(("minutes", "times"), [(49, 0), (50, 1), (105, 1), (110, 2)])
def test_a_worker_that_does_nothing_is_an_error_in_the_servers_log_once_an_hour(
    ledger: conftest.Ledger, caplog: pytest.LogCaptureFixture, minutes: int, times: int
) -> None:
    assert complaints(ledger, caplog, minutes) == times


def test_a_worker_that_has_looked_lately_is_well(
    ledger: conftest.Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    beat(ledger, timedelta(minutes=45))
    assert complaints(ledger, caplog, 60) == 0


def test_a_server_that_has_just_started_waits(
    ledger: conftest.Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    beat(ledger, timedelta(days=3))
    assert complaints(ledger, caplog, 10) == 0
