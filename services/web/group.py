"""Calls that arrive while one is under way go together into the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Grouped(Generic[Item, Result]):
    """Makes many concurrent calls few: `act` gets a list and answers in its order.

    `spoils` is the error that one item can cause for all; after it each item is tried alone.
    """

    def __init__(
        self,
        act: Callable[[list[Item]], Awaitable[Sequence[Result]]],
        spoils: type[Exception],
        most: int = 100,
    ) -> None:
        self._act, self._spoils, self._most = act, spoils, most
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        """The item's own result, or the exception of the call that it was in."""
        outcome: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, outcome))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await outcome

    async def _run(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            # Whoever gave up meanwhile was told so: nothing may happen for them any more.
            if group := [pair for pair in taken if not pair[1].done()]:
                await self._settle(group)
        self._running = None

    async def _settle(self, group: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._act([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - each caller gets it
            if len(group) > 1 and isinstance(error, self._spoils):
                for pair in group:
                    await self._settle([pair])
                return
            _tell([outcome for _, outcome in group], error)
        else:
            for (_, outcome), result in zip(group, results, strict=True):
                if not outcome.done():
                    outcome.set_result(result)


def _tell(outcomes: list[asyncio.Future[Result]], error: Exception) -> None:
    for outcome in outcomes:
        if not outcome.done():
            outcome.set_exception(error)
