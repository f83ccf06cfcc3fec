"""Watches the ledger from inside Prefect's process: hands signups over, retries lost ones, plans, clears what is old.

It is told of each new signup and confirmation, and also looks by itself, in case a notice was lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg

from services.server.confirmations import Confirmations
from services.server.guard import Guard
from services.server.handover import hand_over_all
from services.server.housekeeping import Housekeeping
from services.server.planner import Planner
from services.server.retry import retry_failed

logger = logging.getLogger("campaigns.watch")

#: Seconds between two looks when nobody announces a signup.
LOOK = 5

Connect = Callable[[], Awaitable[asyncpg.Connection]]


async def watch(connect: Connect, keep: timedelta) -> None:
    """Watch for ever; a ledger that goes away is waited for.

    Args:
        connect: makes a connection to the ledger; called again whenever one breaks.
        keep: how long after its end a sequence's answers and bodies stay.
    """
    planner, confirmations, housekeeping, guard = Planner(), Confirmations(), Housekeeping(keep), Guard()
    while True:
        try:
            await _watch(await connect(), planner, confirmations, housekeeping, guard)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            logger.warning("the ledger is away (%s); signups wait in it", type(error).__name__)
        except Exception as error:  # noqa: BLE001 (Prefect's database away comes in many shapes)
            logger.error("looking at the ledger failed: %s", type(error).__name__)  # noqa: TRY400
        await asyncio.sleep(1)


async def _watch(
    ledger: asyncpg.Connection,
    planner: Planner,
    confirmations: Confirmations,
    housekeeping: Housekeeping,
    guard: Guard,
) -> None:
    announced = asyncio.Event()
    try:
        await ledger.add_listener("signup", lambda *_: announced.set())
        while True:
            announced.clear()
            now = datetime.now(UTC)
            await hand_over_all(ledger, now)
            await confirmations.attend(ledger, now)
            if not announced.is_set():
                await retry_failed(ledger, now)
                await planner.plan(ledger, now)
                await housekeeping.clear(ledger, now)
                await guard.look(ledger, now)
                await _wait(announced)
    finally:
        await ledger.close(timeout=2)


async def _wait(announced: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(announced.wait(), LOOK)
    except TimeoutError:
        return
