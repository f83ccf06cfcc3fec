"""`python -m bench.size`: how much both databases grow with signups, and with the runs that send later mails."""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass

import httpx

from bench.signup import running_stack, sign_up
from flows.domain.identity import SEND_DUE, deployment_id
from services.local.postgres import Postgres
from services.local.stack import Stack

_TABLES = """
    SELECT relname, pg_total_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
#: Seconds without a new row, after which Prefect has written all that it writes.
QUIET = 6
#: Every mail but the first, at once instead of over two weeks.
_FORWARD = "UPDATE message SET due_at = now() - interval '1 second' WHERE state = 'scheduled'"
_WAITING = "SELECT count(*) FROM message WHERE state IN ('scheduled', 'sending') AND due_at <= now()"


@dataclass(frozen=True)
class Size:
    rows: int = 0
    bytes: int = 0

    def since(self, before: Size) -> Size:
        return Size(self.rows - before.rows, self.bytes - before.bytes)


Sizes = dict[str, Size]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--signups", type=int, default=200)
    signups = options.parse_args().signups
    warnings.filterwarnings("ignore", module="platformdirs")
    with running_stack("warm") as stack:
        empty = _both(stack.postgres)
        for number in range(signups):
            sign_up(stack, f"growth-{number}@example.com")
        _wait(stack.postgres, "SELECT count(*) FROM signup s WHERE NOT EXISTS "
              "(SELECT FROM message m JOIN enrolment e ON e.id = m.enrolment_id WHERE e.signup_id = s.id AND m.sent_at IS NOT NULL)")  # fmt: skip
        signed_up = _quiet(stack.postgres)
        runs = _later_mails(stack, signups)
        mailed = _quiet(stack.postgres)
    _print("campaigns, signups with all their mails", mailed, empty, "campaigns", signups)
    _print("prefect, runs of signups", signed_up, empty, "prefect", signups)
    _print("prefect, runs of send-due", mailed, signed_up, "prefect", runs)


def _later_mails(stack: Stack, runs: int) -> int:
    """All later mails leave in this many runs, as on a quiet site, where each due minute has few mails."""
    with stack.postgres.connect("worker") as ledger:
        ledger.execute(_FORWARD)
    url = f"{stack.api_url}/deployments/{deployment_id(SEND_DUE)}/create_flow_run"
    with httpx.Client(auth=("operator", stack.password), timeout=30) as operator:
        for _ in range(runs):
            operator.post(url, json={}).raise_for_status()
    _wait(stack.postgres, _WAITING)
    return runs


def _wait(postgres: Postgres, question: str) -> None:
    with postgres.connect("postgres") as ledger:
        while (row := ledger.execute(question.encode()).fetchone()) and row[0]:
            time.sleep(0.5)


def _quiet(postgres: Postgres) -> dict[str, Sizes]:
    """The sizes when nothing has changed for a while."""
    before, seen_at = _both(postgres), time.monotonic()
    while time.monotonic() - seen_at < QUIET:
        time.sleep(1)
        if (now := _both(postgres)) != before:
            before, seen_at = now, time.monotonic()
    return before


def _both(postgres: Postgres) -> dict[str, Sizes]:
    return {database: _sizes(postgres, database) for database in ("campaigns", "prefect")}


def _sizes(postgres: Postgres, database: str) -> Sizes:
    with postgres.connect("postgres", database) as connection:
        found = connection.execute(_TABLES).fetchall()
        counts = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"'.encode()).fetchone()
            for name, _ in found
        }
    return {name: Size((counts[name] or [0])[0], size) for name, size in found}


def _print(what: str, after: dict[str, Sizes], before: dict[str, Sizes], database: str, of: int) -> None:
    grown = {name: size.since(before[database].get(name, Size())) for name, size in after[database].items()}
    total = Size(sum(size.rows for size in grown.values()), sum(size.bytes for size in grown.values()))
    print(f"\n| {what}, per 1,000 | rows | MB |\n|---|---|---|")
    for name, size in [*sorted(grown.items(), key=lambda one: -one[1].bytes)[:6], ("**all**", total)]:
        print(f"| {name} | {1000 * size.rows / of:,.0f} | {size.bytes / of / 1000:.1f} |")


if __name__ == "__main__":
    main()
