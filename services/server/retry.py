"""Signups whose run failed before the person was in the ledger run again: nobody has to notice.

That happens when the ledger is away for longer than a step repeats itself, while Prefect still answers.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from prefect.server import models, schemas
from prefect.server.database import provide_database_interface
from prefect.server.schemas.states import StateType

logger = logging.getLogger("campaigns.retry")

#: The pause before the first retry; each further one is twice as long, so the last is a day and a half later.
PAUSE = timedelta(minutes=10)
RETRIES = 8
#: What has not failed by then, somebody has cancelled or done by hand.
LONGEST = timedelta(days=4)

_LOST = """
    SELECT id FROM signup WHERE entered_at IS NULL AND retries < $3 AND handed_over_at > $1::timestamptz - $4::interval
    AND handed_over_at < $1::timestamptz - $2::interval * power(2, retries) ORDER BY handed_over_at LIMIT 50"""
_RETRIED = "UPDATE signup SET retries = retries + 1 WHERE id = $1"


async def retry_failed(ledger: asyncpg.Connection, now: datetime) -> int:
    """Schedule the run of each such signup again. Returns how many."""
    lost = [row["id"] for row in await ledger.fetch(_LOST, now, PAUSE, RETRIES, LONGEST)]
    again = [signup for signup in lost if await _run_again(signup)]
    for signup in again:
        logger.warning("the run of signup %s had failed before it entered the ledger; it runs again", signup)
        await ledger.execute(_RETRIED, signup)
    if again:
        await ledger.execute("NOTIFY run")
    return len(again)


async def _run_again(run: UUID) -> bool:
    """False for a run that has not failed: it may be under way, or somebody has cancelled it."""
    try:
        return await _schedule_again(run)
    except Exception as error:  # noqa: BLE001 (not its traceback: SQLAlchemy's errors carry parameters)
        logger.error("the run of signup %s could not be retried: %s", run, type(error).__name__)  # noqa: TRY400
        return False


async def _schedule_again(run: UUID) -> bool:
    async with provide_database_interface().session_context(begin_transaction=True) as session:
        known = await models.flow_runs.read_flow_run(session, run)
        if known is None or known.state_type not in (StateType.FAILED, StateType.CRASHED):
            return False
        message = "It had failed before the person was in the ledger. It runs again; what is done stays done."
        again: schemas.states.State = schemas.states.AwaitingRetry(message=message)
        await models.flow_runs.set_flow_run_state(session, run, again, force=True)
        return True
