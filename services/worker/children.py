"""The worker's warm children: each takes one flow run at a time, and is replaced when it has died or served long."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from dataclasses import dataclass
from enum import Enum, auto
from multiprocessing.connection import Connection
from uuid import UUID

from prefect.client.schemas.objects import FlowRun

#: Runs after which a child is replaced: whatever leaks, leaks no further.
RUNS = 500
#: Seconds that a cancelled run has to end by itself.
GRACE = 15

_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(["services.worker.preload"])


# Imported where they are forked, so that the worker itself does without the flows and all that they need.
def _main(pipe: Connection, runs: int) -> None:
    from services.worker import child  # noqa: PLC0415

    child.main(pipe, runs)


def _check() -> None:
    from services.worker import child  # noqa: PLC0415

    child.check()


def sound() -> bool:
    """Whether a child can run the flows. What is wrong is printed."""
    trial = _forkserver.Process(target=_check)
    trial.start()
    trial.join()
    return trial.exitcode == 0


class Ending(Enum):
    """How a child's part in a run ended."""

    DONE = auto()
    DIED = auto()
    CANCELLED = auto()


@dataclass(eq=False)
class Child:
    """One process, its pipe, and the run that it has."""

    runs: int = RUNS

    def __post_init__(self) -> None:
        self._pipe, other = _forkserver.Pipe()
        self._process = _forkserver.Process(target=_main, args=(other, self.runs), daemon=True)
        self._process.start()
        other.close()
        self.run: FlowRun | None = None
        self.cancelled = False
        self.last = False

    @property
    def exit_code(self) -> int | None:
        self._process.join(2)
        return self._process.exitcode

    async def take(self, run: FlowRun) -> Ending:
        """Have it run; returns when it has ended, one way or the other."""
        self.run = run
        try:
            self._pipe.send(run)
            self.last = await asyncio.to_thread(self._pipe.recv)
        except (EOFError, OSError):
            self.last = True
            return Ending.CANCELLED if self.cancelled else Ending.DIED
        finally:
            self.run = None
        return Ending.DONE

    async def cancel(self) -> None:
        """Ask it to cancel its run, and end it if it does not listen."""
        if self.cancelled or self.run is None:
            return
        self.cancelled, run = True, self.run
        self._signal(signal.SIGUSR1)
        await asyncio.sleep(GRACE)
        if self.run is run:
            self._signal(signal.SIGKILL)

    @property
    def dead(self) -> bool:
        """It ended without having been told to, as it does when it cannot reach the server at its start."""
        return self.run is None and not self.last and not self._process.is_alive()

    def close(self) -> None:
        """Let it end: it finds its pipe closed."""
        self._pipe.close()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.pid and self._process.is_alive():
            os.kill(self._process.pid, number)


class Children:
    """A fixed number of children, made before they are needed."""

    def __init__(self, count: int) -> None:
        self._all = [Child() for _ in range(count)]

    @property
    def idle(self) -> list[Child]:
        return [one for one in self._all if one.run is None and not one.last]

    @property
    def busy(self) -> dict[UUID, FlowRun]:
        """The runs that are under way, by their ids."""
        return {one.run.id: one.run for one in self._all if one.run}

    def having(self, run: UUID) -> Child | None:
        """The child that has this run."""
        return next((one for one in self._all if one.run and one.run.id == run), None)

    def replace(self, ended: Child) -> None:
        """Another in the place of one that takes no more runs."""
        ended.close()
        self._all[self._all.index(ended)] = Child()

    def revive(self) -> None:
        """Replace those that have died without a run."""
        for one in [one for one in self._all if one.dead]:
            self.replace(one)

    def end(self) -> None:
        """Let the idle ones end and kill those that still run something."""
        for one in self._all:
            one.kill() if one.run else one.close()
