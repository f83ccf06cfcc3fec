"""Groups of signups from two processes at once."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import psycopg

from flows.settings import Settings
from services.web.rows import Signup, Stored
from services.web.store import Ledger as Store
from tests.conftest import Ledger
from tests.web_site import NOW

_INSERT = """
    INSERT INTO signup (id, flow, idempotency_key, fingerprint, name, parameters, created_at)
    VALUES (%s, 'christmas', %s, '', 'another', '{}', %s)"""


def _signup(key: str) -> Signup:
    return Signup(uuid4(), "christmas", key, "a run", [], {}, key.encode(), NOW)


async def _until_blocked(connection: psycopg.Connection[tuple[int]]) -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'web' AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while connection.execute(waiting).fetchone() != (1,):  # noqa: ASYNC110 - Postgres has no event for it
            await asyncio.sleep(0.01)


def test_two_groups_with_the_same_keys_wait_for_each_other_without_a_deadlock(ledger: Ledger) -> None:
    async def both() -> list[Stored]:
        store = Store(Settings(ledger_host=ledger.host, ledger_user="web"))
        async with store.opened():
            with ledger.connect("migrate") as other, ledger.connect("postgres") as watching:
                with other.transaction():
                    other.execute(_INSERT, (UUID(int=1), "a", NOW))
                    group = asyncio.create_task(store._insert([_signup("b"), _signup("a")]))
                    await _until_blocked(watching)
                    other.execute(_INSERT, (UUID(int=2), "b", NOW))
                return await group

    assert [stored.id for stored in asyncio.run(both())] == [UUID(int=2), UUID(int=1)]
