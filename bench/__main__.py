"""`make bench`: every figure in one run on this machine, as the table of bench/README.md."""

from __future__ import annotations

import argparse
import os
import platform
import warnings
from datetime import UTC, datetime
from importlib.metadata import version

from bench import due, signup


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--tiny", action="store_true", help="so small that only its code is tried")
    tiny = options.parse_args().tiny
    warnings.filterwarnings("ignore", module="platformdirs")
    print(_machine())
    _signups(tiny=tiny)
    _due(tiny=tiny)


def _signups(*, tiny: bool) -> None:
    singles, backlog = (2, 3) if tiny else (20, 200)
    print(
        "\n| worker | POST to mail p50 / p95, s | CPU-s each | backlog | signups a second | CPU-s each | MB idle |"
    )
    print("|---|---|---|---|---|---|---|")
    for worker in ("warm",) if tiny else ("warm", "stock"):
        # The stock worker takes half a minute for ten: a shorter backlog tells the same.
        found = signup.run(worker, singles if worker == "warm" else 5, backlog if worker == "warm" else 10)
        memory = ", ".join(f"{name} {size:.0f}" for name, size in found.memory.items())
        print(f"| {worker} | {found.p50:.2f} / {found.p95:.2f} | {found.cpu:.2f} | {found.backlog} "
              f"| {found.per_second:.1f} | {found.backlog_cpu:.2f} | {memory} |")  # fmt: skip


def _due(*, tiny: bool) -> None:
    print("\n| waiting rows | due | handed over a second | sender's CPU-ms each |\n|---|---|---|---|")
    for found in due.run(10, (10,)) if tiny else due.run():
        print(f"| {found.waiting:,} | {found.due:,} | {found.per_second:.0f} | {found.cpu_ms:.1f} |")


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {load:.1f} before, "
        f"Python {platform.python_version()}, Prefect {version('prefect')}"
    )


if __name__ == "__main__":
    main()
