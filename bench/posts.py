"""What `web` takes: signups a second from eight clients, and the slowest answers while everything else is busy."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.client import answers
from bench.processes import cpu_seconds
from bench.signup import pids, running_stack
from services.local.stack import Stack

#: What the runs page of Prefect's UI asks for while it is open.
_PAGES = (
    "/flow_runs/filter",
    "/flow_runs/count",
    "/flow_runs/history",
    "/work_pools/filter",
    "/deployments/filter",
)
_BODIES = {
    "/flow_runs/history": {
        "history_start": "2026-01-01T00:00:00Z", "history_end": "2026-01-02T00:00:00Z", "history_interval_seconds": 3600,
    }
}  # fmt: skip


@dataclass(frozen=True)
class Result:
    """Answers a second, milliseconds of the middle and the slowest hundredth, CPU-milliseconds of all processes."""

    what: str
    per_second: float
    p50: float
    p99: float
    cpu_ms: float


def run(*, tiny: bool = False) -> list[Result]:
    """Eight clients with nobody else there (the worker is ended); then 110 a second beside a busy worker and the UI."""
    seconds = 1 if tiny else 7  # one caller may post 10,000 a minute
    with running_stack("warm") as stack:
        steadily = 5 if tiny else 110
        with _browsers(stack, 3):
            busy = _measured(
                stack,
                f"{steadily}/s, worker busy, three browsers on the UI",
                seconds,
                "--per-second",
                steadily,
            )
        stack.processes["worker"].terminate()
        stack.processes["worker"].wait(60)
        stack.processes["server"].terminate()
        stack.processes["server"].wait(60)
        alone = _measured(stack, "8 clients", seconds, "--clients", 8)
    return [alone, busy]


def _measured(stack: Stack, what: str, seconds: float, *how: object) -> Result:
    before, begin = cpu_seconds(pids(stack)), time.perf_counter()
    found = answers(stack.web_port, seconds, *how)
    span, spent = time.perf_counter() - begin, cpu_seconds(pids(stack)) - before
    count = len(found.took)
    rate, cost = count / min(span, seconds + 1), 1000 * spent / count
    return Result(what, rate, 1000 * found.p50, 1000 * found.p99, cost)


@contextmanager
def _browsers(stack: Stack, count: int) -> Iterator[None]:
    """So many people who have the runs page open: it asks for all of this every second."""
    ended = threading.Event()
    people = [threading.Thread(target=_browse, args=(stack, ended)) for _ in range(count)]
    for person in people:
        person.start()
    try:
        yield
    finally:
        ended.set()
        for person in people:
            person.join()


def _browse(stack: Stack, ended: threading.Event) -> None:
    login = base64.b64encode(f"operator:{stack.password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    while not ended.wait(1):
        for page in _PAGES:
            body = json.dumps(_BODIES.get(page, {})).encode()
            with urllib.request.urlopen(
                urllib.request.Request(stack.api_url + page, body, headers), timeout=60
            ):
                pass
