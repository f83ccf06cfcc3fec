"""A burst: thousands of signups within a minute. They fill the queue and not the memory, and all are done in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from bench.client import answers
from bench.processes import memory_mb
from bench.signup import mail_one, mailed, running_stack
from services.local.stack import Stack

_WATCHED = ("web", "server", "worker")


@dataclass(frozen=True)
class Result:
    """Signups that were taken and put off (503), milliseconds, MB before and at the most, how many were mailed, and
    after how many seconds from the first POST all were.
    """

    taken: int
    put_off: int
    p99: float
    before: dict[str, float]
    most: dict[str, float]
    mailed: int
    seconds: float


def run(signups: int = 5_000, seconds: float = 60) -> Result:
    """So many signups, evenly over so many seconds, while the worker already works on them."""
    with running_stack("warm") as stack:
        mail_one(stack, "warm-up@example.com")
        before, known = _memory(stack), mailed(stack.postgres)
        with _watched(stack) as most:
            begin = time.perf_counter()
            answer = answers(stack.web_port, seconds, "--per-second", signups / seconds)
            while (done := mailed(stack.postgres) - known) < len(answer.took) and _is_moving(stack):
                time.sleep(1)
            took = time.perf_counter() - begin
    return Result(len(answer.took), answer.put_off, 1000 * answer.p99, before, most, done, took)


def _is_moving(stack: Stack) -> bool:
    return all(stack.processes[name].poll() is None for name in _WATCHED)


@contextmanager
def _watched(stack: Stack) -> Iterator[dict[str, float]]:
    """The most that each process holds meanwhile, looked at every other second."""
    most, ended = _memory(stack), threading.Event()

    def look() -> None:
        while not ended.wait(2):
            for name, now in _memory(stack).items():
                most[name] = max(most[name], now)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()


def _memory(stack: Stack) -> dict[str, float]:
    return {name: _held(stack.processes[name].pid) for name in _WATCHED}


def _held(pid: int) -> float:
    try:
        return memory_mb(pid)
    except psutil.NoSuchProcess:  # a child of the worker that has just ended
        return 0.0
