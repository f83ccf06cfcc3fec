"""A data volume of the first release: after the migrations everything in it is there, and works."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from flows.send_due import send_all
from services.local.postgres import ROOT
from tests.conftest import Ledger
from tests.desk import NOW, Clock, Rig, rig

NAME = "first_release"
CONTACT = UUID("00000000-0000-4000-8000-000000000001")
TABLES = ("signup", "contact", "enrolment", "message", "delivery_event", "suppression", "audit")

#: A row of every kind, written as the first release wrote it.
ROWS = f"""
    INSERT INTO signup (id, flow, idempotency_key, fingerprint, name, parameters, created_at, handed_over_at) VALUES
        ('00000000-0000-4000-8000-00000000000a', 'spring-signup', 'k', '\\x00', 'n', '{{"email": "anna@lead.example"}}',
         '{NOW}', '{NOW}');
    INSERT INTO contact VALUES ('{CONTACT}', 'anna@lead.example', '{NOW}');
    INSERT INTO enrolment (id, contact_id, campaign, version, segment, answers, signup_id, timezone, created_at) VALUES
        ('00000000-0000-4000-8000-0000000000ee', '{CONTACT}', 'spring', 3, 'ALL',
         '{{"email": "anna@lead.example", "first_name": "Anna"}}', '00000000-0000-4000-8000-00000000000a',
         'Europe/Berlin', '{NOW}');
    INSERT INTO message (enrolment_id, step, mail, due_at, state, rendered, first_attempt_at, provider_id, sent_at) VALUES
        ('00000000-0000-4000-8000-0000000000ee', 1, 'one', '{NOW}', 'sent', '{{"subject": "s"}}', '{NOW}', 'mail-1', '{NOW}');
    INSERT INTO message (enrolment_id, step, mail, due_at) VALUES
        ('00000000-0000-4000-8000-0000000000ee', 2, 'two', '{NOW + timedelta(days=1)}'),
        ('00000000-0000-4000-8000-0000000000ee', 3, 'three', '{NOW + timedelta(days=3)}');
    INSERT INTO delivery_event (svix_id, type, provider_id, received_at, payload) VALUES
        ('msg_1', 'email.delivered', 'mail-1', '{NOW}', '{{"data": {{}}}}');
    INSERT INTO suppression VALUES ('other@lead.example', 'unsubscribed', 'page', '{NOW}');
    INSERT INTO audit (at, actor, action) VALUES ('{NOW}', 'signup', 'enrolled');
"""


def migrate(server: Ledger, revision: str) -> None:
    environment = os.environ | server.environment("migrate") | {"LEDGER_NAME": NAME}
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", revision], cwd=ROOT, env=environment, check=True
    )


def connect(server: Ledger, role: str) -> psycopg.Connection[Any]:
    return server.connect(role, NAME)


def rows(server: Ledger) -> dict[str, list[dict[str, Any]]]:
    """Every row that the first release has written, by table."""
    with connect(server, "postgres") as ledger:
        return {
            table: [row for (row,) in ledger.execute(f"SELECT to_jsonb(t) FROM {table} t ORDER BY t::text")]
            for table in TABLES
        }


@pytest.fixture(scope="module")
def before_and_after(postgres: Ledger) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows at the first release, and after the upgrade."""
    with postgres.connect("postgres", "postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME}")
        server.execute(f"CREATE DATABASE {NAME} OWNER migrate")
    with connect(postgres, "postgres") as ledger:
        ledger.execute(
            "ALTER SCHEMA public OWNER TO migrate; GRANT USAGE ON SCHEMA public TO web, server, worker"
        )
    migrate(postgres, "0001")
    with connect(postgres, "postgres") as ledger:
        ledger.execute(ROWS.encode())
    before = rows(postgres)
    migrate(postgres, "head")
    return before, rows(postgres)


@pytest.fixture
def upgraded(postgres: Ledger, before_and_after: object) -> Iterator[Rig]:
    found = rig(Ledger(postgres.host, postgres.port, NAME), clock=Clock(NOW + timedelta(days=1)))
    yield found
    found.close()


def test_an_upgrade_keeps_every_row_of_the_first_release(
    before_and_after: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    before, after = before_and_after
    for table in TABLES:
        assert before[table]
        assert [old.items() <= new.items() for old, new in zip(before[table], after[table], strict=True)] == [
            True
        ] * len(before[table])


def test_after_an_upgrade_the_next_mail_leaves_and_a_link_of_before_stops_the_rest(upgraded: Rig) -> None:
    send_all(upgraded.desk)
    assert [mail.step for mail in upgraded.provider.sent] == [2]
    with connect(upgraded.server, "web") as web:
        web.execute("SELECT stop(%s, 'page', %s)", (CONTACT, upgraded.clock()))
    upgraded.clock.forward(days=7)
    send_all(upgraded.desk)
    assert [mail.step for mail in upgraded.provider.sent] == [2]


def test_after_an_upgrade_a_newcomer_is_enrolled_and_mailed(upgraded: Rig) -> None:
    assert upgraded.enrol("new@lead.example").new
    send_all(upgraded.desk)
    assert [(mail.step, mail.to) for mail in upgraded.provider.sent] == [(1, "new@lead.example")]


def test_a_second_upgrade_changes_nothing(
    postgres: Ledger, before_and_after: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    now = rows(postgres)
    migrate(postgres, "head")
    assert rows(postgres) == now
