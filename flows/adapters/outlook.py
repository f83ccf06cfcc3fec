"""What the operator's page shows beside the funnel: segments, the next hours, what waits and for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from flows.adapters.figures import Figures
from flows.domain.history import ENROLLED_BY


@dataclass(frozen=True, kw_only=True)
class Segment:
    """The people of one segment of a campaign."""

    campaign: str
    segment: str
    enrolled: int
    under_way: int
    stopped: int


@dataclass(frozen=True, kw_only=True)
class Hour:
    """How many of a mail leave in the hour that begins at `at`, if nothing comes between."""

    at: datetime
    campaign: str
    mail: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Mails of one kind that wait for a person for the same reason: how many, since when, and the first ids."""

    campaign: str
    mail: str
    step: int
    reason: str
    count: int
    since: datetime
    ids: Sequence[UUID]


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What waits for a process and not for a person: how many, and since when the oldest does."""

    count: int
    since: datetime | None


class Outlook(Figures):
    """The ledger, counted, and what comes next. It changes nothing and names nobody."""

    def segments(self) -> list[Segment]:
        """By campaign, the largest segment first."""
        with self._statement("count segments") as cursor:
            return [Segment(**row) for row in cursor.execute(_SEGMENTS).fetchall()]

    def hours(self, now: datetime, within: timedelta = timedelta(days=1)) -> list[Hour]:
        """What leaves within a day, hour by hour; what is overdue stands in the first."""
        with self._statement("look at the next hours") as cursor:
            values = {"now": now, "until": now + within}
            return [Hour(**row) for row in cursor.execute(_HOURS, values).fetchall()]

    def standing(self) -> list[Standing]:
        """What is held, the oldest first."""
        with self._statement("count what is held") as cursor:
            return [Standing(**row) for row in cursor.execute(_STANDING).fetchall()]

    def due(self, now: datetime) -> Queue:
        """Mails that should have left."""
        return self._queue("count what is due", _DUE, {"now": now})

    def not_handed_over(self) -> Queue:
        """Signups that Prefect does not have yet."""
        return self._queue("count signups that wait", _NOT_HANDED_OVER, {})

    def astray(self, now: datetime) -> int:
        """How many signups are with Prefect and have enrolled nobody; `campaigns retry` lists them."""
        values = {"by": now - ENROLLED_BY}
        with self._statement("count strays") as cursor:
            row = cursor.execute(_ASTRAY, values).fetchone()
        assert row is not None
        return int(row["count"])

    def accounts(self) -> dict[str, bool | None]:
        """By provider, whether there is an account; None while no worker has started yet."""
        with self._statement("look for accounts") as cursor:
            rows = cursor.execute("SELECT provider, account FROM pace ORDER BY provider").fetchall()
        return {row["provider"]: row["account"] for row in rows}

    def _queue(self, doing: str, statement: LiteralString, values: Mapping[str, Any]) -> Queue:
        with self._statement(doing) as cursor:
            row = cursor.execute(statement, values).fetchone()
        assert row is not None
        return Queue(**row)


_SEGMENTS = """
    SELECT campaign, segment, count(*) AS enrolled,
        count(*) FILTER (WHERE gone IS NULL AND id IN (SELECT m.enrolment_id FROM message m
            WHERE m.state IN ('scheduled', 'sending', 'held'))) AS under_way,
        count(gone) AS stopped
    FROM place GROUP BY campaign, segment ORDER BY campaign, enrolled DESC, segment"""
_HOURS = """
    SELECT date_trunc('hour', greatest(m.due_at, m.next_attempt_at, %(now)s)) AS at, e.campaign, m.mail, count(*)
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id
    WHERE m.state IN ('scheduled', 'sending') AND m.due_at < %(until)s
      AND greatest(m.due_at, m.next_attempt_at) < %(until)s
    GROUP BY at, e.campaign, m.mail ORDER BY at, e.campaign, min(m.step)"""
_STANDING = """
    SELECT e.campaign, m.mail, m.step, coalesce(m.reason, '') AS reason, count(*), min(m.due_at) AS since,
        (array_agg(m.id ORDER BY m.due_at, m.id))[:5] AS ids
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id WHERE m.state = 'held'
    GROUP BY e.campaign, m.mail, m.step, m.reason ORDER BY since, e.campaign, m.step"""
_DUE = """
    SELECT count(*), min(greatest(due_at, next_attempt_at)) AS since FROM message
    WHERE state IN ('scheduled', 'sending') AND due_at <= %(now)s AND greatest(due_at, next_attempt_at) <= %(now)s"""
_NOT_HANDED_OVER = "SELECT count(*), min(created_at) AS since FROM signup WHERE handed_over_at IS NULL"
_ASTRAY = """
    SELECT count(*) FROM signup
    WHERE entered_at IS NULL AND handed_over_at < %(by)s AND parameters <> '{}'  -- not one that was cleared long after"""
