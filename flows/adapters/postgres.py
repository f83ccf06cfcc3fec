"""The ledger in Postgres: the truth about people and mail. Plain SQL, one method for each thing that happens.

Every method is one transaction. Errors of the database become `LedgerError` without the row's data,
since Postgres repeats values in its details and Prefect keeps tracebacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from flows.domain.campaign import Campaign
from flows.domain.lead import Enrolment, Lead
from flows.domain.letter import Due, Letter
from flows.domain.record import Record
from flows.domain.sequence import Planned

#: How long a claim holds: a sender that dies leaves its mail to the next one after this.
LEASE = timedelta(minutes=2)


class LedgerError(RuntimeError):
    """The ledger could not be read or written. The message names the operation and Postgres' error code."""


class Ledger:
    """The `campaigns` database, with the rights of the role that logs in.

    Args:
        conninfo: psycopg's connection parameters: `host`, `port`, `dbname`, `user`, `password`.
    """

    def __init__(self, **conninfo: Any) -> None:
        self._conninfo = conninfo
        self._connection: psycopg.Connection[DictRow] | None = None

    def enrol(
        self, campaign: Campaign, lead: Lead, plan: Sequence[Planned], signup: UUID, now: datetime
    ) -> Enrolment:
        """The contact, the enrolment and a message for each planned mail: all of it or nothing.

        A person who is in the campaign already stays as they are, and nothing is planned again.
        """
        row = {"email": lead.email, "campaign": campaign.name, "version": campaign.version, "segment": lead.segment,
               "answers": Jsonb(dict(lead.answers)), "timezone": lead.timezone, "signup": signup, "now": now}  # fmt: skip
        with self._transaction("enrol a lead") as cursor:
            made = cursor.execute(_ENROL, row).fetchone()
            if made:
                cursor.executemany(_PLAN, [{"enrolment": made["id"], **vars(mail)} for mail in plan])
            found = made or cursor.execute(_ENROLLED, row).fetchone()
            assert found is not None
            said = {"action": "enrolled" if made else "signed up again", "subject": found["contact_id"]}
            cursor.execute(_AUDIT, {"now": now, "actor": "signup", "detail": campaign.name, **said})
        return Enrolment(new=made is not None, **found)

    def claim(self, now: datetime, limit: int = 1, first_of: UUID | None = None) -> list[Letter]:
        """Up to `limit` letters that are due, oldest first, held for `LEASE` so that nobody else takes them.

        Of one person's sequence only the first that has not left is due: the others wait for it.

        Args:
            first_of: take nothing but the first letter of this enrolment.
        """
        values = {"now": now, "until": now + LEASE, "limit": limit, "first_of": first_of}
        with self._transaction("claim what is due") as cursor:
            ids = [row["id"] for row in cursor.execute(_CLAIM, values).fetchall()]
            letters = cursor.execute(_LETTERS, {"ids": ids}).fetchall()
        return [Letter(**row) for row in letters]

    def begin(
        self, letter: Letter, body: Mapping[str, Any], wording: str, now: datetime
    ) -> dict[str, Any] | None:
        """Commit to an attempt: from here on the letter's body never changes.

        Returns the body to send, as every attempt sends it; None if the letter must not leave any more,
        because the person said stop a moment ago.
        """
        values = {"id": letter.id, "body": Jsonb(dict(body)), "wording": wording, "now": now}
        with self._transaction("begin an attempt") as cursor:
            row = cursor.execute(_BEGIN, values).fetchone()
        return row["rendered"] if row else None

    def settle(
        self, letter: Letter, state: str, reason: str | None, now: datetime, provider_id: str | None = None
    ) -> None:
        """What became of a letter: `sent`, `held`, `skipped` or `failed`. A letter that was sent stays sent."""
        values = {"id": letter.id, "state": state, "reason": reason, "provider": provider_id, "now": now}
        with self._transaction("settle a letter") as cursor:
            cursor.execute(_SETTLE, values)
            cursor.execute(_MIRROR_WANTED, {"id": letter.enrolment_id, "now": now})

    def postpone(self, letter: Letter, until: datetime, reason: str, *, refused: bool = False) -> None:
        """Nobody tries this letter before `until`.

        Args:
            refused: the attempt that was begun has surely not sent it, so it counts as if it had not been made.
        """
        values = {"id": letter.id, "until": until, "reason": reason, "refused": refused}
        with self._transaction("postpone a letter") as cursor:
            cursor.execute(_POSTPONE, values)

    def later(self, letter: Letter) -> list[Due]:
        """When the letters after this one in its sequence are due that have not been tried yet."""
        values = {"enrolment": letter.enrolment_id, "step": letter.step}
        with self._transaction("read what comes later") as cursor:
            return [Due(**row) for row in cursor.execute(_LATER, values).fetchall()]

    def move(self, dues: Sequence[Due]) -> None:
        """Letters that nobody has tried yet are due at another time."""
        with self._transaction("move what is due") as cursor:
            cursor.executemany(_MOVE, [vars(due) for due in dues])

    def first_mail(self, enrolment: UUID) -> tuple[str, str | None]:
        """State and reason of an enrolment's first message."""
        with self._transaction("read a message") as cursor:
            row = cursor.execute(_FIRST_MAIL, {"id": enrolment}).fetchone()
        assert row is not None
        return row["state"], row["reason"]

    def record(self, enrolment: UUID) -> tuple[Record, str | None] | None:
        """What the mirror should show for an enrolment, and the id of its page if it has one."""
        with self._transaction("read a record") as cursor:
            row = cursor.execute(_RECORD, {"id": enrolment}).fetchone()
        if row is None:
            return None
        page = row.pop("notion_page_id")
        return Record(**row), page

    def mirrored(self, enrolment: UUID, page_id: str | None, seen: datetime) -> None:
        """The mirror shows what was so at `seen`; what changed since then is still to come."""
        with self._transaction("note the mirror") as cursor:
            cursor.execute(_MIRRORED, {"id": enrolment, "page": page_id, "seen": seen})

    def mirror_failed(self, enrolment: UUID, reason: str, again: datetime) -> None:
        """The mirror stays behind until `again`, for this reason."""
        with self._transaction("note the mirror's failure") as cursor:
            cursor.execute(_MIRROR_FAILED, {"id": enrolment, "reason": reason, "again": again})

    def behind(self, now: datetime, limit: int) -> list[UUID]:
        """Enrolments whose record in the mirror is out of date, the longest first."""
        with self._transaction("read the mirror's queue") as cursor:
            return [row["id"] for row in cursor.execute(_BEHIND, {"now": now, "limit": limit}).fetchall()]

    def pause(self, provider: str, until: datetime, reason: str) -> None:
        """Nobody asks the provider anything before `until`."""
        with self._transaction("pause a provider") as cursor:
            cursor.execute(_PAUSE, {"provider": provider, "until": until, "reason": reason})

    def paused(self, provider: str, now: datetime) -> tuple[datetime, str] | None:
        """Until when the provider must not be asked, and why; None if it may."""
        with self._transaction("look for a pause") as cursor:
            row = cursor.execute(_PAUSED, {"provider": provider, "now": now}).fetchone()
        return (row["paused_until"], row["reason"]) if row else None

    def turn(self, provider: str, per_second: float, now: datetime, patience: timedelta) -> datetime | None:
        """Take the next moment at which the provider may be asked, at this pace over all processes.

        None, and nothing is taken, if that is later than `now + patience`.
        """
        values = {
            "provider": provider,
            "gap": timedelta(seconds=1 / per_second),
            "now": now,
            "until": now + patience,
        }
        with self._transaction("wait for a turn") as cursor:
            row = cursor.execute(_TURN, values).fetchone()
        return row["turn"] if row else None

    def check(self) -> None:
        """Nothing, if the ledger answers and its tables are there."""
        with self._transaction("check the ledger") as cursor:
            cursor.execute("SELECT FROM message LIMIT 1")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[psycopg.Cursor[DictRow]]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(**self._conninfo, row_factory=dict_row, connect_timeout=5)
            with self._connection.transaction(), self._connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '10s'")
                yield cursor
        except psycopg.Error as error:
            code = error.sqlstate or type(error).__name__
            raise LedgerError(
                f"could not {doing}: Postgres answered {code}. Is it up, and migrated?"
            ) from None


_ENROL = """
    WITH contact AS (
        INSERT INTO contact (email, created_at) VALUES (%(email)s, %(now)s)
        ON CONFLICT (lower(email)) DO UPDATE SET email = contact.email RETURNING id)
    INSERT INTO enrolment (contact_id, campaign, version, segment, answers, timezone, signup_id, created_at, mirror_due_at)
    SELECT id, %(campaign)s, %(version)s, %(segment)s, %(answers)s, %(timezone)s, %(signup)s, %(now)s, %(now)s FROM contact
    ON CONFLICT (contact_id, campaign) DO NOTHING RETURNING id, contact_id, created_at"""
_ENROLLED = """
    SELECT e.id, contact_id, e.created_at FROM enrolment e JOIN contact c ON c.id = e.contact_id
    WHERE lower(c.email) = lower(%(email)s) AND e.campaign = %(campaign)s"""
_PLAN = """
    INSERT INTO message (enrolment_id, step, mail, due_at, expires_at)
    VALUES (%(enrolment)s, %(step)s, %(mail)s, %(due_at)s, %(expires_at)s)"""
_AUDIT = """
    INSERT INTO audit (at, actor, action, subject, detail)
    VALUES (%(now)s, %(actor)s, %(action)s, %(subject)s, %(detail)s)"""
_CLAIM = """
    WITH due AS (
        SELECT id FROM message m
        WHERE state IN ('scheduled', 'sending') AND due_at <= %(now)s
          AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s)
          AND (%(first_of)s::uuid IS NULL OR (enrolment_id = %(first_of)s AND step = 1))
          AND NOT EXISTS (SELECT FROM message earlier WHERE earlier.enrolment_id = m.enrolment_id
                          AND earlier.step < m.step AND earlier.state IN ('scheduled', 'sending'))
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    UPDATE message SET next_attempt_at = %(until)s FROM due WHERE message.id = due.id RETURNING message.id"""
_LETTERS = """
    SELECT m.id, m.enrolment_id, e.contact_id, e.campaign, e.version, e.segment, c.email, e.timezone, e.answers, m.step,
           m.mail, m.state::text, m.due_at, m.expires_at, m.rendered, m.first_attempt_at, m.attempts,
           s.reason AS suppressed, e.end_reason AS ended
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id JOIN contact c ON c.id = e.contact_id
    LEFT JOIN suppression s ON s.email = lower(c.email)
    WHERE m.id = ANY(%(ids)s) ORDER BY m.due_at"""
_BEGIN = """
    UPDATE message m SET state = 'sending', attempts = attempts + 1,
        rendered = coalesce(rendered, %(body)s), wording = coalesce(wording, %(wording)s),
        first_attempt_at = coalesce(first_attempt_at, %(now)s)
    FROM enrolment e JOIN contact c ON c.id = e.contact_id
    WHERE m.id = %(id)s AND m.state IN ('scheduled', 'sending') AND e.id = m.enrolment_id AND e.ended_at IS NULL
      AND NOT EXISTS (SELECT FROM suppression s WHERE s.email = lower(c.email))
    RETURNING m.rendered"""
_SETTLE = """
    UPDATE message SET state = %(state)s::message_state, reason = %(reason)s, next_attempt_at = NULL,
        provider_id = coalesce(%(provider)s, provider_id),
        sent_at = CASE WHEN %(state)s = 'sent' THEN %(now)s ELSE sent_at END
    WHERE id = %(id)s AND state <> 'sent'"""
_POSTPONE = """
    UPDATE message SET next_attempt_at = %(until)s, reason = %(reason)s,
        state = CASE WHEN %(refused)s AND attempts = 1 THEN 'scheduled' ELSE state END,
        first_attempt_at = CASE WHEN %(refused)s AND attempts = 1 THEN NULL ELSE first_attempt_at END,
        attempts = CASE WHEN %(refused)s THEN attempts - 1 ELSE attempts END
    WHERE id = %(id)s AND state IN ('scheduled', 'sending')"""
_LATER = """
    SELECT id, due_at, expires_at FROM message
    WHERE enrolment_id = %(enrolment)s AND step > %(step)s AND state = 'scheduled' ORDER BY step"""
_MOVE = """
    UPDATE message SET due_at = %(due_at)s, expires_at = %(expires_at)s, next_attempt_at = NULL
    WHERE id = %(id)s AND state = 'scheduled'"""
_FIRST_MAIL = "SELECT state::text, reason FROM message WHERE enrolment_id = %(id)s ORDER BY step LIMIT 1"
_RECORD = """
    SELECT e.id::text AS key, c.email, e.answers->>'first_name' AS name, e.answers->>'business_name' AS business,
           e.campaign, e.segment, (e.answers->>'assessment_score')::numeric::float8 AS score, e.notion_page_id,
           count(*) FILTER (WHERE m.state = 'sent') AS sent,
           count(*) FILTER (WHERE m.state IN ('scheduled', 'sending')) AS waiting,
           count(*) FILTER (WHERE m.state = 'held') AS held,
           count(*) FILTER (WHERE m.reason = 'preview') AS previewed,
           max(m.step) FILTER (WHERE m.state = 'sent') AS step,
           max(m.sent_at) AS last_sent,
           min(m.due_at) FILTER (WHERE m.state = 'scheduled') AS next_send,
           (SELECT s.reason FROM suppression s WHERE s.email = lower(c.email)) AS suppressed,
           e.end_reason AS ended
    FROM enrolment e JOIN contact c ON c.id = e.contact_id LEFT JOIN message m ON m.enrolment_id = e.id
    WHERE e.id = %(id)s GROUP BY e.id, c.email"""
_MIRROR_WANTED = "UPDATE enrolment SET mirror_due_at = coalesce(mirror_due_at, %(now)s) WHERE id = %(id)s"
_MIRRORED = """
    UPDATE enrolment SET notion_page_id = coalesce(%(page)s, notion_page_id), mirror_failure = NULL,
        mirror_due_at = CASE WHEN mirror_due_at <= %(seen)s THEN NULL ELSE mirror_due_at END
    WHERE id = %(id)s"""
_MIRROR_FAILED = (
    "UPDATE enrolment SET mirror_due_at = %(again)s, mirror_failure = %(reason)s WHERE id = %(id)s"
)
_BEHIND = "SELECT id FROM enrolment WHERE mirror_due_at <= %(now)s ORDER BY mirror_due_at LIMIT %(limit)s"
_PAUSE = "UPDATE pace SET paused_until = %(until)s, reason = %(reason)s WHERE provider = %(provider)s"
_PAUSED = "SELECT paused_until, reason FROM pace WHERE provider = %(provider)s AND paused_until > %(now)s"
_TURN = """
    UPDATE pace SET free_at = greatest(free_at, paused_until, %(now)s) + %(gap)s
    WHERE provider = %(provider)s AND greatest(free_at, paused_until) <= %(until)s
    RETURNING free_at - %(gap)s AS turn"""
