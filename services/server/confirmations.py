"""Confirmations in the ledger: who has given one gets the first mail at once, who gave none in time gets nothing."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from flows.domain.identity import SEND_DUE
from services.server.runs import NotRegistered, Run, make

_NEWEST = "SELECT max(confirmed_at) FROM enrolment WHERE waits_for = 'plan' AND ended_at IS NULL"
_END = "SELECT end_unconfirmed($1)"


class Confirmations:
    """Remembers for which confirmation it has made a run, so that Prefect is asked once for each.

    A run that fails leaves its people to the next one that sends what is due, whatever that was planned for.
    """

    def __init__(self) -> None:
        self._newest: datetime | None = None

    async def attend(self, ledger: asyncpg.Connection, now: datetime) -> None:
        """Make a run at once if somebody has confirmed since the last look, and end what waited too long."""
        await ledger.execute(_END, now)
        newest = await ledger.fetchval(_NEWEST)
        if newest and newest != self._newest:
            await self._begin(ledger, newest, now)

    async def _begin(self, ledger: asyncpg.Connection, newest: datetime, now: datetime) -> None:
        name, key = f"confirmed {now:%Y-%m-%d %H:%M} UTC", f"confirmed {newest.isoformat()}"
        try:
            await make(Run(flow=SEND_DUE, name=name, key=key, at=now, tags=["confirmed"]))
        except NotRegistered:
            return  # at the very first start; the next look finds it
        self._newest = newest
        await ledger.execute("NOTIFY run")  # the worker need not wait for its own look
