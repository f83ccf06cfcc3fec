"""A ledger that nobody keeps: the real tables' shape in one session's temporary tables, gone when it closes.

The rules run on it as on the real one, with the real SQL; what it does to people is nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from flows.adapters.postgres import Ledger

_TABLES = ("signup", "contact", "enrolment", "message", "suppression", "pace", "audit", "notice", "consent")


class ThrowAway(Ledger):
    """A `Ledger` over temporary tables. Closing it, or losing the connection, forgets everything."""

    def _connect(self) -> psycopg.Connection[DictRow]:
        connection = super()._connect()
        for table in _TABLES:
            # Temporary tables are found before real ones of the same name.
            connection.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)")
        connection.execute("INSERT INTO pace (provider) VALUES ('resend'), ('notion')")
        return connection

    def next_moment(self) -> datetime | None:
        """When the first letter that is left may be tried; None if none is left."""
        with self._statement("look for what is next") as cursor:
            row = cursor.execute(_NEXT).fetchone()
        return row["next"] if row else None

    def letters(self) -> list[dict[str, Any]]:
        """Every letter, with the subject that it was written with."""
        with self._statement("read the letters") as cursor:
            return cursor.execute(_ALL).fetchall()

    def suppress(self, address: str, now: datetime) -> None:
        with self._statement("stop an address") as cursor:
            cursor.execute("SELECT suppress(%s, 'unsubscribed', 'link', %s)", (address, now))

    def confirm(self, enrolment: UUID, now: datetime) -> None:
        """The person presses the button of the mail that asked them."""
        with self._statement("confirm") as cursor:
            cursor.execute("SELECT confirm_enrolment(%s, '', %s)", (enrolment, now))

    def choose_weekly(self, now: datetime) -> None:
        with self._statement("have mail once a week") as cursor:
            cursor.execute("UPDATE contact SET weekly_since = %s WHERE weekly_since IS NULL", (now,))


_NEXT = """
    SELECT greatest(due_at, next_attempt_at) AS next FROM message
    WHERE state IN ('scheduled', 'sending') ORDER BY step LIMIT 1"""
_ALL = """
    SELECT step, mail, due_at, state::text, reason, sent_at, rendered->>'subject' AS subject
    FROM message ORDER BY step"""
