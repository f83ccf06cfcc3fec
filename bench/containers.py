"""The stack as a user runs it, in containers: what it holds and costs while idle, signups and POSTs through Caddy with TLS."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.client import answers
from bench.signup import BODY, Latencies, at_any_hour
from services.local.stack import free_port
from tests.stack.compose import Compose
from tests.working_copy import CAMPAIGN, copy_to

#: Limits are raised, so that one caller may post as fast as it can.
SETTINGS = {
    "RESEND_API_KEY": "re_bench",
    "RESEND_API_URL": "http://resend:8000",
    "RESEND_PER_SECOND": "1000",
    "MAIL_FROM": "a@example.com",
    "POSTAL_ADDRESS": "Street 1, 12345 Town",
    "INTAKE_PER_MINUTE": "10000",
    "INTAKE_PER_MINUTE_TOTAL": "1000000",
    "INTAKE_PER_HOUR_TOTAL": "1000000",
}
#: Not ours to count.
_STAND_IN = "resend"
_ENGINE = "/var/run/docker.sock"


@dataclass(frozen=True)
class Memory:
    """MB (2^20 bytes). `own` is what the processes hold and the kernel for them; `shown` is what `docker stats` shows, in
    which the pages of files count that were read lately and that the kernel gives up for nothing.
    """

    own: float
    shown: float


@dataclass(frozen=True)
class Idle:
    """By service: memory, and CPU as a share of one core, health checks included."""

    memory: dict[str, Memory]
    cpu: dict[str, float]


@dataclass(frozen=True)
class Signups:
    """CPU-seconds of all containers for each signup beyond what idling costs; in a backlog, all of them."""

    latencies: Latencies
    cpu: float
    backlog: int
    per_second: float
    backlog_cpu: float


@dataclass(frozen=True)
class Posts:
    """Answers a second, milliseconds of the middle and the slowest hundredth."""

    per_second: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Running:
    """The stack, healthy, and what Docker's engine counts of it."""

    compose: Compose

    def memory(self) -> dict[str, Memory]:
        return {name: _memory(self._counted(name)["memory_stats"]) for name in self._services}

    def cpu(self) -> dict[str, float]:
        """CPU-seconds until now, by service."""
        return {
            name: self._counted(name)["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
            for name in self._services
        }

    def sign_up(self, email: str) -> None:
        body = json.loads(BODY.read_text())
        body["parameters"]["email"] = email
        self._website.post("/api/flow_runs/", json=body).raise_for_status()

    def mailed(self) -> int:
        return int(self._resend.get("/_sent/count").json())

    def _counted(self, service: str) -> dict[str, Any]:
        path = f"/containers/{self._services[service]}/stats?stream=false&one-shot=true"
        return dict(self._engine.get(path).json())

    @cached_property
    def _services(self) -> dict[str, str]:
        running = {name: one for name, one in self.compose.containers().items() if one["State"]["Running"]}
        return {name: one["Id"] for name, one in running.items() if name != _STAND_IN}

    @cached_property
    def _engine(self) -> httpx.Client:
        return httpx.Client(base_url="http://engine", transport=httpx.HTTPTransport(uds=_ENGINE))

    @cached_property
    def _website(self) -> httpx.Client:
        port = self.compose.environment["HTTPS_PORT"]
        return httpx.Client(base_url=f"https://localhost:{port}", verify=False)

    @cached_property
    def _resend(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://{self.compose('port', _STAND_IN, '8000').strip()}")


@contextmanager
def running() -> Iterator[Running]:
    """The stack of this tree; afterwards nothing of it is left but images."""
    ports = {name: str(free_port()) for name in ("HTTP_PORT", "HTTPS_PORT")}
    with TemporaryDirectory() as name:
        tree = Path(name)
        copy_to(tree)
        at_any_hour(tree / CAMPAIGN)
        files = ("docker-compose.yml", "bench/compose.yml")
        compose = Compose("campaigns-bench", tree, files, {**ports, **SETTINGS})
        try:
            compose.up("--build")
            yield Running(compose)
        finally:
            compose.down()


def idle(stack: Running, seconds: float) -> Idle:
    """After one signup, and after it has come to rest."""
    _mail_one(stack, "warm-up@example.com")
    time.sleep(1.5 * seconds)  # children that idle end, and with a minute's measurement this is longer
    before = stack.cpu()
    time.sleep(seconds)
    after = stack.cpu()
    return Idle(stack.memory(), {name: (after[name] - before[name]) / seconds for name in after})


def signups(stack: Running, rest: Idle, singles: int, at_once: int) -> Signups:
    """Some, one after the other, then so many at once."""
    latencies, cpu = _singles(stack, singles, sum(rest.cpu.values()))
    begin, spent, done = time.perf_counter(), sum(stack.cpu().values()), stack.mailed()
    for number in range(at_once):
        stack.sign_up(f"backlog-{number}@example.com")
    while stack.mailed() < done + at_once:
        time.sleep(0.1)
    took, spent = time.perf_counter() - begin, sum(stack.cpu().values()) - spent
    return Signups(latencies, cpu, at_once, at_once / took, spent / at_once)


def _singles(stack: Running, count: int, idle_cpu: float) -> tuple[Latencies, float]:
    begin, spent = time.perf_counter(), sum(stack.cpu().values())
    latencies = []
    for number in range(count):
        latencies.append(_mail_one(stack, f"single-{number}@example.com"))
        time.sleep(2)  # logs, events and the run's end come after the mail
    took, spent = time.perf_counter() - begin, sum(stack.cpu().values()) - spent
    return Latencies(latencies), (spent - idle_cpu * took) / count


def _mail_one(stack: Running, email: str) -> float:
    done, begin = stack.mailed(), time.perf_counter()
    stack.sign_up(email)
    while stack.mailed() == done:
        time.sleep(0.005)
    return time.perf_counter() - begin


def _memory(stats: dict[str, Any]) -> Memory:
    """From what the engine gives; the first version of cgroups calls the whole container's `total_…`."""
    found = stats["stats"]
    active, inactive = (
        found.get(f"total_{kind}", found.get(kind)) for kind in ("active_file", "inactive_file")
    )
    return Memory((stats["usage"] - active - inactive) / 2**20, (stats["usage"] - inactive) / 2**20)


def posts(stack: Running, seconds: float) -> Posts:
    """Eight clients over kept TLS connections, with nobody else at work."""
    stack.compose("stop", "worker", "server")
    found = answers(int(stack.compose.environment["HTTPS_PORT"]), seconds, "--clients", 8, "--tls")
    return Posts(len(found.took) / seconds, 1000 * found.p50, 1000 * found.p99)
