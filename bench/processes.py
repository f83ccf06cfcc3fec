"""What is measured runs in processes of its own, and so does what stands in for others."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from services.local.postgres import ROOT
from services.local.stack import free_port, status


@contextmanager
def resend_stand_in() -> Iterator[str]:
    """The address of a Resend that takes everything, in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "tests.stand_ins.resend", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            while not status(f"http://127.0.0.1:{port}/_sent"):
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def cpu_seconds(pids: list[int]) -> float:
    """CPU that these processes and all that they have started have used until now."""
    total = 0.0
    for pid in pids:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):  # what has ended meanwhile counts with its parent
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_mb(pid: int) -> float:
    """What a process and its children hold alone: shared pages count once for all that share them."""
    root = psutil.Process(pid)
    return sum(process.memory_full_info().pss for process in [root, *root.children(recursive=True)]) / 2**20
