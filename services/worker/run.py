"""Runs one flow run in this process: what the worker starts, whatever the run's own settings say.

The work pool's template names this command and nothing else, and the flow comes from our own registry by the
run's flow id. So neither job variables nor an entrypoint that somebody wrote into a deployment choose the code.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect._internal.control_listener import configure_from_env
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.engine import handle_engine_signals
from prefect.flow_engine import run_flow
from prefect.states import Failed

from flows.registry import flows


def run(client: SyncPrefectClient, flow_run: FlowRun) -> None:
    """Run it to its end. A run that cannot begin is FAILED with the reason, not crashed without one."""
    try:
        flow = flows()[flow_run.flow_id]
    except KeyError:
        _fail(client, flow_run, "This flow is not one of ours: it is in no campaign of this worker's image.")
    except ValueError as error:
        _fail(client, flow_run, f"The worker is not set up: {error}")
    else:
        if misfit := _misfit(flow, flow_run.parameters):
            _fail(client, flow_run, misfit)
        else:
            run_flow(flow, flow_run=flow_run, return_type="state")


def _misfit(flow: Flow[..., Any], given: Mapping[str, Any]) -> str | None:
    """Which parameters are missing or unknown. The engine would find them too, and repeat the values."""
    missing = [name for name in flow.parameters.required if name not in given]
    unknown = [name for name in given if name not in flow.parameters.properties]
    if not missing and not unknown:
        return None
    found = {"missing": missing, "unknown": unknown}
    said = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in found.items() if names)
    return f"The parameters are not those of {flow.name}: {said}. Start it again with the right ones."


def _fail(client: SyncPrefectClient, flow_run: FlowRun, reason: str) -> None:
    client.set_flow_run_state(flow_run.id, Failed(message=reason), force=True)


def main() -> None:
    run_id = UUID(os.environ["PREFECT__FLOW_RUN_ID"])
    configure_from_env()  # the channel by which the worker tells of a cancellation
    with handle_engine_signals(run_id), get_client(sync_client=True) as client:
        run(client, client.read_flow_run(run_id))


if __name__ == "__main__":
    main()
