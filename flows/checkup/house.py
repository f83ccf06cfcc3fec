"""The house itself: Postgres, Prefect, the worker, the clock, the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from email.utils import parsedate_to_datetime

from flows.adapters.ledger_health import LedgerHealth
from flows.adapters.postgres import LedgerError
from flows.adapters.resend_account import AccountAway, ResendAccount
from flows.domain.finding import Finding, fail, ok, warn
from flows.prefect_runs import PrefectAway, Runs

#: Seconds that two clocks may be apart. Signatures of webhooks are refused beyond five minutes.
CLOSE, FAR = 5, 60
#: Bytes, and the share, of the disk that should be free.
LITTLE, TOO_LITTLE = 5 * 2**30, 2**30
MIB = 2**20


def ledger(health: LedgerHealth, head: str) -> Finding:
    """Args: head: the newest migration that this code knows."""
    try:
        found = health.look()
    except LedgerError as error:
        return fail("Postgres", str(error), "See make logs, services postgres and migrate")
    if found.revision != head:
        do = "Run make up: the service migrate brings it up to date"
        return fail("Postgres", f"migrated to {found.revision}, and this code needs {head}", do)
    return ok("Postgres", f"{found.server.split()[0]}, migrated to {head}, {found.size // MIB} MiB")


def prefect(connected: Callable[[], AbstractContextManager[Runs]], pool: str) -> Iterator[Finding]:
    try:
        with connected() as runs:
            yield ok("Prefect", f"{runs.version()}, the login is right")
            states = runs.workers(pool)
    except PrefectAway as away:
        yield fail("Prefect", str(away), "Run make up")
        yield warn("worker", "unknown while Prefect cannot be asked")
        return
    online = states.count("ONLINE")
    do = "Run make up; see make logs, service worker"
    yield (
        ok("worker", f"{online} alive")
        if online
        else fail("worker", "Prefect has not heard of one lately", do)
    )


def clock(health: LedgerHealth, account: ResendAccount | None, now: Callable[[], datetime]) -> Finding:
    """The clock of this machine beside Postgres' and, with an account, Resend's."""
    apart: dict[str, float] = {}
    try:
        apart["Postgres"] = (now() - health.look().now).total_seconds()
        if account and (date := account.clock()):
            apart["Resend"] = (now() - parsedate_to_datetime(date)).total_seconds()
    except (LedgerError, AccountAway, ValueError) as error:
        if not apart:
            return warn("clock", f"nobody to compare it with: {error}")
    said = ", ".join(f"{abs(seconds):.0f} s from {who}'s" for who, seconds in apart.items())
    worst = max(map(abs, apart.values()))
    if worst > CLOSE:
        do = "Switch on time synchronisation: timedatectl set-ntp true"
        return fail("clock", said, do) if worst > FAR else warn("clock", said, do)
    return ok("clock", said)


def disk(path: str = "/") -> Finding:
    """The disk that the containers, and so Postgres, are on."""
    free = shutil.disk_usage(path).free
    said = f"{free / 2**30:.1f} GiB free"
    if free < LITTLE:
        do = "Make room: docker system prune, older backups, a larger disk"
        return fail("disk", said, do) if free < TOO_LITTLE else warn("disk", said, do)
    return ok("disk", said)
