"""Notices that the worker does nothing any more: what runs in the worker cannot tell that."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import asyncpg

from flows.domain.identity import LOOK_OUT

logger = logging.getLogger("campaigns.guard")

#: The look-out is planned every quarter of an hour: after so long three of them have not happened.
SILENT = timedelta(minutes=50)
#: Between two complaints, and between two looks.
AGAIN, LOOK = timedelta(hours=1), timedelta(minutes=1)

_BEAT = "SELECT at FROM heartbeat WHERE name = $1"


class Guard:
    """Remembers since when it watches, and when it last complained."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._looked: datetime | None = None
        self._complained: datetime | None = None

    async def look(self, ledger: asyncpg.Connection, now: datetime) -> None:
        """Log an ERROR if no look-out has happened for too long."""
        self._since = self._since or now
        if self._looked and now - self._looked < LOOK:
            return
        self._looked = now
        beat = await ledger.fetchval(_BEAT, LOOK_OUT)
        last = max(beat, self._since) if beat else self._since
        if now - last >= SILENT and (self._complained is None or now - self._complained >= AGAIN):
            self._complained = now
            logger.error(
                "the worker has finished no look-out since %s: mail may not leave, and nobody is told. See make logs, service worker",
                f"{last:%Y-%m-%d %H:%M UTC}",
            )
