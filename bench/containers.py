"""The stack as a user runs it, in containers: what it holds and costs while idle, and signups through Caddy with TLS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.client import answers
from bench.processes import cpu_seconds, memory_mb
from services.local.postgres import ROOT
from services.local.stack import free_port
from tests.stack.compose import Compose

#: Raised, so that one caller may post as fast as it can. Without a key of Resend's the stack previews.
SETTINGS = {
    "INTAKE_PER_MINUTE": "10000",
    "INTAKE_PER_MINUTE_TOTAL": "1000000",
    "INTAKE_PER_HOUR_TOTAL": "1000000",
}


@dataclass(frozen=True)
class Idle:
    """By service: MB of all its processes, shared pages counted once, and CPU as a share of one core."""

    memory: dict[str, float]
    cpu: dict[str, float]


@dataclass(frozen=True)
class Posts:
    """Answers a second, milliseconds of the middle and the slowest hundredth."""

    per_second: float
    p50: float
    p99: float


@contextmanager
def running() -> Iterator[Compose]:
    """The stack of this tree, healthy; afterwards nothing of it is left."""
    ports = {name: str(free_port()) for name in ("HTTP_PORT", "HTTPS_PORT")}
    stack = Compose("campaigns-bench", ROOT, ("docker-compose.yml",), {**ports, **SETTINGS})
    try:
        stack.up("--build")
        yield stack
    finally:
        stack.down()


def idle(stack: Compose, seconds: float) -> Idle:
    """Of every service that runs, after it has come to rest."""
    pids = {name: one["State"]["Pid"] for name, one in stack.containers().items() if one["State"]["Running"]}
    time.sleep(seconds / 2)
    before = {name: cpu_seconds([pid]) for name, pid in pids.items()}
    time.sleep(seconds)
    cpu = {name: (cpu_seconds([pid]) - before[name]) / seconds for name, pid in pids.items()}
    return Idle({name: memory_mb(pid) for name, pid in pids.items()}, cpu)


def posts(stack: Compose, seconds: float) -> Posts:
    """Eight clients over kept TLS connections, with nobody else at work."""
    stack("stop", "worker", "server")
    found = answers(int(stack.environment["HTTPS_PORT"]), seconds, "--clients", 8, "--tls")
    return Posts(len(found.took) / seconds, 1000 * found.p50, 1000 * found.p99)
