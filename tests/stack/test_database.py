"""Postgres as the services find it: no way in without a password, and no rights but those that are needed."""

from __future__ import annotations

import pytest

from tests.stack.deployment import Deployment

#: Tries to log in over the network; prints each pair that was let in.
LOG_IN = """
import asyncio, asyncpg

async def main():
    for user in ("postgres", "web", "server", "worker", "migrate"):
        for password in (None, "", "postgres", "prefect", "admin", user):
            try:
                await asyncpg.connect(host="postgres", database="postgres", user=user, password=password)
            except (asyncpg.InvalidPasswordError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                print(type(error).__name__)
            else:
                print("let in", user, password)

asyncio.run(main())
"""

MAY = [
    "SELECT id, flow, idempotency_key FROM signup",
    "SELECT svix_id FROM delivery_event",
    "SELECT stop(gen_random_uuid(), 'test', now())",
    "SELECT signups_of('x', now())",
    "SELECT report_booking('test', 'test', 'test', now(), now(), '', NULL, '{}', '{}', '{}')",
]
MAY_NOT = [
    *("SELECT parameters FROM signup", "SELECT mailbox FROM signup", "UPDATE signup SET handed_over_at = NULL", "DELETE FROM signup"),
    *(f"SELECT * FROM {table}" for table in ("contact", "enrolment", "message", "suppression", "audit", "pace", "alert", "notice", "heartbeat")),
    *("SELECT id FROM booking_event", "SELECT end_sequences(gen_random_uuid(), '{}', '', '', now())"),
    *("SELECT payload FROM delivery_event", "DELETE FROM suppression", "INSERT INTO suppression DEFAULT VALUES"),
    *("CREATE TABLE mine (id int)", "CREATE TEMP TABLE mine (id int)", "SELECT pg_read_file('/secrets/postgres/superuser')"),
    *("COPY (SELECT 1) TO PROGRAM 'id'", "SET ROLE worker"),
]  # fmt: skip


def test_no_usual_password_opens_postgres(stack: Deployment) -> None:
    tried = stack.compose.execute("web", "python", "-c", LOG_IN)
    assert len(tried.stdout.splitlines()) == 30, tried.stderr
    assert "let in" not in tried.stdout


@pytest.mark.parametrize("question", MAY)
def test_web_may(stack: Deployment, question: str) -> None:
    stack.ledger(question, role="web")


@pytest.mark.parametrize("question", MAY_NOT)
def test_web_may_not(stack: Deployment, question: str) -> None:
    with pytest.raises(AssertionError, match="permission denied"):
        stack.ledger(question, role="web")


def test_no_service_is_a_superuser(stack: Deployment) -> None:
    powers = "rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
    assert stack.ledger(f"SELECT rolname FROM pg_roles WHERE rolcanlogin AND ({powers})") == [["postgres"]]


@pytest.mark.parametrize("role", ["web", "worker", "migrate"])
def test_only_the_server_may_open_prefects_database(stack: Deployment, role: str) -> None:
    asked = "SELECT has_database_privilege('{}', 'prefect', 'CONNECT')"
    assert stack.ledger(asked.format(role)) == [["f"]]
    assert stack.ledger(asked.format("server")) == [["t"]]
