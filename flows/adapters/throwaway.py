"""A ledger that nobody keeps: the real tables' shape in one session's temporary tables, gone when it closes.

The rules run on it as on the real one, with the real SQL; what it does to people is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from flows.adapters.postgres import Ledger

_TABLES = ("contact", "enrolment", "message", "suppression", "pace", "audit")


class ThrowAway(Ledger):
    """A `Ledger` over temporary tables. Closing it, or losing the connection, forgets everything."""

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[psycopg.Cursor[DictRow]]:
        fresh = self._connection is None or self._connection.closed
        with super()._transaction(doing) as cursor:
            if fresh:
                for table in _TABLES:
                    # Temporary tables are found before real ones of the same name.
                    cursor.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)")
                cursor.execute("INSERT INTO pace (provider) VALUES ('resend'), ('notion')")
            yield cursor

    def next_moment(self) -> datetime | None:
        """When the first letter that is left may be tried; None if none is left."""
        with self._transaction("look for what is next") as cursor:
            row = cursor.execute(_NEXT).fetchone()
        return row["next"] if row else None

    def letters(self) -> list[dict[str, Any]]:
        """Every letter, with the subject that it was written with."""
        with self._transaction("read the letters") as cursor:
            return cursor.execute(_ALL).fetchall()

    def suppress(self, address: str, now: datetime) -> None:
        with self._transaction("stop an address") as cursor:
            cursor.execute("SELECT suppress(%s, 'unsubscribed', 'link', %s)", (address, now))


_NEXT = """
    SELECT greatest(due_at, next_attempt_at) AS next FROM message
    WHERE state IN ('scheduled', 'sending') ORDER BY step LIMIT 1"""
_ALL = """
    SELECT step, mail, due_at, state::text, reason, sent_at, rendered->>'subject' AS subject
    FROM message ORDER BY step"""
