"""What a warm child leaves out of Prefect's engine, each because of its cost in every single run.

All of it is private to Prefect 3.8.8; `tests/flows/test_prefect_internals.py` fails, saying what changed, when
another version reads differently. `WORKER=stock` does without.

| left out | instead | why |
|---|---|---|
| `client.read_flow_run` of the run that begins | the run that the poll has just brought | one request |
| `client.set_flow_run_state` to Running of a run that begins | the state that the claim has given it | one request |
| `client.update_flow_run` of retries and version | nothing: our flows have no retries | one request |
| `task_engine.emit_task_run_state_change_event` of Pending and Running | the event of how the task ended, and of each retry, with all its times | four of a run's ten events, each of which the server keeps, matches and records |
| `flow_engine.observe_flow_run_suspension` | nothing: our flows are never suspended | a thread and a websocket |
| `flow_engine._send_heartbeats` | nothing: the worker knows its children | up to a second at the end of each run |
| `results._read_server_default_result_storage_block_id` | none: our results are not kept | two requests |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any
from uuid import UUID

import prefect.flow_engine
import prefect.results
import prefect.task_engine
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State, TaskRun
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateAcceptDetails
from prefect.events import Event
from prefect.utilities.engine import emit_task_run_state_change_event

#: What a task says before it has done anything; a retry says something else.
_BEGINNINGS = ("Pending", "Running")


@contextmanager
def lean(client: SyncPrefectClient, flow_run: FlowRun) -> Iterator[None]:
    """Run Prefect's engine without the table above, for this one flow run."""
    reads, updates, sets = client.read_flow_run, client.update_flow_run, client.set_flow_run_state
    claimed = flow_run.state

    def read(flow_run_id: UUID) -> FlowRun:
        return flow_run if flow_run_id == flow_run.id else reads(flow_run_id)

    def update(flow_run_id: UUID, **values: Any) -> Any:
        if values.keys() <= {"flow_version", "empirical_policy"} and flow_run_id == flow_run.id:
            return None
        return updates(flow_run_id, **values)

    def set_state(flow_run_id: UUID, state: State[Any], force: bool = False) -> OrchestrationResult[Any]:  # noqa: FBT001, FBT002 (the client's own signature)
        if state.is_running() and claimed and claimed.is_running() and flow_run_id == flow_run.id:
            return OrchestrationResult(
                state=claimed, status=SetStateStatus.ACCEPT, details=StateAcceptDetails()
            )
        return sets(flow_run_id, state, force)

    with ExitStack() as stack:
        stack.enter_context(_replaced(client, "set_flow_run_state", set_state))
        stack.enter_context(_replaced(client, "read_flow_run", read))
        stack.enter_context(_replaced(client, "update_flow_run", update))
        stack.enter_context(_replaced(prefect.task_engine, "emit_task_run_state_change_event", _emit_ending))
        stack.enter_context(_replaced(prefect.flow_engine, "observe_flow_run_suspension", _nothing))
        stack.enter_context(_replaced(prefect.flow_engine, "_send_heartbeats", _nothing))
        stack.enter_context(
            _replaced(prefect.results, "_read_server_default_result_storage_block_id", lambda: None)
        )
        yield


def _emit_ending(
    task_run: TaskRun,
    initial_state: State[Any] | None,
    validated_state: State[Any],
    follows: Event | None = None,
) -> Event | None:
    if validated_state.name in _BEGINNINGS:
        return follows
    return emit_task_run_state_change_event(task_run, initial_state, validated_state, follows)


def _nothing(*_: Any, **__: Any) -> AbstractContextManager[None]:
    return nullcontext()


@contextmanager
def _replaced(owner: object, name: str, value: Callable[..., Any]) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)
