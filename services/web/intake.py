"""Signups into the ledger, many in one statement, as far as each address and the hour still have room."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.web.errors import Away
from services.web.hour import Hour, start_of_day, start_of_hour
from services.web.rows import Signup, Stored

# Sorted by key, so that two groups never wait for each other's rows; the hour's row comes last for the same reason.
# A key that is used again adds nothing, so within the group it counts once.
_INSERT = """
    WITH asked AS (
        SELECT *, signups_of(mailbox, $2) + dense_rank() OVER (
            PARTITION BY mailbox ORDER BY flow, coalesce(idempotency_key, id::text)) AS nth
        FROM json_to_recordset($1::json) AS new (id uuid, flow text, idempotency_key text, fingerprint bytea,
            name text, tags text[], parameters jsonb, mailbox bytea, created_at timestamptz, consent jsonb)),
    added AS (
        INSERT INTO signup (id, flow, idempotency_key, fingerprint, name, tags, parameters, mailbox, created_at, consent)
        SELECT id, flow, idempotency_key, fingerprint, name, tags, parameters, mailbox, created_at, consent
        FROM asked WHERE nth <= $3 ORDER BY flow, idempotency_key
        ON CONFLICT (flow, idempotency_key) DO NOTHING RETURNING id),
    counted AS (
        INSERT INTO intake_hour AS known (hour, taken, most)
        SELECT $4, count(*), $5 FROM added
        ON CONFLICT (hour) DO UPDATE SET taken = known.taken + excluded.taken, most = excluded.most RETURNING taken)
    SELECT id, nth <= $3 AS room, added.id IS NOT NULL AS new, taken
    FROM asked LEFT JOIN added USING (id) LEFT JOIN counted ON true"""
_FIRST = """
    SELECT id, flow, idempotency_key, fingerprint, name, tags, created_at FROM signup
    JOIN unnest($1::text[], $2::text[]) AS asked (flow, idempotency_key) USING (flow, idempotency_key)"""


class Intake:
    """Adds groups of signups and tells `hour` what the ledger has taken in it.

    The limits count in the ledger, so they hold over restarts and several processes. Two processes that add in the
    same instant may go beyond a limit by one group, and so may one that has just begun beyond the hour's.
    """

    def __init__(self, per_address: int, hour: Hour) -> None:
        self._per_address, self._hour = per_address, hour

    async def add(self, connection: asyncpg.Connection, signups: list[Signup]) -> list[Stored | None]:
        """What the ledger has of each now; None if its address has had its share of this day.

        Raises:
            Away: the first signup with a key was removed between two statements.
        """
        now = max(signup.created_at for signup in signups)
        found = await self._insert(connection, signups, now)
        repeated = [signup for signup in signups if not found[signup.id]["new"] and signup.idempotency_key]
        first = await _first(connection, repeated) if repeated else {}
        return [_answer(s, found[s.id], first.get((s.flow, s.idempotency_key))) for s in signups]

    async def _insert(
        self, connection: asyncpg.Connection, signups: list[Signup], now: datetime
    ) -> dict[UUID, asyncpg.Record]:
        rows = orjson.dumps([_row(signup) for signup in signups]).decode()
        hour, day = start_of_hour(now), start_of_day(now)
        found = await connection.fetch(_INSERT, rows, day, self._per_address, hour, self._hour.most)
        self._hour.has_taken(hour, found[0]["taken"])
        return {row["id"]: row for row in found}


async def _first(
    connection: asyncpg.Connection, repeated: list[Signup]
) -> dict[tuple[str, str | None], asyncpg.Record]:
    """The signups that used these keys first, by flow and key."""
    keys = zip(*((signup.flow, signup.idempotency_key) for signup in repeated), strict=True)
    return {(row["flow"], row["idempotency_key"]): row for row in await connection.fetch(_FIRST, *keys)}


def _row(signup: Signup) -> dict[str, Any]:
    return vars(signup) | {
        "fingerprint": rf"\x{signup.fingerprint.hex()}",
        "mailbox": rf"\x{signup.mailbox.hex()}",
    }


def _answer(signup: Signup, found: asyncpg.Record, first: asyncpg.Record | None) -> Stored | None:
    if found["new"]:
        return Stored(signup.id, signup.name, signup.tags, signup.created_at, new=True, same=True)
    if first:
        same = first["fingerprint"] == signup.fingerprint
        return Stored(first["id"], first["name"], first["tags"], first["created_at"], new=False, same=same)
    if found["room"]:
        raise Away("the first signup with this key was removed just now")
    return None
