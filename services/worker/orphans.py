"""Runs whose worker is gone: handed back, so that they run again.

Stock Prefect leaves them RUNNING or PENDING for ever. Running them again is safe, because the ledger knows
what is done: it mails nobody twice. There is one worker, so at its start every such run is an orphan.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import State, StateType
from prefect.states import AwaitingRetry

from services.worker.pool import POOL

_UNDER_WAY = [StateType.RUNNING, StateType.PENDING]


async def orphans(client: PrefectClient) -> list[UUID]:
    """The runs of our pool that are under way according to Prefect."""
    runs = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNDER_WAY))),
        work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL])),
        limit=200,
    )
    return [run.id for run in runs]


async def hand_back(client: PrefectClient, runs: Iterable[UUID]) -> None:
    """Schedule these runs again, now."""
    for run in runs:
        await client.set_flow_run_state(run, _again(), force=True)


def _again() -> State[None]:
    return AwaitingRetry(message="The worker that ran it is gone. It runs again; what is done stays done.")
