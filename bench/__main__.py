"""`make bench`: every figure in one run on this machine, as the table of bench/README.md."""

from __future__ import annotations

import argparse
import os
import platform
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from bench import burst, containers, due, growth, posts, signup
from tests.stack.compose import engine_answers


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--tiny", action="store_true", help="so small that only its code is tried")
    options.add_argument("--only", choices=PARTS, help="one table")
    chosen = options.parse_args()
    warnings.filterwarnings("ignore", module="platformdirs")
    print(_machine())
    for part in [chosen.only] if chosen.only else PARTS:
        PARTS[part](tiny=chosen.tiny)


def _signups(*, tiny: bool) -> None:
    """Both workers in turn, each twice, the order turned round."""
    _head("worker", "POST to mail p50 / p95, s", "CPU-s each", "backlog", "signups a second", "CPU-s each",
          "CPU idle, % of a core", "MB idle")  # fmt: skip
    for worker in ("warm",) if tiny else ("warm", "stock", "stock", "warm"):
        # The stock worker takes half a minute for ten: a shorter backlog tells the same.
        singles, backlog = (2, 3) if tiny else (20, 200) if worker == "warm" else (5, 10)
        found = signup.run(worker, singles, backlog)
        _row(worker, f"{found.latencies.p50:.2f} / {found.latencies.p95:.2f}", f"{found.cpu:.2f}", found.backlog, f"{found.per_second:.1f}",
             f"{found.backlog_cpu:.2f}", f"{100 * found.idle:.1f}", _by_name(found.memory))  # fmt: skip


def _growth(*, tiny: bool) -> None:
    _head("signups at once", "past runs and waiting mails", "signups a second", "CPU-s each")
    for found in growth.run(tiny=tiny):
        _row(found.signups, f"{found.before:,}", f"{found.per_second:.1f}", f"{found.cpu:.2f}")


def _posts(*, tiny: bool) -> None:
    _head("POSTs to web", "answered a second", "p50 / p99, ms", "CPU-ms each, all processes")
    for found in posts.run(tiny=tiny):
        _row(
            found.what, f"{found.per_second:.0f}", f"{found.p50:.1f} / {found.p99:.1f}", f"{found.cpu_ms:.2f}"
        )


def _due(*, tiny: bool) -> None:
    _head("waiting mails", "due", "handed over a second", "sender's CPU-ms each")
    for found in due.run(10, (10,)) if tiny else due.run():
        _row(f"{found.waiting:,}", f"{found.due:,}", f"{found.per_second:.0f}", f"{found.cpu_ms:.1f}")


def _burst(*, tiny: bool) -> None:
    _head(
        "burst",
        "answered 201 / 503",
        "p99, ms",
        "mailed in the end",
        "after, s",
        "MB before",
        "MB at the most",
    )
    found = burst.run(5, 1) if tiny else burst.run()
    _row(
        f"{found.taken + found.put_off:,} in {1 if tiny else 60} s", f"{found.taken:,} / {found.put_off:,}", f"{found.p99:.0f}",
        f"{found.mailed:,}", f"{found.seconds:.0f}", _by_name(found.before), _by_name(found.most),
    )  # fmt: skip


def _containers(*, tiny: bool) -> None:
    if not engine_answers():
        print("\ncontainers: left out, no Docker engine with Compose answers")
        return
    with containers.running() as stack:
        rest = containers.idle(stack, 2 if tiny else 60)
        found = containers.signups(stack, rest, 2 if tiny else 20, 3 if tiny else 200)
        posted = containers.posts(stack, 1 if tiny else 7)
    own, shown = (sum(getattr(one, kind) for one in rest.memory.values()) for kind in ("own", "shown"))
    _head("containers", "MB idle", "together", "by `docker stats`", "CPU idle, % of a core", "together")
    by_name = _by_name({name: one.own for name, one in rest.memory.items()})
    by_cpu = ", ".join(f"{name} {100 * share:.1f}" for name, share in rest.cpu.items())
    _row("compose", by_name, f"{own:.0f}", f"{shown:.0f}", by_cpu, f"{100 * sum(rest.cpu.values()):.1f}")
    _head("POST to mail p50 / p95, s", "CPU-s each", "backlog", "signups a second", "CPU-s each",
          "POSTs a second with TLS", "p50 / p99, ms")  # fmt: skip
    _row(f"{found.latencies.p50:.2f} / {found.latencies.p95:.2f}", f"{found.cpu:.2f}", found.backlog, f"{found.per_second:.1f}",
         f"{found.backlog_cpu:.2f}", f"{posted.per_second:.0f}", f"{posted.p50:.1f} / {posted.p99:.1f}")  # fmt: skip


PARTS = {
    "signups": _signups, "growth": _growth, "posts": _posts, "due": _due, "burst": _burst, "containers": _containers,
}  # fmt: skip


def _by_name(sizes: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())


def _head(*names: str) -> None:
    print(f"\n| {' | '.join(names)} |\n|{'---|' * len(names)}")


def _row(*values: object) -> None:
    print(f"| {' | '.join(map(str, values))} |", flush=True)


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {load:.1f} before, "
        f"Python {platform.python_version()}, Prefect {version('prefect')}"
    )


if __name__ == "__main__":
    main()
