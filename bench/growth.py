"""How a signup's cost grows with the backlog before it and with what the databases hold already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.due import fill
from bench.signup import backlog, mail_one, running_stack
from services.local.postgres import Postgres

#: Prefect's rows of one finished run, copied under new ids.
_PAST = """
    INSERT INTO flow_run SELECT past.* FROM flow_run run, generate_series(1, %s) n,
        jsonb_populate_record(run, jsonb_build_object('name', 'past ' || n,
            'id', gen_random_uuid(), 'idempotency_key', gen_random_uuid()::text, 'state_id', NULL)) past
    WHERE run.id = (SELECT id FROM flow_run WHERE state_type = 'COMPLETED' LIMIT 1)"""


@dataclass(frozen=True)
class Result:
    """A backlog, what was there before, signups finished a second and CPU-seconds for each."""

    signups: int
    before: int
    per_second: float
    cpu: float


def run(*, tiny: bool = False) -> Iterator[Result]:
    """Backlogs of 20, 200 and 2,000; then 200 again beside 100,000 past runs and as many waiting mails."""
    with running_stack("warm") as stack:
        mail_one(stack, "warm-up@example.com")
        for signups in (2,) if tiny else (20, 200, 2_000):
            seconds, cpu = backlog(stack, signups, f"growth-{signups}")
            yield Result(signups, 0, signups / seconds, cpu)
        before, signups = (10, 2) if tiny else (100_000, 200)
        _age(stack.postgres, before)
        seconds, cpu = backlog(stack, signups, "aged")
        yield Result(signups, before, signups / seconds, cpu)


def _age(postgres: Postgres, rows: int) -> None:
    with postgres.connect("postgres", "prefect") as prefect:
        prefect.execute(_PAST, [rows])
        prefect.execute("ANALYZE flow_run")
    fill(postgres, rows)
