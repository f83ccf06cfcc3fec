"""A warm child: a process that has everything imported and runs one flow run after another.

Starting Python and importing Prefect costs three seconds of CPU; a child pays them once, for a thousand runs.
"""

from __future__ import annotations

import contextvars
import os
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from types import FrameType

# The first four are what the engine imports only when a run begins: before children are forked, once for all of them.
import anyio._backends._asyncio  # noqa: F401
import prefect.concurrency.services
import prefect.task_engine
import prefect.utilities.visualization  # noqa: F401
from prefect._internal import control_listener
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.context import SyncClientContext
from prefect.events.schemas.events import Event
from prefect.events.worker import EventsWorker
from prefect.exceptions import Abort
from prefect.logging.configuration import setup_logging
from prefect.logging.handlers import APILogWorker

from flows.domain.rendering import Unrenderable
from flows.wiring import desk
from services.collector import look_less
from services.worker.lean import lean
from services.worker.run import run

#: After which a child is replaced: whatever leaks, leaks no further.
RUNS = 500


def prepare() -> None:
    """What each child would have to do for its first run, done before they are forked: a quarter of a CPU-second."""
    setup_logging()
    Event.model_rebuild()
    with suppress(Unrenderable):  # who gets that mail is told
        desk().make_ready()
    look_less()


def main(pipe: Connection, runs: int = RUNS) -> None:
    """Run what comes through the pipe, up to `runs` times; end when its other side is closed.

    After each run it says through the pipe whether that was its last.
    """
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, _cancel)
    with SyncClientContext() as context:
        while runs and (flow_run := _next(pipe)):
            runs -= 1
            cancelled = contextvars.copy_context().run(_run, context.client, flow_run)
            _hand_over_logs() if cancelled or not runs else None
            pipe.send(cancelled or not runs)
            runs = 0 if cancelled else runs
    _hand_over_logs()
    os._exit(0)  # Prefect's threads would hold an ordinary end up


def _next(pipe: Connection) -> FlowRun | None:
    try:
        return pipe.recv()  # type: ignore[no-any-return]
    except EOFError:
        return None


def _run(client: SyncPrefectClient, flow_run: FlowRun) -> bool:
    """Run it. True if the child must not take another: what was interrupted may have left anything behind.

    Whatever comes out of the engine but a cancellation ends the process, and the worker reports a crash.
    """
    control_listener.clear_intent()
    try:
        with lean(client, flow_run):
            run(client, flow_run)
    except Abort:
        return False
    except BaseException as error:  # noqa: BLE001 (as wide as what ends a process)
        if control_listener.get_intent() is None:
            _break_off(flow_run, error)
    return control_listener.get_intent() is not None


def _break_off(flow_run: FlowRun, error: BaseException) -> None:
    # Not the traceback: what the API's client says repeats what was sent.
    print(f"run {flow_run.id} broke off: {type(error).__name__}", file=sys.stderr)
    _hand_over_logs()
    os._exit(1)


def _cancel(_signal: int, _frame: FrameType | None) -> None:
    """The worker passes a cancellation on: the engine's own way, as Prefect's runner would ask for it."""
    if control_listener.get_intent() is None:
        control_listener._set_intent("cancel")  # noqa: SLF001
        os.kill(os.getpid(), signal.SIGTERM)


def _hand_over_logs() -> None:
    """Prefect's threads send logs and events every two seconds; what ends now must not wait."""
    APILogWorker.drain_all()
    EventsWorker.drain_all()
