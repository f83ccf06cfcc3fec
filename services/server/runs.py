"""Flow runs, made by Prefect's own model function inside its own process: genuine, with their events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from prefect.server import models, schemas
from prefect.server.database import provide_database_interface

from flows.domain.identity import deployment_id, flow_id


class NotRegistered(LookupError):
    """The flow's deployment is not known to Prefect yet; the service `register` makes it."""


async def make_run(
    flow: str,
    *,
    name: str,
    key: str,
    id: UUID | None = None,  # noqa: A002 (Prefect's word)
    at: datetime | None = None,
    parameters: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
) -> None:
    """A scheduled run of the flow's deployment; one for each key, however often it is called.

    Args:
        key: unique for the flow; a second call with it changes nothing.
        id: the run's id, if it must be known before; random otherwise.
        at: when it is to run; now by default.

    Raises:
        NotRegistered: there is no deployment that a worker would take it from.
    """
    db = provide_database_interface()
    async with db.session_context(begin_transaction=True) as session:
        deployment = await models.deployments.read_deployment(session, deployment_id(flow))
        if deployment is None or deployment.work_queue_id is None:
            raise NotRegistered(flow)
        run = schemas.core.FlowRun(
            id=id or uuid4(),
            flow_id=flow_id(flow),
            deployment_id=deployment.id,
            work_queue_id=deployment.work_queue_id,
            work_queue_name=deployment.work_queue_name,
            name=name,
            tags=list(tags),
            parameters=dict(parameters or {}),
            idempotency_key=key,
            state=schemas.states.Scheduled(scheduled_time=at),
        )
        await models.flow_runs.create_flow_run(session=session, flow_run=run)
