"""The whole in figures: who came, what left and what became of it, what comes next, what stands still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.adapters.postgres import Ledger
from flows.domain.frequency import WHYS


@dataclass(frozen=True, kw_only=True)
class People:
    """The people of one campaign. Whoever said stop, or was stopped, is in `stopped`, by the reason.

    `unconfirmed` are asked to confirm, and have not yet.
    """

    signups: int
    enrolled: int
    unconfirmed: int = 0
    under_way: int
    finished: int
    stopped: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail of a campaign over all people. `stopped` counts those for whom it was the last one before their stop."""

    campaign: str
    mail: str
    step: int
    planned: int
    sent: int
    delivered: int
    bounced: int
    complained: int
    stopped: int
    waiting: int
    held: int
    failed: int
    skipped: int
    previewed: int


@dataclass(frozen=True, kw_only=True)
class Soon:
    """How many of a mail leave within a day, and when the first does."""

    campaign: str
    mail: str
    count: int
    first_at: datetime


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A provider that is not asked now. Without `until` it waits for a person."""

    provider: str
    until: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Behind:
    """Records that the mirror does not show as they are: how many, for how long, and why."""

    count: int
    since: datetime | None
    failures: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Limited:
    """How many people want at most one mail a week, and how many mails wait because their person had enough."""

    weekly: int
    waiting: int


class Figures(Ledger):
    """The ledger, counted. It changes nothing. The roles `worker` and `server` may do it."""

    def people(self, flows: Mapping[str, str]) -> dict[str, People]:
        """By campaign; `flows` are the flows' names and their campaigns'."""
        with self._statement("count people") as cursor:
            signups = {row["flow"]: row["count"] for row in cursor.execute(_SIGNUPS).fetchall()}
            enrolled = {row.pop("campaign"): row for row in cursor.execute(_ENROLLED).fetchall()}
        none = {"enrolled": 0, "unconfirmed": 0, "under_way": 0, "finished": 0, "stopped": {}}
        return {
            campaign: People(signups=signups.get(flow, 0), **enrolled.get(campaign, none))
            for flow, campaign in flows.items()
        }

    def mails(self) -> list[Mail]:
        with self._statement("count mails") as cursor:
            return [Mail(**row) for row in cursor.execute(_MAILS).fetchall()]

    def soon(self, now: datetime, within: timedelta = timedelta(days=1)) -> list[Soon]:
        """What leaves within a day, if nothing comes between."""
        with self._statement("look ahead") as cursor:
            return [Soon(**row) for row in cursor.execute(_SOON, {"until": now + within}).fetchall()]

    def pauses(self, now: datetime) -> list[Pause]:
        with self._statement("look for pauses") as cursor:
            return [Pause(**row) for row in cursor.execute(_PAUSES, {"now": now}).fetchall()]

    def unmirrored(self) -> Behind:
        with self._statement("count what is behind") as cursor:
            rows = cursor.execute(_BEHIND).fetchall()
        return Behind(
            count=sum(row["count"] for row in rows),
            since=min((row["since"] for row in rows), default=None),
            failures={row["failure"]: row["count"] for row in rows if row["failure"]},
        )

    def limited(self, now: datetime) -> Limited:
        with self._statement("count who had enough mail") as cursor:
            row = cursor.execute(_LIMITED, {"now": now, "whys": list(WHYS)}).fetchone()
        assert row is not None
        return Limited(**row)

    def waiting(self) -> int:
        """How many signups are not with Prefect yet."""
        with self._statement("count signups that wait") as cursor:
            row = cursor.execute(_WAITING).fetchone()
        assert row is not None
        return int(row["count"])


_SIGNUPS = "SELECT flow, count(*) FROM signup GROUP BY flow"
_ENROLLED = """
    WITH counted AS (
        SELECT campaign, gone, count(*) AS enrolled, count(*) FILTER (WHERE asked) AS asked,
            count(*) FILTER (WHERE NOT asked AND EXISTS (SELECT FROM message m
                WHERE m.enrolment_id = place.id AND m.state IN ('scheduled', 'sending', 'held'))) AS open
        FROM place GROUP BY campaign, gone)
    SELECT campaign, sum(enrolled)::int AS enrolled,
        coalesce(sum(asked) FILTER (WHERE gone IS NULL), 0)::int AS unconfirmed,
        coalesce(sum(open) FILTER (WHERE gone IS NULL), 0)::int AS under_way,
        coalesce(sum(enrolled - asked - open) FILTER (WHERE gone IS NULL), 0)::int AS finished,
        coalesce(jsonb_object_agg(gone, enrolled) FILTER (WHERE gone IS NOT NULL), '{}') AS stopped
    FROM counted GROUP BY campaign"""
_MAILS = """
    WITH stopped AS MATERIALIZED (SELECT id FROM place WHERE gone IS NOT NULL), last AS (
        SELECT stopped.id, max(m.step) AS step FROM stopped JOIN message m ON m.enrolment_id = stopped.id
        WHERE m.state = 'sent' GROUP BY stopped.id)
    SELECT e.campaign, m.mail, greatest(min(m.step), 0) AS step, count(*) AS planned,
        count(*) FILTER (WHERE m.state = 'sent') AS sent,
        count(*) FILTER (WHERE m.delivery IN ('delivered', 'complained')) AS delivered,
        count(*) FILTER (WHERE m.delivery = 'bounced') AS bounced,
        count(*) FILTER (WHERE m.delivery = 'complained') AS complained,
        count(*) FILTER (WHERE m.step = last.step) AS stopped,
        count(*) FILTER (WHERE m.state IN ('scheduled', 'sending')) AS waiting,
        count(*) FILTER (WHERE m.state = 'held') AS held,
        count(*) FILTER (WHERE m.state = 'failed') AS failed,
        count(*) FILTER (WHERE m.state = 'skipped' AND m.reason IS DISTINCT FROM 'preview') AS skipped,
        count(*) FILTER (WHERE m.reason = 'preview') AS previewed
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id LEFT JOIN last ON last.id = e.id
    GROUP BY e.campaign, m.mail ORDER BY e.campaign, step, m.mail"""
_SOON = """
    SELECT e.campaign, m.mail, count(*), min(greatest(m.due_at, m.next_attempt_at)) AS first_at
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id
    WHERE m.state IN ('scheduled', 'sending') AND greatest(m.due_at, m.next_attempt_at) < %(until)s
    GROUP BY e.campaign, m.mail ORDER BY first_at"""
_PAUSES = """
    SELECT provider, CASE WHEN why IS NULL THEN paused_until END AS until, coalesce(why, reason, '') AS reason
    FROM pace, nullif(concat_ws('; ', complaint_brake, brake), '') AS why
    WHERE why IS NOT NULL OR paused_until > %(now)s ORDER BY provider"""
_BEHIND = """
    SELECT mirror_failure AS failure, count(*), min(mirror_due_at) AS since
    FROM enrolment WHERE mirror_due_at IS NOT NULL GROUP BY mirror_failure"""
_LIMITED = """
    SELECT (SELECT count(*) FROM contact WHERE weekly_since IS NOT NULL) AS weekly,
        count(*) FILTER (WHERE reason LIKE ANY(%(whys)s)) AS waiting
    FROM message WHERE state = 'scheduled' AND next_attempt_at > %(now)s"""
_WAITING = "SELECT count(*) FROM signup WHERE handed_over_at IS NULL"
