"""Alerts and the notices of them in the ledger: what is committed here is told, once, whatever dies in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from flows.adapters.postgres import LEASE, Ledger
from flows.domain.alert import Change, Open, changes
from flows.domain.finding import Finding
from flows.domain.identity import NAMESPACE
from flows.domain.notice import CHANNELS, Notice, notice_id

#: What has been told stays so long in the ledger.
KEPT = timedelta(days=90)


class Notices(Ledger):
    """The ledger for whoever tells the operator."""

    def open_alerts(self) -> list[Open]:
        """What has begun and is not over, the oldest first."""
        with self._statement("read the alerts") as cursor:
            return [Open(**row) for row in cursor.execute(_OPEN).fetchall()]

    def note(self, found: Sequence[Finding], now: datetime) -> list[Change]:
        """Alerts begin, last and end as a look found it, with a notice of each that is to be told: all or nothing."""
        with self._transaction("note alerts") as cursor:
            cursor.execute(
                "LOCK TABLE alert IN SHARE ROW EXCLUSIVE MODE"
            )  # two looks at once tell nothing twice
            known = [Open(**row) for row in cursor.execute(_OPEN).fetchall()]
            made = changes(known, found, now)
            for change in made:
                _apply(cursor, change, now)
            cursor.execute(_FORGET, {"before": now - KEPT})
        return made

    def make_digest(self, day: date, domain: str, now: datetime) -> None:
        """The digest of this day is to be told, if it was not made before. Another installation has its own."""
        subject = uuid5(NAMESPACE, f"digest {day} {domain}")
        row = {"id": notice_id(subject, "digest", "mail"), "kind": "digest", "channel": "mail",
               "alert": None, "day": day, "now": now}  # fmt: skip
        with self._statement("make a digest") as cursor:
            cursor.execute(_MAKE, row)

    def claim_notice(self, now: datetime, enrolment: UUID | None = None) -> Notice | None:
        """The notice that waits longest, held for `LEASE` so that nobody else takes it; None if none may be tried now.

        Args:
            enrolment: nothing but those of this lead.
        """
        values = {"now": now, "until": now + LEASE, "enrolment": enrolment}
        with self._transaction("claim a notice") as cursor:
            claimed = cursor.execute(_CLAIM, values).fetchone()
            row = cursor.execute(_NOTICE, claimed).fetchone() if claimed else None
        return Notice(**row) if row else None

    def begin_notice(self, notice: Notice, body: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
        """Commit to an attempt: from here on the body never changes. None if the notice is settled or gone."""
        values = {"id": notice.id, "body": Jsonb(dict(body)), "now": now}
        with self._statement("begin to tell") as cursor:
            row = cursor.execute(_BEGIN, values).fetchone()
        return (row["earlier"] or dict(body)) if row else None

    def settle_notice(self, notice: Notice, state: str, reason: str | None, now: datetime) -> None:
        """What became of it: `sent`, `skipped` or `failed`. Of a lead the words are forgotten with it."""
        values = {"id": notice.id, "state": state, "reason": reason, "now": now}
        with self._statement("settle a notice") as cursor:
            cursor.execute(_SETTLE, values)

    def postpone_notice(self, notice: Notice, until: datetime, reason: str, *, refused: bool = False) -> None:
        """Nobody tries it before `until`; `refused` if the attempt has surely not sent it."""
        values = {"id": notice.id, "until": until, "reason": reason, "refused": refused}
        with self._statement("postpone a notice") as cursor:
            cursor.execute(_POSTPONE, values)

    def turn_despite_brake(self, per_second: float, now: datetime, patience: timedelta) -> datetime | None:
        """As `turn` of Resend, for a mail to the operator: the brakes are not for those."""
        values = {"gap": timedelta(seconds=1 / per_second), "now": now, "until": now + patience}
        with self._statement("wait for a turn") as cursor:
            row = cursor.execute(_TURN, values).fetchone()
        return row["turn"] if row else None

    def untold(self) -> list[dict[str, Any]]:
        """Notices that did not leave, or not yet, and why: `kind`, `channel`, `state`, `reason`, `count`."""
        with self._statement("count notices") as cursor:
            return list(cursor.execute(_UNTOLD).fetchall())


def _apply(cursor: psycopg.Cursor[DictRow], change: Change, now: datetime) -> None:
    row: dict[str, Any] = {
        "id": change.alert.id if change.alert else uuid4(),
        "now": now,
        "told": change.told,
    }
    if one := change.finding:
        row |= {"line": one.line, "state": one.state, "said": one.said, "remedy": one.do.rstrip(".")}
    cursor.execute({"began": _BEGAN, "lasts": _LASTS, "over": _OVER}[change.moment], row)
    for channel in CHANNELS if change.told else ():
        made = {"id": notice_id(row["id"], f"{change.moment} {now.isoformat()}", channel), "kind": change.moment,
                "channel": channel, "alert": row["id"], "day": None, "now": now}  # fmt: skip
        cursor.execute(_MAKE, made)


_OPEN = """
    SELECT id, line, state, said, remedy, began_at, told_at FROM alert WHERE ended_at IS NULL ORDER BY began_at, line"""
_BEGAN = """
    INSERT INTO alert (id, line, state, said, remedy, began_at, told_at)
    VALUES (%(id)s, %(line)s, %(state)s, %(said)s, %(remedy)s, %(now)s, %(now)s)"""
_LASTS = """
    UPDATE alert SET state = %(state)s, said = %(said)s, remedy = %(remedy)s,
        told_at = CASE WHEN %(told)s THEN %(now)s ELSE told_at END WHERE id = %(id)s"""
_OVER = "UPDATE alert SET ended_at = %(now)s, told_at = %(now)s WHERE id = %(id)s"
_MAKE = """
    INSERT INTO notice (id, kind, channel, alert_id, day, made_at)
    VALUES (%(id)s, %(kind)s, %(channel)s, %(alert)s, %(day)s, %(now)s) ON CONFLICT DO NOTHING"""
_FORGET = "DELETE FROM notice WHERE state <> 'waiting' AND made_at < %(before)s"
_CLAIM = """
    WITH due AS (
        SELECT id FROM notice WHERE state = 'waiting' AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s)
          AND (%(enrolment)s::uuid IS NULL OR enrolment_id = %(enrolment)s)
        ORDER BY made_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE notice SET next_attempt_at = %(until)s FROM due WHERE notice.id = due.id RETURNING notice.id"""
_NOTICE = """
    SELECT n.id, n.kind, n.channel, n.made_at, n.body, n.first_attempt_at, n.attempts, n.day,
        a.line, a.state, a.said, a.remedy, a.began_at, a.ended_at,
        n.enrolment_id, e.campaign, e.segment, c.email, e.created_at AS entered_at, e.answers
    FROM notice n LEFT JOIN alert a ON a.id = n.alert_id
    LEFT JOIN enrolment e ON e.id = n.enrolment_id LEFT JOIN contact c ON c.id = e.contact_id
    WHERE n.id = %(id)s"""
_BEGIN = """
    UPDATE notice SET attempts = attempts + 1, body = coalesce(body, %(body)s),
        first_attempt_at = coalesce(first_attempt_at, %(now)s)
    WHERE id = %(id)s AND state = 'waiting' RETURNING nullif(body, %(body)s) AS earlier"""
_SETTLE = """
    UPDATE notice SET state = %(state)s, reason = %(reason)s, next_attempt_at = NULL,
        sent_at = CASE WHEN %(state)s = 'sent' THEN %(now)s END,
        body = CASE WHEN enrolment_id IS NULL THEN body END
    WHERE id = %(id)s AND state = 'waiting'"""
_POSTPONE = """
    UPDATE notice SET next_attempt_at = %(until)s, reason = %(reason)s,
        first_attempt_at = CASE WHEN %(refused)s AND attempts <= 1 THEN NULL ELSE first_attempt_at END,
        attempts = CASE WHEN %(refused)s THEN greatest(attempts - 1, 0) ELSE attempts END
    WHERE id = %(id)s AND state = 'waiting'"""
_TURN = """
    UPDATE pace SET free_at = greatest(free_at, paused_until, %(now)s) + %(gap)s
    WHERE provider = 'resend' AND greatest(free_at, paused_until) <= %(until)s
    RETURNING free_at - %(gap)s AS turn"""
_UNTOLD = """
    SELECT kind, channel, state, coalesce(reason, '') AS reason, count(*) FROM notice
    WHERE state IN ('waiting', 'failed') GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
