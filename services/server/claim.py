"""Due runs for the worker, looked for and claimed in one request.

Stock Prefect takes one request for the look and two more for each run, to make it pending and then running, which is
a third of what a run costs its server. All of it is done here by the functions that Prefect's own routes call, so
pauses, priorities and the limits of pool, queue and deployment hold. A claimed run is running: the worker asks for no
more than it has idle children for. The login stands before this route as before all others.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from prefect.server import models
from prefect.server.database import provide_database_interface
from prefect.server.orchestration.core_policy import CoreFlowPolicy
from prefect.server.schemas.responses import SetStateStatus, WorkerFlowRunResponse
from prefect.server.schemas.states import Pending, Running, State
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

logger = logging.getLogger("campaigns.claim")

_CLAIMED = TypeAdapter(list[WorkerFlowRunResponse])


class Wanted(BaseModel):
    """The body: from which pool, and how many runs at most."""

    model_config = ConfigDict(extra="forbid")

    pool: str
    limit: int = Field(ge=1, le=50)


async def claim(request: Request) -> Response:
    """The claimed runs, running, otherwise as Prefect's own poll gives them."""
    try:
        wanted = Wanted.model_validate_json(await request.body())
    except ValidationError as error:
        return JSONResponse({"detail": error.errors(include_input=False, include_url=False)}, 422)
    claimed = [run for run in await _due(wanted) if await _begun(run)]
    return Response(_CLAIMED.dump_json(claimed), media_type="application/json")


async def _due(wanted: Wanted) -> list[WorkerFlowRunResponse]:
    async with provide_database_interface().session_context(begin_transaction=True) as session:
        pool = await models.workers.read_work_pool_by_name(session, wanted.pool)
        if pool is None:
            return []
        found = await models.workers.get_scheduled_flow_runs(
            session=session, work_pool_ids=[pool.id], scheduled_before=datetime.now(UTC), limit=wanted.limit
        )
        return list(found)


async def _begun(run: WorkerFlowRunResponse) -> bool:
    """Whether the run is the caller's. Each in a transaction of its own: one that fails holds up no other."""
    try:
        async with provide_database_interface().session_context(begin_transaction=True) as session:
            begun = await _set(session, run, Pending()) and await _set(session, run, Running())
            run.flow_run.run_count += begun  # as Prefect has counted it
            return begun
    except Exception as error:  # noqa: BLE001 (not its traceback: SQLAlchemy's errors carry parameters)
        logger.error("run %s could not be claimed: %s", run.flow_run.id, type(error).__name__)  # noqa: TRY400
        return False


async def _set(session: AsyncSession, run: WorkerFlowRunResponse, state: State) -> bool:
    result = await models.flow_runs.set_flow_run_state(
        session, run.flow_run.id, state, flow_policy=CoreFlowPolicy
    )
    run.flow_run.state = result.state
    return result.status is SetStateStatus.ACCEPT


#: Before Prefect's own routes, of which none has this path.
ROUTE = Route("/api/claim", claim, methods=["POST"])
