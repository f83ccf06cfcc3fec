"""Gives every public flow and its deployment the id that follows from its name.

Prefect's API gives random ids. So the rows are made here, by Prefect's own model functions, before
anybody can register them otherwise; registration then finds them by name and fills in the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

from prefect.server import models, schemas
from prefect.server.database import provide_database_interface

from flows.domain.identity import DEPLOYMENT, deployment_id, flow_id


class ForeignId(RuntimeError):
    """A flow or deployment exists under another id than its name gives."""


async def ensure(flows: Iterable[str]) -> None:
    """Make the rows of these flows, if they are not there.

    Raises:
        ForeignId: the database has one of them under a random id; the website's would not work.
    """
    db = provide_database_interface()
    async with db.session_context(begin_transaction=True) as session:
        for name in flows:
            flow = await models.flows.create_flow(session, schemas.core.Flow(id=flow_id(name), name=name))
            _expect(f"flow {name}", flow.id == flow_id(name))
            known = await models.deployments.read_deployment_by_name(session, DEPLOYMENT, name)
            if known is None:
                empty = schemas.core.Deployment(id=deployment_id(name), name=DEPLOYMENT, flow_id=flow.id)
                known = await models.deployments.create_deployment(session, empty)
            _expect(f"deployment {name}/{DEPLOYMENT}", known is not None and known.id == deployment_id(name))


def _expect(what: str, fits: bool) -> None:  # noqa: FBT001 (reads as a sentence where it is called)
    if not fits:
        raise ForeignId(
            f"{what} exists under another id than its name gives, so the website's would not work. "
            "It was registered by something else: delete it in Prefect's UI and start the server again."
        )
