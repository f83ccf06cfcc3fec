"""What is private in Prefect and used here: a test for each that says when it reads differently.

The sums are of the source text in Prefect 3.8.8. When one changes: read what has changed, see whether the file
that uses it still holds, write the new sum here. Until then `WORKER=stock` runs the campaigns without the warm
children; the server's part has no such way around.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prefect import flow_engine
from prefect.server.api.server import UISettings
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

from services.server.login import UI_SETTINGS

ROOT = Path(__file__).parents[2]

LEAN, CHILD, WORKER, RUN = (f"services/worker/{name}.py" for name in ("lean", "child", "worker", "run"))
APP, RUNS, IDENTITIES, LOGIN, CLAIM, QUIET = (
    f"services/server/{name}.py" for name in ("app", "runs", "identities", "login", "claim", "lean")
)
SERVING = "services/serving.py"

#: Module, name in it, the file that relies on it, the first 12 digits of its source's SHA-256.
USED = [
    ("prefect.flow_engine", "_send_heartbeats", LEAN, "83e152cb73a0"),
    ("prefect.flow_engine", "observe_flow_run_suspension", LEAN, "c342ca7443ce"),
    ("prefect.flow_engine", "BaseFlowRunEngine.setup_flow_run_suspension_request", LEAN, "91afa9cbdc07"),
    ("prefect.flow_engine", "FlowRunEngine.setup_run_context", LEAN, "bdfdac23a488"),
    ("prefect.flow_engine", "FlowRunEngine.initialize_run", LEAN, "d671c21d659e"),
    ("prefect.flow_engine", "FlowRunEngine.run_context", LEAN, "95124a33140b"),
    ("prefect.flow_engine", "FlowRunEngine.begin_run", LEAN, "3709b65a65e8"),
    ("prefect.flow_engine", "run_flow_sync", LEAN, "1bae2a3a821e"),
    ("prefect.flow_engine", "run_flow", RUN, "f22c2edab957"),
    ("prefect.results", "_read_server_default_result_storage_block_id", LEAN, "cd297cdfa6f8"),
    ("prefect.utilities.engine", "emit_task_run_state_change_event", LEAN, "7ade83dd2d30"),
    ("prefect.task_engine", "SyncTaskRunEngine.set_state", LEAN, "eced3709d2e2"),
    ("prefect.task_engine", "SyncTaskRunEngine.initialize_run", LEAN, "b7c13eb6f31f"),
    ("prefect.task_engine", "SyncTaskRunEngine.begin_run", LEAN, "adc230851b6d"),
    ("prefect.server.services.task_run_recorder", "task_run_from_event", LEAN, "b665d0a8bb2e"),
    ("prefect.client.orchestration", "SyncPrefectClient.update_flow_run", LEAN, "5965570af160"),
    ("prefect.client.orchestration", "SyncPrefectClient.set_flow_run_state", LEAN, "4c1f62556c2e"),
    ("prefect.utilities.engine", "propose_state_sync", LEAN, "cef86d62e7ee"),
    ("prefect._internal.control_listener", "configure_from_env", RUN, "5a1fbaeeda22"),
    ("prefect._internal.control_listener", "clear_intent", CHILD, "97cd511a2a05"),
    ("prefect._internal.control_listener", "get_intent", CHILD, "dcb3cf75896d"),
    ("prefect._internal.control_listener", "_set_intent", CHILD, "7c4fcd3bb8df"),
    ("prefect.flow_engine", "_termination_intent", CHILD, "82a463d1bb4b"),
    ("prefect.context", "SyncClientContext", CHILD, "0932f4fe23fa"),
    ("prefect.events.worker", "EventsWorker", CHILD, "b2200e819c0c"),
    ("prefect.logging.handlers", "APILogWorker", CHILD, "75e4b35b8253"),
    ("prefect.logging.configuration", "setup_logging", CHILD, "0914fd490f52"),
    ("prefect.engine", "handle_engine_signals", RUN, "c2906c0fa23c"),
    ("prefect.workers.base", "BaseWorker.__init__", WORKER, "702c77194693"),
    ("prefect.workers.base", "BaseWorker.start", WORKER, "79b7cda67b75"),
    ("prefect.workers.base", "BaseWorker.get_and_submit_flow_runs", WORKER, "fcb6c4c67be0"),
    ("prefect.workers.base", "BaseWorker.sync_with_backend", WORKER, "9883921408ea"),
    ("prefect.workers.base", "BaseWorker._submit_scheduled_flow_runs", WORKER, "29112894f6f9"),
    ("prefect.workers.base", "BaseWorker._propose_crashed_state", WORKER, "a260d47608c4"),
    ("prefect.workers.base", "BaseWorker._mark_flow_run_as_cancelled", WORKER, "9a003a417ac4"),
    ("prefect.workers.base", "BaseWorker._cancel_run", WORKER, "c4d46fec9819"),
    ("prefect.workers.process", "ProcessWorker", WORKER, "d5a09342f5fd"),
    ("prefect.workers.base", "BaseWorker._setup_cancellation_observer", WORKER, "14d2a57f4715"),
    ("prefect._internal.observers", "FlowRunCancellingObserver", WORKER, "16fcb1a59b71"),
    ("prefect.server.api.background_workers", "background_worker", QUIET, "82123be3a141"),
    ("uvicorn", "Server.main_loop", SERVING, "afccb353a119"),
    ("uvicorn", "Server.on_tick", SERVING, "60ea49b06ccf"),
    ("docket.worker", "Worker._cancellation_listener", QUIET, "1771bd5a7399"),
    ("prefect.server.api.server", "create_app", APP, "0f896a78bc06"),
    ("prefect.server.api.server", "create_ui_app", LOGIN, "d51a1ec94660"),
    ("prefect.server.database", "provide_database_interface", RUNS, "c476f647f089"),
    ("prefect.server.api.workers", "get_scheduled_flow_runs", CLAIM, "ad5f356c042b"),
    ("prefect.server.api.flow_runs", "set_flow_run_state", CLAIM, "db416fc1a7db"),
    ("prefect.server.models.workers", "get_scheduled_flow_runs", CLAIM, "a705f2f8636d"),
    ("prefect.server.models.workers", "read_work_pool_by_name", CLAIM, "dec2bced217e"),
    ("prefect.server.models.flow_runs", "set_flow_run_state", CLAIM, "7e1aedcc9746"),
    ("prefect.client.base", "PrefectHttpxAsyncClient.send", WORKER, "2f72a5a31f09"),
    ("prefect.workers.base", "BaseWorker._get_scheduled_flow_runs", WORKER, "1789a9c7ede4"),
    ("prefect.server.models.flow_runs", "create_flow_run", RUNS, "5d5b7e6b4936"),
    ("prefect.server.models.deployments", "read_deployment", RUNS, "38916e7ea27e"),
    ("prefect.server.models.deployments", "read_deployment_by_name", IDENTITIES, "2db067c74ca9"),
    ("prefect.server.models.deployments", "create_deployment", IDENTITIES, "d8be37f94107"),
    ("prefect.server.models.flows", "create_flow", IDENTITIES, "5d2adf66335d"),
]

#: Attributes of Prefect's worker that ours reads, with what sets them.
ATTRIBUTES = {"_has_successfully_synced", "_cancelling_observer"}


def source_sum(module: str, name: str) -> str:
    found: Any = reduce(getattr, filter(None, name.split(".")), import_module(module))
    return hashlib.sha256(inspect.getsource(inspect.unwrap(found)).encode()).hexdigest()[:12]


@pytest.mark.parametrize(
    ("module", "name", "file", "recorded"), USED, ids=[f"{m}.{n}" for m, n, _, _ in USED]
)
def test_what_is_used_of_prefect_reads_as_it_did(module: str, name: str, file: str, recorded: str) -> None:
    try:
        found = source_sum(module, name)
    except (ImportError, AttributeError) as error:
        found = f"gone: {error}"
    way_out = " Until then WORKER=stock runs without it." if "worker" in file or file == QUIET else ""
    assert found == recorded, (
        f"{module}.{name} reads differently than in Prefect 3.8.8. Look whether {file} still holds, "
        f"then write {found} here.{way_out}"
    )


def test_every_private_part_of_the_worker_that_ours_uses_is_in_the_table() -> None:
    tree = ast.parse((ROOT / WORKER).read_text())
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)}
    theirs = {name for name in used if name.startswith("_") and not name.startswith("__")} & set(
        dir(ProcessWorker)
    )
    assert theirs <= {name.rsplit(".", 1)[-1] for _, name, file, _ in USED if file == WORKER}


@pytest.mark.parametrize("attribute", sorted(ATTRIBUTES))
def test_the_worker_still_has_what_ours_reads(attribute: str) -> None:
    assert f"self.{attribute}" in inspect.getsource(BaseWorker.__init__)
    assert f"self.{attribute}" in (ROOT / WORKER).read_text()


@pytest.mark.parametrize("call", ["client.read_flow_run(self.flow_run.id)", "self.client.update_flow_run(",
                                  "observe_flow_run_suspension(", "with _send_heartbeats(self):"])  # fmt: skip
def test_the_engine_still_does_what_the_lean_one_leaves_out(call: str) -> None:
    assert call in inspect.getsource(flow_engine)


def test_the_login_answers_all_that_the_ui_asks_prefect_for() -> None:
    assert UI_SETTINGS.keys() == UISettings.model_fields.keys()
