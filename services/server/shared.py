"""One reading for everybody who asks within a few seconds: reloading a page costs the ledger nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar, cast

T = TypeVar("T")

#: A reading serves so many times as long as it took: however large the ledger is, reading it is a tenth of the time.
SPARING = 9


class Shared(Generic[T]):
    """The last reading, read anew when it is too old. Whoever asks meanwhile waits for the same one.

    A failure is shared in the same way, so that nobody's reload knocks at a ledger that is away.

    Args:
        read: reads as of a moment.
        keep: how long a reading serves at least.
        shared: the failures that are kept and raised again; others are raised once.
    """

    def __init__(
        self,
        read: Callable[[datetime], Awaitable[T]],
        clock: Callable[[], datetime],
        keep: timedelta,
        shared: type[Exception],
    ) -> None:
        self._read, self._clock, self._keep, self._shared = read, clock, keep, shared
        self._lock = asyncio.Lock()
        self._outcome: T | Exception | None = None
        self._until: datetime | None = None

    async def get(self) -> T:
        """Raises what reading raised."""
        async with self._lock:
            if self._until is None or self._clock() >= self._until:
                begun = self._clock()
                self._outcome = await self._try(begun)
                ended = self._clock()
                self._until = ended + max(self._keep, SPARING * (ended - begun))
            outcome = self._outcome
        if isinstance(outcome, Exception):
            raise outcome
        return cast("T", outcome)

    async def _try(self, now: datetime) -> T | Exception:
        try:
            return await self._read(now)
        except self._shared as error:
            return error
