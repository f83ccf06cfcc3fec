"""Plans the runs that send what is due: one for each due minute, and a sweep for what slipped through.

The runs stand in Prefect's UI before they happen, and a stack in which nothing is due runs nothing but a look-out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg

from flows.domain.identity import LOOK_OUT, MIRROR, SEND_DUE
from services.server.runs import NotRegistered, Run, make, waits

#: How far ahead runs are planned. What is due later is planned when its day comes.
HORIZON = timedelta(days=2)
#: A letter that nobody took for so long after it was due has slipped through.
SLIPPED = timedelta(minutes=3)
#: A signup's own run shows its record within seconds; what is behind for longer needs a run of its own.
BEHIND = timedelta(seconds=30)
#: Minutes from one look-out to the next.
LOOK_EVERY = 15

_DUE = """
    SELECT DISTINCT date_trunc('minute', greatest(due_at, next_attempt_at, $1) + interval '59.999 seconds') AS minute
    FROM message WHERE state IN ('scheduled', 'sending') AND due_at < $2 AND greatest(due_at, next_attempt_at) >= $3"""
_SLIPPED = """
    SELECT EXISTS (SELECT FROM message m WHERE state IN ('scheduled', 'sending')
    AND due_at < $1 AND coalesce(next_attempt_at, due_at) < $1
    AND NOT EXISTS (SELECT FROM message earlier WHERE earlier.enrolment_id = m.enrolment_id
                    AND earlier.step < m.step AND earlier.state IN ('scheduled', 'sending')))
    OR EXISTS (SELECT FROM enrolment WHERE waits_for = 'plan' AND ended_at IS NULL AND confirmed_at < $1)"""
_BEHIND = "SELECT EXISTS (SELECT FROM enrolment WHERE mirror_due_at < $1)"


class Planner:
    """Remembers which minutes it has planned, so that Prefect is asked once for each."""

    def __init__(self) -> None:
        self._planned: set[datetime] = set()
        self._looked: datetime | None = None

    async def plan(self, ledger: asyncpg.Connection, now: datetime) -> None:
        """Plan a run for each due minute within the horizon, and what must be caught up with."""
        try:
            for row in await ledger.fetch(_DUE, now, now + HORIZON, now - SLIPPED):
                await self._plan_minute(row["minute"])
            if await ledger.fetchval(_SLIPPED, now - SLIPPED):
                await _run(SEND_DUE, "sweep", _begun(now, 15))
            if await ledger.fetchval(_BEHIND, now - BEHIND) and not await waits(MIRROR, now):
                await _run(MIRROR, "catch-up", now.replace(second=0, microsecond=0))
            await self._plan_look(_begun(now, LOOK_EVERY), now)
        except NotRegistered:
            return  # at the very first start; the next look finds it
        self._planned = {minute for minute in self._planned if minute > now}

    async def _plan_minute(self, minute: datetime) -> None:
        if minute not in self._planned:
            await _run(SEND_DUE, "due", minute)
            self._planned.add(minute)

    async def _plan_look(self, at: datetime, now: datetime) -> None:
        # After days without a worker one look is enough: it sees how things stand, and none how they stood.
        if at != self._looked and not await waits(LOOK_OUT, now):
            await _run(LOOK_OUT, "look", at)
            self._looked = at


async def _run(flow: str, why: str, at: datetime) -> None:
    moment = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    await make(Run(flow=flow, name=f"{why} {moment}", key=f"{why} {moment}", at=at, tags=[why]))


def _begun(now: datetime, minutes: int) -> datetime:
    """When the present stretch of so many minutes began."""
    return now.replace(minute=now.minute - now.minute % minutes, second=0, microsecond=0)
