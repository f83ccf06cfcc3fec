"""From the website's POST to the mail handed over: how long, how much CPU, how many a second; ours beside the stock worker."""

from __future__ import annotations

import json
import re
import statistics
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg

from bench.processes import cpu_seconds, memory_mb, resend_stand_in
from services.local.postgres import Postgres, embedded
from services.local.stack import Stack
from tests.working_copy import CAMPAIGN, copy_to

BODY = Path(__file__).parents[1] / "tests/fixtures/website/message_14_parameters.json"
_MAILED = """
    SELECT count(*) AS mailed FROM message m JOIN enrolment e ON e.id = m.enrolment_id
    WHERE m.step = 1 AND m.state = 'sent' AND (%(signup)s::uuid IS NULL OR e.signup_id = %(signup)s)"""


@dataclass(frozen=True)
class Latencies:
    """Seconds from POST to mail."""

    seconds: list[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[int(0.95 * (len(self.seconds) - 1))]


@dataclass(frozen=True)
class Result:
    """CPU-seconds for each signup over all processes beyond what idling costs, CPU of the idle ones as a share of one
    core, signups a second, MB by process.
    """

    worker: str
    latencies: Latencies
    cpu: float
    idle: float
    backlog: int
    per_second: float
    backlog_cpu: float
    memory: dict[str, float]


def run(worker: str, signups: int, at_once: int) -> Result:
    """One stack with this worker (`warm`, `stock`), some single signups on it, then a backlog."""
    with running_stack(worker) as stack:
        mail_one(stack, "warm-up@example.com")
        idle = _idle(stack, 5 if signups < 5 else 30)
        latencies, cpu = _singles(stack, signups, idle)
        memory = {
            name: memory_mb(process.pid) for name, process in stack.processes.items() if name != "register"
        }
        seconds, backlog_cpu = backlog(stack, at_once)
    return Result(worker, latencies, cpu, idle, at_once, at_once / seconds, backlog_cpu, memory)


@contextmanager
def running_stack(worker: str) -> Iterator[Stack]:
    """Every process, ready, with a Resend that takes everything."""
    with (
        TemporaryDirectory() as name,
        embedded(Path(name) / "postgres") as postgres,
        resend_stand_in() as url,
    ):
        directory = Path(name)
        copy_to(directory / "tree")
        at_any_hour(directory / "tree" / CAMPAIGN)
        settings = {
            "RESEND_API_KEY": "re_bench", "RESEND_API_URL": url, "RESEND_PER_SECOND": "1000", "WORKER": worker,
            "MAIL_FROM": "a@example.com", "POSTAL_ADDRESS": "Street 1, 12345 Town",
            "INTAKE_PER_MINUTE": "10000", "INTAKE_PER_MINUTE_TOTAL": "1000000", "INTAKE_PER_HOUR_TOTAL": "1000000",
        }  # fmt: skip
        stack = Stack(directory, postgres, settings, root=directory / "tree")
        try:
            stack.prepare()
            for start in (stack.start_server, stack.register, stack.start_worker, stack.start_web):
                start()
            yield stack
        finally:
            stack.stop()


def _idle(stack: Stack, seconds: float) -> float:
    time.sleep(5)  # whatever the warm-up has left to do
    before = cpu_seconds(pids(stack))
    time.sleep(seconds)
    return (cpu_seconds(pids(stack)) - before) / seconds


def _singles(stack: Stack, signups: int, idle: float) -> tuple[Latencies, float]:
    latencies = []
    begin, spent = time.perf_counter(), cpu_seconds(pids(stack))
    for number in range(signups):
        latencies.append(mail_one(stack, f"single-{number}@example.com"))
        time.sleep(2)  # logs, events and the run's end come after the mail
    took, spent = time.perf_counter() - begin, cpu_seconds(pids(stack)) - spent
    return Latencies(latencies), (spent - idle * took) / signups


def backlog(stack: Stack, signups: int, mark: str = "backlog") -> tuple[float, float]:
    """Seconds, and CPU-seconds for each, when all of them come at once."""
    cpu = cpu_seconds(pids(stack))
    done = mailed(stack.postgres)
    begin = time.perf_counter()
    for number in range(signups):
        sign_up(stack, f"{mark}-{number}@example.com")
    while mailed(stack.postgres) < done + signups:
        time.sleep(0.2)
    return time.perf_counter() - begin, (cpu_seconds(pids(stack)) - cpu) / signups


def mail_one(stack: Stack, email: str) -> float:
    with stack.postgres.connect(
        "worker"
    ) as ledger:  # one for all looks: each new one would cost a signup's hundredth
        begin = time.perf_counter()
        signup = sign_up(stack, email)
        while not _mailed(ledger, signup):
            time.sleep(0.01)
        return time.perf_counter() - begin


def at_any_hour(campaign: Path) -> None:
    campaign.write_text(re.sub(r"(?m)^window: .*\n", "", campaign.read_text()))


def sign_up(stack: Stack, email: str) -> str:
    """What the website does; returns the signup's id."""
    body: dict[str, Any] = json.loads(BODY.read_text())
    body["parameters"]["email"] = email
    request = urllib.request.Request(
        f"{stack.web_url}/api/flow_runs/", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["id"])


def mailed(postgres: Postgres) -> int:
    """How many first mails have left until now."""
    with postgres.connect("worker") as ledger:
        return _mailed(ledger, None)


def _mailed(ledger: psycopg.Connection[Any], signup: str | None) -> int:
    row = ledger.execute(_MAILED, {"signup": signup}).fetchone()
    return int(row[0]) if row else 0


def pids(stack: Stack) -> list[int]:
    """Our processes and Postgres' postmaster; each with all that it has started."""
    mine = [process.pid for process in stack.processes.values() if process.poll() is None]
    socket = stack.postgres.host
    postmasters = [
        process.pid for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "postgres" and socket in " ".join(process.info["cmdline"] or [])
    ]  # fmt: skip
    return mine + postmasters
