"""Registers the campaigns with Prefect: the work pool, a deployment for each flow. Run at every start.

Nothing is registered while a campaign's data is not sound: an empty template is found here, not when a mail
should leave.
"""

from __future__ import annotations

import argparse
import sys

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectAlreadyExists

from flows import settings, wiring
from flows.adapters.campaign_files import CAMPAIGNS
from flows.adapters.notion import NotionAway
from flows.desk import Desk
from flows.domain.answers import Answers
from flows.domain.identity import DEPLOYMENT, deployment_id
from flows.registry import flows
from flows.settings import Settings
from flows.soundness import everything_odd, everything_wrong
from services.worker.pool import POOL, QUEUES, SIGNUPS, TEMPLATE, Queue


class Refusal(ValueError):
    """Nothing was registered; the message has every reason."""


def refuse_unsound(settings: Settings) -> None:
    """Raises `Refusal` if a campaign could not do what it promises."""
    if found := everything_wrong(settings):
        raise Refusal("\n".join(found))


def register(client: SyncPrefectClient, desk: Desk) -> list[str]:
    """The pool and a deployment for each flow, made or brought up to date. Returns the names of the flows."""
    _pool(client)
    schemas = {c.flow: Answers(c).model.model_json_schema() for c in desk.campaigns.values()}
    for flow in flows().values():
        _deploy(client, flow, schemas.get(flow.name, {"type": "object", "properties": {}}))
    return [flow.name for flow in flows().values()]


def _pool(client: SyncPrefectClient) -> None:
    try:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=TEMPLATE))
    except ObjectAlreadyExists:
        client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=TEMPLATE))
    for queue in (SIGNUPS, *QUEUES.values()):
        _queue(client, queue)


def _queue(client: SyncPrefectClient, queue: Queue) -> None:
    try:
        client.create_work_queue(
            queue.name, work_pool_name=POOL, priority=queue.priority, concurrency_limit=queue.limit
        )
    except ObjectAlreadyExists:
        known = client.read_work_queue_by_name(queue.name, work_pool_name=POOL)
        client.update_work_queue(known.id, priority=queue.priority, concurrency_limit=queue.limit)


def _deploy(client: SyncPrefectClient, flow: Flow[..., object], schema: dict[str, object]) -> None:
    made = client.create_deployment(
        flow_id=client.create_flow_from_name(flow.name),
        name=DEPLOYMENT,
        description=flow.description,
        work_pool_name=POOL,
        work_queue_name=QUEUES.get(flow.name, SIGNUPS).name,
        parameter_openapi_schema=schema,
        enforce_parameter_schema=False,
        entrypoint="services/worker/run.py",  # for the reader: the worker's command is the pool's
        tags=["campaigns"],
    )
    if made != deployment_id(flow.name):
        raise Refusal(
            f"{flow.name} was registered under a foreign id. Start the server first: it gives the ids."
        )


def look_at_notion(desk: Desk) -> list[str]:
    """What a person must mend in Notion. Mail does not wait for it, so it does not stop the start."""
    try:
        return desk.mirror.problems()
    except NotionAway as away:
        return [f"Notion could not be asked: {away}"]


def note_accounts(desk: Desk) -> None:
    """The server has no keys of ours; from the ledger it learns whether the worker has."""
    desk.ledger.note_account("resend", there=not desk.settings.preview)
    desk.ledger.note_account("notion", there=desk.settings.notion_token is not None)


def main() -> int:
    options = argparse.ArgumentParser(prog="register", description=__doc__)
    options.add_argument("--check", action="store_true", help="look only, register nothing, ask nobody")
    chosen = options.parse_args()
    try:
        found = settings.load()
        refuse_unsound(found)
        if chosen.check:
            return 0
        desk = wiring.desk()
        for problem in everything_odd(found) + look_at_notion(desk):
            print(f"warning: {problem}", file=sys.stderr)
        note_accounts(desk)
        with get_client(sync_client=True) as client:
            names = register(client, desk)
    except ValueError as error:
        print(f"Not registered, because something is not sound:\n{error}", file=sys.stderr)
        return 1
    mode = "preview: no mail leaves" if desk.settings.preview else "real mail"
    print(f"registered {', '.join(names)} from {CAMPAIGNS} ({mode})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
