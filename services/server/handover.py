"""From the ledger to Prefect: each accepted signup becomes the flow run whose id it was answered with.

It may die anywhere and begin again: Prefect's unique key on flow and idempotency key makes two tries one run.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

from services.server.runs import Deployments, NotRegistered, Run, make

logger = logging.getLogger("campaigns.handover")

#: Signups handed over in one go, so that a long queue does not become a long transaction.
BATCH = 20

_WAITING = """
    SELECT id, flow, name, tags, parameters FROM signup WHERE handed_over_at IS NULL
    ORDER BY failures, created_at LIMIT $1 FOR UPDATE SKIP LOCKED"""
_DONE = "UPDATE signup SET handed_over_at = $2 WHERE id = $1"
_FAILED = "UPDATE signup SET failures = failures + 1 WHERE id = $1"


async def hand_over_all(ledger: asyncpg.Connection, now: datetime) -> None:
    """Hand over every waiting signup, in the order in which they came."""
    while await hand_over(ledger, now) == BATCH:
        pass


async def hand_over(ledger: asyncpg.Connection, now: datetime) -> int:
    """Hand over up to `BATCH` waiting signups; returns how many were."""
    async with ledger.transaction():
        waiting = await ledger.fetch(_WAITING, BATCH)
        deployments = Deployments()
        made = sum([await _hand_over_one(ledger, signup, deployments, now) for signup in waiting])
        if made:
            await ledger.execute("NOTIFY run")  # the worker hears it when this is committed
        return made


async def _hand_over_one(
    ledger: asyncpg.Connection, signup: Mapping[str, Any], deployments: Deployments, now: datetime
) -> bool:
    try:
        await make(_run(signup), deployments)
    except NotRegistered:
        logger.warning("signup %s waits: its flow is not registered yet", signup["id"])
        await ledger.execute(_FAILED, signup["id"])  # so that it stands behind those that can go
    except Exception as error:  # noqa: BLE001 (one bad signup must not hold up the others)
        # Not the traceback: SQLAlchemy's errors carry the parameters, which are a person's data.
        logger.error("signup %s could not be handed over: %s", signup["id"], type(error).__name__)  # noqa: TRY400
        await ledger.execute(_FAILED, signup["id"])
    else:
        await ledger.execute(_DONE, signup["id"], now)
        return True
    return False


def _run(signup: Mapping[str, Any]) -> Run:
    return Run(
        flow=signup["flow"],
        id=signup["id"],
        key=str(signup["id"]),
        name=signup["name"],
        tags=signup["tags"],
        parameters=json.loads(signup["parameters"]),
    )
