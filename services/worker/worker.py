"""Prefect's process worker with warm children: the same pool, life cycle, polling and states, without the start of
two Python processes for each run.

It is woken by the ledger's notice of a new run, and polls besides as the stock worker does.
"""

from __future__ import annotations

import asyncio
import warnings
from collections import Counter
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.workers.process import ProcessWorker

from flows.domain.identity import MIRROR, SEND_DUE, flow_id
from services.worker.children import Child, Children, Ending
from services.worker.orphans import hand_back, orphans
from services.worker.pool import POOL

#: Runs at the same time. Our own two flows take one each at most, so that a signup never waits for them.
LIMIT = 3
ONE_AT_A_TIME = {flow_id(SEND_DUE), flow_id(MIRROR)}
#: Processes that a run may lose before it is left to a person: it may be what ends them.
LIVES = 3
#: Seconds that running flows have to end after SIGTERM, less than Compose's stop_grace_period.
DRAIN = 45


# That it takes the place of the stock worker of its type is what we want.
warnings.filterwarnings("ignore", message="Type 'CampaignWorker'")


class CampaignWorker(ProcessWorker):
    """A worker of type `process` whose runs happen in warm children."""

    type = "process"

    def __init__(self) -> None:
        super().__init__(
            work_pool_name=POOL, name="worker", create_pool_if_not_found=False, prefetch_seconds=0
        )
        self.woken = asyncio.Event()
        self._children = Children(LIMIT)
        self._runs: set[asyncio.Task[None]] = set()
        self._deaths: Counter[UUID] = Counter()
        self._left: set[UUID] = set()
        self._begun = False
        self._draining = False

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Ask for runs that are due, if there is a child that could take one."""
        if not self._begun and self._has_successfully_synced:
            await hand_back(self.client, await orphans(self.client))
            self._begun = True
        await self._hand_back_left()
        if self._draining or (self._begun and not self._children.idle):
            return []
        return await super().get_and_submit_flow_runs()

    async def drain(self) -> None:
        """Take nothing new and let what runs end; hand back what does not end in time."""
        self._draining = True
        if self._runs:
            await asyncio.wait(self._runs, timeout=DRAIN)
        unfinished = list(self._children.busy)
        self._children.end()
        await hand_back(self.client, unfinished)

    async def _submit_scheduled_flow_runs(
        self, flow_run_response: list[WorkerFlowRunResponse]
    ) -> list[FlowRun]:
        """Give each free child a run; what is left over is found again by the next poll."""
        given = []
        self._children.revive()
        for run in (entry.flow_run for entry in flow_run_response):
            idle = self._children.idle
            if idle and self._may_begin(run):
                idle[0].run = run
                self._begin(self._run_in(idle[0], run))
                given.append(run)
        return given

    def _may_begin(self, run: FlowRun) -> bool:
        busy = self._children.busy
        alone = run.flow_id in ONE_AT_A_TIME and run.flow_id in {other.flow_id for other in busy.values()}
        return run.id not in busy and not alone

    def _begin(self, run: Coroutine[Any, Any, None]) -> None:
        # Not the task group's start_soon: a crash that ends it would end the worker.
        task = asyncio.get_running_loop().create_task(run)
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)

    async def _run_in(self, child: Child, run: FlowRun) -> None:
        self._observe(run.id)
        ending = await child.take(run)
        self._observe(run.id, over=True)
        if child.last:
            self._children.replace(child)
        if ending is Ending.CANCELLED:
            message = "It did not listen to the cancellation and was ended."
            await self._mark_flow_run_as_cancelled(run, {"message": message})
        elif not self._draining:
            await self._after(run, child, ending)
        self.woken.set()

    async def _after(self, run: FlowRun, child: Child, ending: Ending) -> None:
        """A run whose process has died, or ended with it, is not over: what is done stays done, and it runs again."""
        if ending is Ending.DIED:
            self._deaths[run.id] += 1
        else:
            self._deaths.pop(run.id, None)
        if self._deaths[run.id] >= LIVES:
            message = f"It has lost {LIVES} processes; the last one ended with code {child.exit_code}."
            await self._propose_crashed_state(run, f"{message} Retry it: it mails nobody twice.")
        elif child.last:
            self._left.add(run.id)

    async def _hand_back_left(self) -> None:
        """Schedule again what has no process any more, unless it had come to its end. What fails is tried again."""
        if left := set(self._left):
            under_way = set(await orphans(self.client))
            await hand_back(self.client, left & under_way - self._children.busy.keys())
            self._left -= left

    def _observe(self, run: UUID, *, over: bool = False) -> None:
        """Let Prefect's observer look for a cancellation of this run, or stop looking."""
        if (observer := self._cancelling_observer) is None:
            return
        observer.remove_in_flight_flow_run_id(run) if over else observer.add_in_flight_flow_run_id(run)

    async def _cancel_run(self, flow_run_id: UUID) -> None:
        if child := self._children.having(flow_run_id):
            await child.cancel()
