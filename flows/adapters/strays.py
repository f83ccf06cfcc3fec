"""Signups that have led to nothing: their run has ended, and nobody is enrolled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flows.adapters.postgres import Ledger
from flows.domain.history import ENROLLED_BY


@dataclass(frozen=True, kw_only=True)
class Stray:
    """A signup that was handed to Prefect and has enrolled nobody. Its id is the run's."""

    id: UUID
    flow: str
    created_at: datetime


class Strays(Ledger):
    """The ledger for whoever looks after signups that went astray."""

    def strays(self, flows: Mapping[str, str], now: datetime) -> list[Stray]:
        """The oldest first; `flows` are the flows' names, and the campaign of each."""
        values = {"flows": list(flows), "campaigns": list(flows.values()), "by": now - ENROLLED_BY}
        with self._statement("look for strays") as cursor:
            return [Stray(**row) for row in cursor.execute(_STRAYS, values).fetchall()]

    def hand_over_again(self, signup: UUID, now: datetime) -> bool:
        """The server makes the signup's run once more, under the same id; False if there is no such signup."""
        with self._transaction("hand a signup over again") as cursor:
            found = cursor.execute(_AGAIN, {"id": signup}).rowcount > 0
            if found:
                cursor.execute(_NOTED, {"id": signup, "now": now})
                cursor.execute("NOTIFY signup")
        return found


_STRAYS = """
    SELECT s.id, s.flow, s.created_at
    FROM signup s JOIN unnest(%(flows)s::text[], %(campaigns)s::text[]) AS f (flow, campaign) USING (flow)
    WHERE s.handed_over_at < %(by)s AND s.parameters <> '{}'  -- not one that was cleared long after
      AND NOT EXISTS (SELECT FROM enrolment e WHERE e.signup_id = s.id)
      AND NOT EXISTS (SELECT FROM enrolment e JOIN contact c ON c.id = e.contact_id
                      WHERE e.campaign = f.campaign AND lower(c.email) = lower(s.parameters->>'email'))
    ORDER BY s.created_at"""
_AGAIN = "UPDATE signup SET handed_over_at = NULL, failures = 0 WHERE id = %(id)s AND parameters <> '{}'"
_NOTED = """
    INSERT INTO audit (at, actor, action, detail)
    VALUES (%(now)s, 'operator', 'signup handed over again', %(id)s::uuid::text)"""
