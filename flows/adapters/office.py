"""What a person does in the ledger by hand: look at what is held, let it go, stop somebody, keep the suppression list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flows.adapters.postgres import Ledger


@dataclass(frozen=True, kw_only=True)
class Held:
    """A message that waits for a person. Its reason says what to do."""

    id: UUID
    campaign: str
    step: int
    mail: str
    due_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """An address that must not be mailed."""

    email: str
    reason: str
    source: str
    created_at: datetime


class Office(Ledger):
    """The ledger with what only a person decides. Everything done here is noted in `audit`."""

    def held(self) -> list[Held]:
        """The messages that wait for a person, the oldest first."""
        with self._statement("read what is held") as cursor:
            return [Held(**row) for row in cursor.execute(_HELD).fetchall()]

    def release(self, messages: Sequence[UUID], now: datetime, *, rewrite: bool = False) -> int:
        """Held messages, and those that failed, may leave again; returns how many were.

        Args:
            rewrite: write the mail anew. Right after the provider has refused its content, wrong if it may
                have left: another content under a known key is refused.
        """
        return self._decide(_RELEASE, "released", messages, now, rewrite=rewrite)

    def drop(self, messages: Sequence[UUID], now: datetime) -> int:
        """Held messages never leave; returns how many were held."""
        return self._decide(_DROP, "dropped", messages, now)

    def stop(self, address: str, now: datetime) -> bool:
        """Nobody mails this address any more. False if that was so already."""
        with self._statement("stop an address") as cursor:
            row = cursor.execute(_SUPPRESS, (address, "stopped by the operator", "operator", now)).fetchone()
        return bool(row and row["news"])

    def lift(self, address: str, because: str, now: datetime) -> bool:
        """The address may be mailed again, because a person wants it; False if it might be before.

        What was skipped meanwhile stays skipped.
        """
        with self._transaction("lift a suppression") as cursor:
            lifted = cursor.execute(_LIFT, {"email": address}).rowcount
            lifted += cursor.execute(_REMEMBER, {"email": address}).rowcount
            values = {"email": address, "now": now, "because": because}
            cursor.execute(_LIFTED, values)
        return lifted > 0

    def suppressed(self, address: str) -> str | None:
        """Why nobody may mail this address; None if one may."""
        with self._statement("look an address up on the suppression list") as cursor:
            row = cursor.execute(_SUPPRESSED, (address,)).fetchone()
        return str(row["reason"]) if row else None

    def suppressions(self) -> list[Suppression]:
        """The whole list, the oldest first."""
        with self._statement("read the suppression list") as cursor:
            return [Suppression(**row) for row in cursor.execute(_SUPPRESSIONS).fetchall()]

    def suppress_all(self, entries: Sequence[Suppression]) -> int:
        """Take over a list, all of it or nothing; returns how many addresses are new."""
        with self._transaction("take over a suppression list") as cursor:
            rows = [
                cursor.execute(
                    _SUPPRESS, (entry.email, entry.reason, entry.source, entry.created_at)
                ).fetchone()
                for entry in entries
            ]
        return sum(bool(row and row["news"]) for row in rows)

    def _decide(
        self, statement: str, action: str, messages: Sequence[UUID], now: datetime, *, rewrite: bool = False
    ) -> int:
        values = {"ids": list(messages), "now": now, "action": action, "rewrite": rewrite}
        with self._statement(f"have messages {action}") as cursor:
            return cursor.execute(statement, values).rowcount


_HELD = """
    SELECT m.id, e.campaign, m.step, m.mail, m.due_at, coalesce(m.reason, '') AS reason
    FROM message m JOIN enrolment e ON e.id = m.enrolment_id WHERE m.state = 'held' ORDER BY m.due_at"""
_NOTED = """
    INSERT INTO audit (at, actor, action, subject, detail)
    SELECT %(now)s, 'operator', %(action)s, e.contact_id, e.campaign || ', mail ' || decided.step
    FROM decided JOIN enrolment e ON e.id = decided.enrolment_id"""
_RELEASE = f"""
    WITH decided AS (
        UPDATE message SET state = 'scheduled', reason = NULL, next_attempt_at = NULL, first_attempt_at = NULL,
            unsure_since = NULL, attempts = 0, rendered = CASE WHEN %(rewrite)s THEN NULL ELSE rendered END,
            wording = CASE WHEN %(rewrite)s THEN NULL ELSE wording END
        WHERE id = ANY(%(ids)s) AND state IN ('held', 'failed') RETURNING enrolment_id, step)
    {_NOTED}"""  # noqa: S608 (both parts are our own)
_DROP = f"""
    WITH decided AS (
        UPDATE message SET state = 'skipped', reason = 'dropped by the operator'
        WHERE id = ANY(%(ids)s) AND state = 'held' AND NOT %(rewrite)s RETURNING enrolment_id, step)
    {_NOTED}"""  # noqa: S608
_SUPPRESS = "SELECT suppress(%s, %s, %s, %s) AS news"
_LIFT = "DELETE FROM suppression WHERE email = lower(%(email)s)"
_REMEMBER = "DELETE FROM erased WHERE digest = digest_of(%(email)s)"
_LIFTED = """
    INSERT INTO audit (at, actor, action, subject, detail)
    SELECT %(now)s, 'operator', 'suppression lifted', id, %(because)s FROM contact WHERE lower(email) = lower(%(email)s)"""
_SUPPRESSED = "SELECT reason FROM suppression WHERE email = lower(%s)"
_SUPPRESSIONS = "SELECT email, reason, source, created_at FROM suppression ORDER BY created_at, email"
