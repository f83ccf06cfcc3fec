"""The ledger right after a restore: what may have happened between the backup and the loss, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flows.adapters.postgres import Ledger
from flows.domain.campaign import Campaign


@dataclass(frozen=True, kw_only=True)
class Signup:
    """An accepted signup whose person is in no sequence yet."""

    id: UUID
    parameters: Mapping[str, Any]
    created_at: datetime


class Restored(Ledger):
    """The ledger with what is done once, before the worker starts."""

    def not_enrolled(self, campaign: Campaign) -> list[Signup]:
        """A campaign's signups that the backup has and whose sequences it has not, the oldest first."""
        values = {"flow": campaign.flow, "campaign": campaign.name}
        with self._statement("look for signups without a sequence") as cursor:
            return [Signup(**row) for row in cursor.execute(_NOT_ENROLLED, values).fetchall()]

    def stop_again(self, enrolment: UUID, now: datetime) -> bool:
        """Nobody mails this sequence's person any more. False if that was so already, or there is no such sequence."""
        with self._statement("stop a person again") as cursor:
            row = cursor.execute(_STOP_AGAIN, {"id": enrolment, "now": now}).fetchone()
        return bool(row and row["news"])

    def reopen(self, taken: datetime, now: datetime) -> int:
        """Mail may leave again; returns how many mails were due since the backup and may have left already.

        Args:
            taken: the backup's moment.
        """
        with self._transaction("mark what may have left") as cursor:
            unsure = cursor.execute(_UNSURE, {"taken": taken, "now": now}).rowcount
            cursor.execute(_UNCLAIMED)
            cursor.execute(_OPEN)
            cursor.execute(
                _NOTED, {"now": now, "detail": f"the backup of {taken.isoformat()}; {unsure} mails unsure"}
            )
        return unsure


# A person who signed up twice has one sequence, from one of the signups.
_NOT_ENROLLED = """
    SELECT s.id, s.parameters, s.created_at FROM signup s
    WHERE s.flow = %(flow)s AND s.parameters <> '{}' AND NOT EXISTS (
        SELECT FROM enrolment e JOIN contact c ON c.id = e.contact_id
        WHERE e.campaign = %(campaign)s AND lower(c.email) = lower(s.parameters->>'email'))
    ORDER BY s.created_at"""
_UNSURE = """
    UPDATE message SET unsure_since = least(unsure_since, %(taken)s)
    WHERE state IN ('scheduled', 'sending') AND due_at <= %(now)s"""
_STOP_AGAIN = """
    SELECT suppress(c.email, 'unsubscribed', 'Notion, after a restore', %(now)s) AS news
    FROM enrolment e JOIN contact c ON c.id = e.contact_id WHERE e.id = %(id)s"""
_UNCLAIMED = "UPDATE message SET next_attempt_at = NULL WHERE state IN ('scheduled', 'sending')"
_OPEN = """
    UPDATE pace SET free_at = '-infinity', paused_until = '-infinity', reason = NULL
    WHERE provider = 'resend' AND reason LIKE 'restored:%'"""
_NOTED = "INSERT INTO audit (at, actor, action, detail) VALUES (%(now)s, 'operator', 'restored', %(detail)s)"
