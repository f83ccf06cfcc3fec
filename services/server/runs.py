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
from prefect.server.database.orm_models import Deployment as ORMDeployment
from prefect.server.schemas.states import StateType
from sqlalchemy.ext.asyncio import AsyncSession

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


class Deployments:
    """The flows' deployments, each read once: for as long as several runs are made in one go."""

    def __init__(self) -> None:
        self._known: dict[str, ORMDeployment] = {}

    async def of(self, flow: str, session: AsyncSession) -> ORMDeployment:
        """Raises `NotRegistered`: there is none that a worker would take a run from."""
        if flow not in self._known:
            found = await models.deployments.read_deployment(session, deployment_id(flow))
            if found is None or found.work_queue_id is None:
                raise NotRegistered(flow)
            self._known[flow] = found
        return self._known[flow]


async def make(run: Run, deployments: Deployments | None = None) -> None:
    """A scheduled run of the flow's deployment; one for each key, however often it is called.

    Raises:
        NotRegistered: there is no deployment that a worker would take it from.
    """
    db = provide_database_interface()
    async with db.session_context(begin_transaction=True) as session:
        deployment = await (deployments or Deployments()).of(run.flow, session)
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
