"""How many due mails a second are handed over to a stand-in without limits, and how that grows with waiting rows."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from bench.processes import resend_stand_in
from flows import wiring
from flows.desk import Desk
from flows.send_due import send_all
from flows.settings import Settings
from services.local.postgres import Postgres, embedded

#: Waiting rows beside the due ones.
WAITING = (1_000, 10_000, 100_000)

_FILL = """
    WITH people AS (
        INSERT INTO contact (email, created_at) SELECT 'p' || n || %(mark)s || '@example.com', now() FROM generate_series(1, %(people)s) n
        RETURNING id)
    , enrolments AS (
        INSERT INTO enrolment (contact_id, campaign, version, segment, answers, timezone, signup_id, created_at)
        SELECT id, 'christmas', 1, 'URGENT', %(answers)s || jsonb_build_object('first_name', 'Anna ' || left(id::text, 8)), 'Europe/Berlin', gen_random_uuid(), now() FROM people RETURNING id)
    INSERT INTO message (enrolment_id, step, mail, due_at) SELECT id, 1, 'welcome', %(due_at)s FROM enrolments"""

_ANSWERS = {
    "email": "anna@example.com", "first_name": "Anna", "business_name": "Anna Bakes", "assessment_score": 41,
    "red_systems": 1, "orange_systems": 2, "yellow_systems": 3, "green_systems": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Result:
    waiting: int
    due: int
    per_second: float
    cpu_ms: float


def run(due: int = 1_000, waiting: tuple[int, ...] = WAITING) -> list[Result]:
    """One result for each number of waiting rows."""
    with (
        TemporaryDirectory() as directory,
        embedded(Path(directory) / "postgres") as postgres,
        resend_stand_in() as url,
    ):
        return [_measure(postgres, url, due, number) for number in waiting]


def _measure(postgres: Postgres, url: str, due: int, waiting: int) -> Result:
    desk = _desk(postgres, url)
    now = datetime.now(UTC)
    with postgres.connect("worker") as ledger:
        ledger.execute("DELETE FROM contact")
    fill(postgres, waiting)
    fill(postgres, due, now)
    process = psutil.Process()
    before, cpu = time.perf_counter(), process.cpu_times()
    outcomes, reasons = send_all(desk)
    seconds, after = time.perf_counter() - before, process.cpu_times()
    assert outcomes == {"sent": due}, (outcomes, reasons)
    spent = after.user + after.system - cpu.user - cpu.system
    return Result(waiting, due, due / seconds, 1000 * spent / due)


def fill(postgres: Postgres, people: int, due_at: datetime | None = None) -> None:
    """So many people with one mail each, due in five days unless it is said when."""
    due_at = due_at or datetime.now(UTC) + timedelta(days=5)
    values = {"people": people, "answers": Jsonb(_ANSWERS), "due_at": due_at, "mark": f"-{due_at:%d}"}
    with postgres.connect("worker") as ledger:
        ledger.execute(_FILL, values)
    with postgres.connect("postgres", "campaigns") as ledger:
        ledger.execute("ANALYZE message")


def _desk(postgres: Postgres, url: str) -> Desk:
    """The real one, except that the campaign's placeholders are filled in."""
    settings = Settings(
        resend_api_key=SecretStr("re_bench"), resend_api_url=url, resend_per_second=1000, mail_from="a@example.com",
        postal_address="Street 1, 12345 Town", link_key=SecretStr("k" * 64), ledger_host=postgres.host,
    )  # fmt: skip
    desk = wiring.build(settings)
    filled = {
        name: campaign.model_copy(
            update={"values": {key: value.strip("<>") for key, value in campaign.values.items()}}
        )
        for name, campaign in desk.campaigns.items()
    }
    return replace(desk, campaigns=filled)
