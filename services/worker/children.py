"""The worker's warm children: each takes one flow run at a time, and ends when it has died, served long or idled long."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from enum import Enum, auto
from uuid import UUID

from prefect.client.schemas.objects import FlowRun

from services.worker.nursery import Nursery

#: Seconds that a cancelled run has to end by itself.
GRACE = 15
#: Seconds without a run after which a child ends, unless it is the last: each holds 30 MB.
IDLE = 120


class Ending(Enum):
    """How a child's part in a run ended."""

    DONE = auto()
    DIED = auto()
    CANCELLED = auto()


class Child:
    """One process and the run that it has."""

    def __init__(self, nursery: Nursery) -> None:
        self._process = nursery.fork()
        self.run: FlowRun | None = None
        self.cancelled = False
        self.last = False
        self.idle_since = time.monotonic()

    @property
    def exit_code(self) -> int | None:
        return self._process.exit_code(patience=2)

    async def take(self, run: FlowRun) -> Ending:
        """Have it run; returns when it has ended, one way or the other."""
        self.run = run
        try:
            self._process.pipe.send(run)
            self.last = await asyncio.to_thread(self._process.pipe.recv)
        except (EOFError, OSError):
            self.last = True
            return Ending.CANCELLED if self.cancelled else Ending.DIED
        finally:
            self.run, self.idle_since = None, time.monotonic()
        return Ending.DONE

    async def cancel(self) -> None:
        """Ask it to cancel its run, and end it if it does not listen."""
        if self.cancelled or self.run is None:
            return
        self.cancelled, run = True, self.run
        self._process.signal(signal.SIGUSR1)
        await asyncio.sleep(GRACE)
        if self.run is run:
            self.kill()

    @property
    def dead(self) -> bool:
        """It ended without having been told to, as it does when it cannot reach the server at its start."""
        return self.run is None and not self.last and self._process.ended

    def close(self) -> None:
        """Let it end: it finds its pipe closed."""
        self._process.pipe.close()

    def kill(self) -> None:
        self._process.signal(signal.SIGKILL)


class Children:
    """As many as there are runs at the same time, up to `most`. One is made before it is needed, further ones when they
    are, which takes a tenth of a second.
    """

    def __init__(
        self, most: int, make: Callable[[], Child], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._make, self._clock = most, make, clock
        self._all = [make()]

    @property
    def room(self) -> int:
        """How many more runs can be taken."""
        return self._most - len([one for one in self._all if one.run or one.last])

    @property
    def busy(self) -> dict[UUID, FlowRun]:
        """The runs that are under way, by their ids."""
        return {one.run.id: one.run for one in self._all if one.run}

    def free(self) -> Child:
        """One that has no run; the longest that has worked lately, so that the others may end."""
        idle = [one for one in self._all if one.run is None and not one.last]
        return max(idle, key=lambda one: one.idle_since) if idle else self._added()

    def having(self, run: UUID) -> Child | None:
        """The child that has this run."""
        return next((one for one in self._all if one.run and one.run.id == run), None)

    def remove(self, ended: Child) -> None:
        """One that takes no more runs. If it was the only one, there is another."""
        ended.close()
        self._all.remove(ended)
        if not self._all:
            self._added()

    def tidy(self) -> None:
        """Remove those that have died without a run, and but one of those that have long had none."""
        for one in [one for one in self._all if one.dead]:
            self.remove(one)
        long_ago = self._clock() - IDLE
        for one in [one for one in self._all[1:] if one.run is None and one.idle_since < long_ago]:
            self.remove(one)

    def end(self) -> None:
        """Let the idle ones end and kill those that still run something."""
        for one in self._all:
            one.kill() if one.run else one.close()

    def _added(self) -> Child:
        self._all.append(self._make())
        return self._all[-1]
