"""What a letter costs the ledger does not grow with the letters that wait: nothing reads a table from end to end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from flows.adapters import ledger_sql as sql
from flows.domain.letter import TRIES_END
from tests.desk import Rig

#: People with two mails each, the first of which is due for a few.
PEOPLE, DUE = 20_000, 20

_FILL = """
    WITH people AS (
        INSERT INTO contact (email, created_at) SELECT 'p' || n || '@example.com', %(now)s FROM generate_series(1, %(people)s) n
        RETURNING id, email)
    , enrolments AS (
        INSERT INTO enrolment (contact_id, campaign, version, segment, answers, timezone, signup_id, created_at)
        SELECT id, 'spring', 1, 'ALL', '{}', 'Europe/Berlin', gen_random_uuid(), %(now)s FROM people RETURNING id)
    INSERT INTO message (enrolment_id, step, mail, due_at)
    SELECT id, step, 'one', %(now)s + CASE WHEN step = 1 AND row_number() OVER () <= %(due)s THEN interval '-1 hour' ELSE step * interval '5 days' END
    FROM enrolments, generate_series(1, 2) step"""


@pytest.fixture
def crowded(here: Rig) -> Rig:
    with here.server.connect("postgres") as ledger:
        ledger.execute(_FILL, {"now": here.clock(), "people": PEOPLE, "due": 2 * DUE})
        ledger.execute("ANALYZE contact, enrolment, message")
    return here


def pages(here: Rig, query: str, values: dict[str, Any]) -> int:
    """How many pages of 8 kB the query looks into."""
    with here.server.connect("postgres") as ledger, ledger.transaction(force_rollback=True):
        row = ledger.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query, values).fetchone()
    assert row
    plan = row[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def due_ids(here: Rig) -> list[Any]:
    with here.server.connect("postgres") as ledger:
        rows = ledger.execute("SELECT id FROM message WHERE due_at <= %s", (here.clock(),)).fetchall()
    return [row[0] for row in rows]


@pytest.fixture
def table(crowded: Rig) -> int:
    """What one look through all mails would cost."""
    return pages(crowded, "SELECT sum(attempts) FROM message", {})


def test_claiming_what_is_due_reads_no_table_from_end_to_end(crowded: Rig, table: int) -> None:
    now = crowded.clock()
    values = {"now": now, "until": now + timedelta(minutes=2), "limit": 8, "first_of": None}
    assert pages(crowded, sql.CLAIM, values) < table


def test_a_letter_with_its_persons_other_mails_reads_no_table_from_end_to_end(
    crowded: Rig, table: int
) -> None:
    ids = due_ids(crowded)[:8]
    assert len(ids) == 8
    assert pages(crowded, sql.LETTERS, {"ids": ids, "tries_end": TRIES_END}) < table


def test_what_the_mirror_has_not_shown_yet_reads_no_table_from_end_to_end(crowded: Rig, table: int) -> None:
    assert pages(crowded, sql.BEHIND, {"now": crowded.clock(), "limit": 20}) < table
