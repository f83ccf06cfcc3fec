"""Sequences in the ledger that a person changes: to another version of the campaign, or on after a stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from flows.adapters import ledger_sql as sql
from flows.adapters.postgres import Ledger, message_row, read_place
from flows.domain.letter import Due
from flows.domain.replanning import Moved, Place


class Plans(Ledger):
    """The ledger for whoever changes what is planned. Each change is one transaction and noted in `audit`."""

    def movable(self, campaign: str, version: int, addresses: Sequence[str] | None = None) -> list[UUID]:
        """Who is in the campaign under another version and has neither stopped nor been stopped.

        Args:
            addresses: only whoever has one of these.
        """
        values = {"campaign": campaign, "version": version, "addresses": addresses and list(addresses)}
        with self._statement("look for people to move") as cursor:
            return [row["id"] for row in cursor.execute(_MOVABLE, values).fetchall()]

    def change_version(self, enrolment: UUID, decide: Callable[[Place], Moved], now: datetime) -> Moved:
        """Plan the rest of a sequence anew, as `decide` says of what it is at that moment."""
        with self._transaction("move a person") as cursor:
            place = read_place(cursor, enrolment)
            moved = decide(place)
            cursor.execute(_REMOVE, {"ids": [mail.id for mail in moved.gone]})
            cursor.executemany(sql.PLAN, [message_row(enrolment, mail) for mail in moved.planned])
            values = {"id": enrolment, "version": moved.version, "segment": moved.segment, "now": now}
            cursor.execute(_MOVED, values)
            _note(
                cursor, place, "moved", f"{place.campaign}, from version {place.version} to {moved.said}", now
            )
        return moved

    def stops(self, addresses: Sequence[str]) -> list[str]:
        """Why nothing leaves for this person: of the address, and of each sequence that was ended."""
        with self._statement("look for stops") as cursor:
            rows = cursor.execute(_STOPS, {"addresses": list(addresses)}).fetchall()
        return [row["reason"] for row in rows]

    def lift(self, addresses: Sequence[str], because: str, now: datetime) -> list[UUID]:
        """Every stop of this person is over. Returns their sequences, of which nothing is planned yet."""
        values = {"addresses": list(addresses), "because": because, "now": now}
        with self._transaction("lift a person's stops") as cursor:
            for statement in (_UNSUPPRESS, _UNERASE, _REOPEN, _RESUMED):
                cursor.execute(statement, values)
            return [row["id"] for row in cursor.execute(_THEIRS, values).fetchall()]

    def plan_again(self, enrolment: UUID, decide: Callable[[Place], list[Due]], now: datetime) -> list[Due]:
        """Skipped mails are to leave after all, as `decide` says."""
        with self._transaction("plan skipped mails again") as cursor:
            dues = decide(read_place(cursor, enrolment))
            cursor.executemany(_PLAN_AGAIN, [vars(due) for due in dues])
            cursor.execute(_BEHIND, {"id": enrolment, "now": now})
        return dues


def _note(cursor: Cursor[DictRow], place: Place, action: str, detail: str, now: datetime) -> None:
    values: dict[str, Any] = {"actor": "operator", "action": action, "subject": place.contact_id}
    cursor.execute(sql.AUDIT, {**values, "detail": detail, "now": now})


_MOVABLE = """
    SELECT e.id FROM enrolment e JOIN contact c ON c.id = e.contact_id
    WHERE e.campaign = %(campaign)s AND e.version <> %(version)s AND e.ended_at IS NULL
      AND e.waits_for IS NULL -- who has not confirmed yet gets the version of that day
      AND (%(addresses)s::text[] IS NULL OR lower(c.email) = ANY(%(addresses)s))
      AND NOT EXISTS (SELECT FROM suppression s WHERE s.email = lower(c.email))
    ORDER BY e.created_at"""
_REMOVE = "DELETE FROM message WHERE id = ANY(%(ids)s) AND state = 'scheduled' AND first_attempt_at IS NULL"
_MOVED = """
    UPDATE enrolment SET version = %(version)s, segment = %(segment)s, mirror_due_at = %(now)s WHERE id = %(id)s"""
_STOPS = """
    SELECT reason FROM suppression WHERE email = ANY(%(addresses)s)
    UNION SELECT 'erased' FROM erased
        WHERE digest IN (SELECT digest_of(address) FROM unnest(%(addresses)s::text[]) address)
    UNION SELECT e.end_reason FROM enrolment e JOIN contact c ON c.id = e.contact_id
        WHERE lower(c.email) = ANY(%(addresses)s) AND e.ended_at IS NOT NULL AND e.end_reason NOT LIKE 'entered %%'
          AND e.end_reason <> 'not confirmed'"""
_UNSUPPRESS = "DELETE FROM suppression WHERE email = ANY(%(addresses)s)"
_UNERASE = """
    DELETE FROM erased WHERE digest IN (SELECT digest_of(address) FROM unnest(%(addresses)s::text[]) address)"""
_REOPEN = """
    UPDATE enrolment e SET ended_at = NULL, end_reason = NULL FROM contact c
    WHERE c.id = e.contact_id AND lower(c.email) = ANY(%(addresses)s) AND e.ended_at IS NOT NULL
      AND e.end_reason <> 'not confirmed'
      AND e.end_reason NOT LIKE 'entered %%'"""  # who went on to another campaign is not taken back
_RESUMED = """
    INSERT INTO audit (at, actor, action, subject, detail)
    SELECT %(now)s, 'operator', 'resumed', id, %(because)s FROM contact WHERE lower(email) = ANY(%(addresses)s)"""
_THEIRS = """
    SELECT e.id FROM enrolment e JOIN contact c ON c.id = e.contact_id WHERE lower(c.email) = ANY(%(addresses)s)"""
_PLAN_AGAIN = """
    UPDATE message SET state = 'scheduled', reason = NULL, next_attempt_at = NULL, due_at = %(due_at)s,
        expires_at = %(expires_at)s
    WHERE id = %(id)s AND state = 'skipped' AND first_attempt_at IS NULL"""
_BEHIND = "UPDATE enrolment SET mirror_due_at = %(now)s WHERE id = %(id)s"
