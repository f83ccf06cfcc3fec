"""Flow runs, made by Prefect's own model function inside its own process: genuine, with their events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from prefect.server import models, schemas
from prefect.server.database import provide_database_interface
from prefect.server.schemas.states import StateType

from flows.domain.identity import deployment_id, flow_id


class NotRegistered(LookupError):
    """The flow's deployment is not known to Prefect yet; the service `register` makes it."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run that is wanted. `key` is unique for the flow; without `at` it is wanted now."""

    flow: str
    name: str
    key: str
    id: UUID = field(default_factory=uuid4)
    at: datetime | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()


async def make(run: Run) -> None:
    """A scheduled run of the flow's deployment; one for each key, however often it is called.

    Raises:
        NotRegistered: there is no deployment that a worker would take it from.
    """
    db = provide_database_interface()
    async with db.session_context(begin_transaction=True) as session:
        deployment = await models.deployments.read_deployment(session, deployment_id(run.flow))
        if deployment is None or deployment.work_queue_id is None:
            raise NotRegistered(run.flow)
        made = schemas.core.FlowRun(
            id=run.id,
            flow_id=flow_id(run.flow),
            deployment_id=deployment.id,
            work_queue_id=deployment.work_queue_id,
            work_queue_name=deployment.work_queue_name,
            name=run.name,
            tags=list(run.tags),
            parameters=dict(run.parameters),
            idempotency_key=run.key,
            state=schemas.states.Scheduled(scheduled_time=run.at),  # type: ignore[arg-type]  # any datetime
        )
        await models.flow_runs.create_flow_run(session=session, flow_run=made)


async def waits(flow: str, now: datetime) -> bool:
    """Whether a run of the flow's deployment should have begun by now and no worker has taken it."""
    db = provide_database_interface()
    run = db.FlowRun
    late = (
        run.deployment_id == deployment_id(flow),
        run.state_type == StateType.SCHEDULED,
        run.next_scheduled_start_time <= now,
    )
    async with db.session_context() as session:
        return bool(await session.scalar(sa.select(sa.exists().where(*late))))
