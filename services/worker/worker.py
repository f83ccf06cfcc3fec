"""Prefect's process worker with warm children: the same pool, life cycle, polling and states, without the start of
two Python processes for each run.

It is woken by the ledger's notice of a new run, and polls besides as the stock worker does.
"""

from __future__ import annotations

import asyncio
import time
import warnings
from collections import Counter
from collections.abc import Coroutine
from functools import partial
from typing import Any
from uuid import UUID

from httpx import AsyncClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.workers.process import ProcessWorker

from services.worker.children import Child, Children, Ending
from services.worker.nursery import Nursery
from services.worker.orphans import hand_back, orphans
from services.worker.pool import POOL, QUEUES, SIGNUPS

#: Runs at the same time. Our own flows run alone, each in its queue, so one child is always there for signups.
LIMIT = len(QUEUES) + 1
#: Our server's route, below Prefect's API.
CLAIM = "/claim"
#: Seconds between two looks for runs that nobody has, when there is no reason to look.
LOOK = 300
#: Processes that a run may lose before it is left to a person: it may be what ends them.
LIVES = 3
#: Seconds that running flows have to end after SIGTERM, less than Compose's stop_grace_period.
DRAIN = 45


# That it takes the place of the stock worker of its type is what we want.
warnings.filterwarnings("ignore", message="Type 'CampaignWorker'")


class CampaignWorker(ProcessWorker):
    """A worker of type `process` whose runs happen in warm children."""

    type = "process"

    def __init__(self, nursery: Nursery) -> None:
        super().__init__(
            work_pool_name=POOL, name="worker", create_pool_if_not_found=False, prefetch_seconds=0
        )
        self.woken = asyncio.Event()
        self._children = Children(LIMIT, partial(Child, nursery))
        self._runs: set[asyncio.Task[None]] = set()
        self._deaths: Counter[UUID] = Counter()
        self._left: set[UUID] = set()
        self._unsure = True  # whether what is under way has a child
        self._more = False  # whether there may be due runs that there was no room for
        self._looked = 0.0
        self._taking = asyncio.Lock()
        self._draining = False

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Poll as the stock worker does, which Prefect's UI shows, and take what is due."""
        async with self._taking:
            self._children.tidy()
            await self._recover()
        return await super().get_and_submit_flow_runs()

    async def _submit_scheduled_flow_runs(
        self, flow_run_response: list[WorkerFlowRunResponse]
    ) -> list[FlowRun]:
        return await self.take() if flow_run_response else []

    async def take(self) -> list[FlowRun]:
        """Claim as many due runs as there is room for, and begin them."""
        async with self._taking:
            self._children.tidy()
            room = self._children.room
            if not room or self._unsure or self._draining:
                self._more = True
                return []
            runs = await self._claim(room)
            self._more = len(runs) == room
            for run in runs:
                child = self._children.free()
                child.run = run
                self._begin(self._run_in(child, run))
            return runs

    async def _claim(self, limit: int) -> list[FlowRun]:
        self._unsure = True  # until the answer is here: what was claimed in one that is lost has nobody
        http = self.client._client  # noqa: SLF001
        request = http.build_request("POST", CLAIM, json={"pool": POOL, "limit": limit}, timeout=10)
        # Not Prefect's own way, which sends again by itself: the second answer would hide what the first one had.
        answer = (await AsyncClient.send(http, request)).raise_for_status()
        self._unsure = False
        return [WorkerFlowRunResponse.model_validate(entry).flow_run for entry in answer.json()]

    async def _recover(self) -> None:
        """Hand back what nobody has, at the start, after a lost answer and now and then, and what lost its process."""
        due = self._unsure or time.monotonic() - self._looked > LOOK
        if due and self._has_successfully_synced:
            await self._hand_back(set(await orphans(self.client)))
            self._unsure, self._looked = False, time.monotonic()
        elif left := set(self._left):
            await self._hand_back(left & set(await orphans(self.client)))
            self._left -= left

    async def _hand_back(self, runs: set[UUID]) -> None:
        await hand_back(self.client, runs - self._children.busy.keys())

    async def drain(self) -> None:
        """Take nothing new and let what runs end; hand back what does not end in time."""
        async with self._taking:
            self._draining = True
        if self._runs:
            await asyncio.wait(self._runs, timeout=DRAIN)
        unfinished = list(self._children.busy)
        self._children.end()
        await hand_back(self.client, unfinished)

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
            self._children.remove(child)
        if ending is Ending.CANCELLED:
            message = "It did not listen to the cancellation and was ended."
            await self._mark_flow_run_as_cancelled(run, {"message": message})
        elif not self._draining:
            await self._after(run, child, ending)
        if self._more or run.work_queue_name != SIGNUPS.name:  # theirs has room for one again
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

    def _observe(self, run: UUID, *, over: bool = False) -> None:
        """Let Prefect's observer look for a cancellation of this run, or stop looking."""
        if (observer := self._cancelling_observer) is None:
            return
        observer.remove_in_flight_flow_run_id(run) if over else observer.add_in_flight_flow_run_id(run)

    async def _cancel_run(self, flow_run_id: UUID) -> None:
        if child := self._children.having(flow_run_id):
            await child.cancel()
