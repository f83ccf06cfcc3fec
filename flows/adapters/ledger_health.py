"""How the ledger itself is, and the two brakes that keep real mail from leaving: the doctor's, and that of complaints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flows.adapters.postgres import Ledger


@dataclass(frozen=True, kw_only=True)
class Health:
    """`revision` is the newest migration that was applied; `size` is in bytes."""

    revision: str
    server: str
    now: datetime
    size: int


class LedgerHealth(Ledger):
    """The ledger for `doctor`."""

    def look(self) -> Health:
        with self._statement("look at the ledger") as cursor:
            row = cursor.execute(_LOOK).fetchone()
        assert row is not None
        return Health(**row)

    def brake(self) -> str | None:
        """Why the doctor keeps real mail from leaving, whatever the time; None if it may."""
        with self._statement("look at the brake") as cursor:
            row = cursor.execute("SELECT brake FROM pace WHERE provider = 'resend'").fetchone()
        return row["brake"] if row else None

    def set_brake(self, why: str | None, now: datetime) -> None:
        """Real mail stays off from now on, or may leave again (None). Noted in `audit` if that is news."""
        values = {"why": why, "now": now, "action": "brake set" if why else "brake released"}
        with self._statement("set the brake") as cursor:
            cursor.execute(_BRAKE, values)

    def complaint_brake(self) -> str | None:
        """Why too many complaints keep campaign mail from leaving; None if they do not."""
        with self._statement("look at the brake") as cursor:
            row = cursor.execute("SELECT complaint_brake FROM pace WHERE provider = 'resend'").fetchone()
        return row["complaint_brake"] if row else None

    def release_complaint_brake(self, because: str, now: datetime) -> bool:
        """Campaign mail may leave again, and what was sent until now counts no more. False if nothing had stopped it."""
        with self._statement("release the brake") as cursor:
            return cursor.execute(_RELEASE, {"because": because, "now": now}).rowcount > 0

    def take_event(self, svix_id: str) -> bool:
        """Whether an event with this id was stored; it is removed."""
        with self._statement("look for an event") as cursor:
            return cursor.execute("DELETE FROM delivery_event WHERE svix_id = %s", (svix_id,)).rowcount > 0


_LOOK = """
    SELECT (SELECT string_agg(version_num, ', ') FROM alembic_version) AS revision,
        current_setting('server_version') AS server, clock_timestamp() AS now,
        pg_database_size(current_database()) AS size"""
_BRAKE = """
    WITH changed AS (
        UPDATE pace SET brake = %(why)s WHERE provider = 'resend' AND brake IS DISTINCT FROM %(why)s RETURNING brake)
    INSERT INTO audit (at, actor, action, detail) SELECT %(now)s, 'doctor', %(action)s, brake FROM changed"""
_RELEASE = """
    WITH changed AS (
        UPDATE pace SET complaint_brake = NULL, complaints_from = %(now)s
        WHERE provider = 'resend' AND complaint_brake IS NOT NULL RETURNING 1)
    INSERT INTO audit (at, actor, action, detail) SELECT %(now)s, 'operator', 'brake released', %(because)s FROM changed"""
