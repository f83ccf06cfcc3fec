"""Every night the ledger forgets what nobody needs any more."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import asyncpg

#: Rows of each kind that one transaction clears.
BATCH = 500

_CLEAR = "SELECT clear_ended($1, $2, $3) + forget_unconfirmed($2, $3) + clear_consents($2, $3)"


class Housekeeping:
    """Remembers the day on which it has cleared. After a restart it clears once more, which finds nothing.

    Args:
        keep: how long after the end of a sequence a person's answers and the words of their mails stay.
    """

    def __init__(self, keep: timedelta) -> None:
        self._keep = keep
        self._done: date | None = None

    async def clear(self, ledger: asyncpg.Connection, now: datetime) -> None:
        """Clear a batch, unless nothing was left of today's (UTC): no signup waits for a long night."""
        if self._done == now.date():
            return
        if not await ledger.fetchval(_CLEAR, now - self._keep, now, BATCH):
            self._done = now.date()
