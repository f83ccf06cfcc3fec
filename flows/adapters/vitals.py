"""The ledger, looked at for what a person should know; and the brake that too many complaints set."""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.adapters.ledger_health import LedgerHealth
from flows.domain.alarms import PATIENCE, PUT_OFF, RATES_OVER
from flows.domain.digest import Yesterday
from flows.domain.sequence import PROMPT
from flows.domain.vitals import Mailing, Mirroring, Overdue, Rate, Vitals

#: A letter is looked at as overdue from then on; the rule decides. A window may be open for an hour only.
_LATE = timedelta(minutes=15)
#: A signup whose run has failed is retried for so long, and then lies where it is.
_STRAY_FOR = timedelta(days=4)


class VitalSigns(LedgerHealth):
    """The ledger for the look-out."""

    def vitals(self, now: datetime) -> Vitals:
        """Every figure that a rule asks for."""
        values = {"now": now, "late": now - _LATE, "put_off": now + PUT_OFF, "prompt": PROMPT,
                  "lately": now - PATIENCE, "stray": now - _STRAY_FOR}  # fmt: skip
        with self._transaction("look at the vital signs") as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            pace = cursor.execute(_PACE).fetchone()
            assert pace is not None
            week = now - RATES_OVER
            released = max(week, pace.pop("complaints_from") or week)
            overdue = cursor.execute(_OVERDUE, values).fetchall()
            return Vitals(
                held={row["campaign"]: row["count"] for row in cursor.execute(_HELD).fetchall()},
                overdue=[Overdue(**row) for row in overdue],
                sent_lately={row["campaign"] for row in cursor.execute(_LATELY, values).fetchall()},
                week=Rate(**cursor.execute(_RATE, {"since": week}).fetchone() or {}),
                since_release=Rate(**cursor.execute(_RATE, {"since": released}).fetchone() or {}),
                mailing=Mailing(**cursor.execute(_MAILING).fetchone() or {}),
                mirroring=Mirroring(**cursor.execute(_MIRRORING).fetchone() or {}),
                strays=(cursor.execute(_STRAYS, values).fetchone() or {})["count"],
                **pace,
            )

    def held(self) -> dict[str, int]:
        """How many mails wait for a person, by campaign."""
        with self._statement("count what is held") as cursor:
            return {row["campaign"]: row["count"] for row in cursor.execute(_HELD).fetchall()}

    def brake_for_complaints(self, why: str, now: datetime) -> None:
        """No campaign mail leaves from now on, until a person releases it. Noted in `audit` if that is news."""
        with self._statement("set the brake") as cursor:
            cursor.execute(_BRAKE, {"why": why, "now": now})

    def yesterday(self, flows: dict[str, str], begins: datetime, ends: datetime) -> list[Yesterday]:
        """Each campaign's day.

        Args:
            flows: the flows' names, and the campaign of each.
        """
        values = {"begins": begins, "ends": ends, "flows": list(flows), "campaigns": list(flows.values())}
        with self._statement("count a day") as cursor:
            return [Yesterday(**row) for row in cursor.execute(_YESTERDAY, values).fetchall()]

    def beat(self, name: str, now: datetime) -> None:
        """A service has done again what it does again and again."""
        with self._statement("note a heartbeat") as cursor:
            cursor.execute(_BEAT, {"name": name, "now": now})


_PACE = """
    SELECT complaint_brake, brake AS doctors_brake, complaints_from FROM pace WHERE provider = 'resend'"""
_HELD = """
    SELECT e.campaign, count(*) FROM message m JOIN enrolment e ON e.id = m.enrolment_id
    WHERE m.state = 'held' GROUP BY e.campaign"""
# Of a person's sequence only the first that has not left is due: the others wait for it.
_OVERDUE = """
    SELECT e.campaign, e.timezone, m.step = 1 AND m.due_at - e.created_at <= %(prompt)s AS prompt,
        count(*), min(m.due_at) AS oldest, mode() WITHIN GROUP (ORDER BY m.reason) AS reason
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id
    WHERE m.state IN ('scheduled', 'sending') AND m.due_at <= %(late)s
      AND (m.next_attempt_at IS NULL OR m.next_attempt_at <= %(put_off)s)
      AND NOT EXISTS (SELECT FROM message earlier WHERE earlier.enrolment_id = m.enrolment_id
                      AND earlier.step < m.step AND earlier.state IN ('scheduled', 'sending'))
    GROUP BY 1, 2, 3"""
_LATELY = """
    SELECT DISTINCT e.campaign FROM message m JOIN enrolment e ON e.id = m.enrolment_id WHERE m.sent_at > %(lately)s"""
_RATE = """
    SELECT count(*) AS sent, count(*) FILTER (WHERE delivery = 'complained') AS complained,
        count(*) FILTER (WHERE delivery = 'bounced') AS bounced
    FROM message WHERE sent_at >= %(since)s"""
_MAILING = """
    SELECT greatest((SELECT max(sent_at) FROM message),
                    (SELECT max(sent_at) FROM notice WHERE channel = 'mail')) AS taken_at,
        p.failing_since AS refusing_since, p.paused_at AS refused_at, p.reason AS refusal,
        oldest.first_attempt_at AS unanswered_since, oldest.reason AS unanswered
    FROM pace p LEFT JOIN LATERAL (
        SELECT first_attempt_at, reason FROM message WHERE state = 'sending' ORDER BY first_attempt_at LIMIT 1) oldest ON true
    WHERE p.provider = 'resend'"""
_MIRRORING = """
    SELECT count(*), min(mirror_failing_since) AS since, mode() WITHIN GROUP (ORDER BY mirror_failure) AS reason
    FROM enrolment WHERE mirror_due_at IS NOT NULL AND mirror_failing_since IS NOT NULL"""
_STRAYS = """
    SELECT count(*) FROM signup WHERE parameters <> '{}'
    AND entered_at IS NULL AND handed_over_at < %(lately)s AND handed_over_at > %(stray)s"""
_BRAKE = """
    WITH changed AS (
        UPDATE pace SET complaint_brake = %(why)s WHERE provider = 'resend' AND complaint_brake IS NULL RETURNING 1)
    INSERT INTO audit (at, actor, action, detail) SELECT %(now)s, 'look-out', 'brake set', %(why)s FROM changed"""
_YESTERDAY = """
    SELECT named.campaign,
        (SELECT count(*) FROM signup s WHERE s.flow = named.flow
            AND s.created_at >= %(begins)s AND s.created_at < %(ends)s) AS signups,
        (SELECT count(*) FROM enrolment e WHERE e.campaign = named.campaign
            AND e.created_at >= %(begins)s AND e.created_at < %(ends)s) AS entered,
        mails.*,
        (SELECT count(*) FROM enrolment e JOIN contact c ON c.id = e.contact_id
            LEFT JOIN suppression s ON s.email = lower(c.email)
            WHERE e.campaign = named.campaign AND coalesce(least(e.ended_at, s.created_at), 'infinity') >= %(begins)s
              AND least(e.ended_at, s.created_at) < %(ends)s) AS stopped
    FROM unnest(%(flows)s::text[], %(campaigns)s::text[]) AS named (flow, campaign),
    LATERAL (
        SELECT count(*) AS sent, count(*) FILTER (WHERE m.delivery IN ('delivered', 'complained')) AS delivered,
            count(*) FILTER (WHERE m.delivery = 'bounced') AS bounced,
            count(*) FILTER (WHERE m.delivery = 'complained') AS complained
        FROM message m JOIN enrolment e ON e.id = m.enrolment_id
        WHERE e.campaign = named.campaign AND m.sent_at >= %(begins)s AND m.sent_at < %(ends)s) AS mails
    ORDER BY named.campaign"""
_BEAT = """
    INSERT INTO heartbeat (name, at) VALUES (%(name)s, %(now)s) ON CONFLICT (name) DO UPDATE SET at = %(now)s"""
