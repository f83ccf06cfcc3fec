"""The ledger's rows as a backup has them, taken and brought back within a test; the true file is tried elsewhere."""

from __future__ import annotations

from tests.conftest import Ledger

_TABLES = ("signup", "contact", "enrolment", "message", "delivery_event", "suppression", "pace", "audit")

Copy = dict[str, bytes]


def taken(ledger: Ledger) -> Copy:
    """Every row of every table."""
    with ledger.connect("postgres") as connection, connection.cursor() as cursor:
        found = {}
        for table in _TABLES:
            with cursor.copy(f"COPY {table} TO STDOUT") as rows:
                found[table] = b"".join(bytes(part) for part in rows)
        return found


def brought_back(ledger: Ledger, copy: Copy) -> None:
    """The ledger is as it was, and nothing may leave yet: as `backup.sh restore` leaves it."""
    ledger.empty()
    with ledger.connect("postgres") as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger acts on old rows
        cursor.execute("TRUNCATE pace")
        for table in _TABLES:
            with cursor.copy(f"COPY {table} FROM STDIN") as rows:
                rows.write(copy[table])
        cursor.execute("SELECT setval(pg_get_serial_sequence('audit', 'id'), (SELECT max(id) FROM audit))")
        cursor.execute(
            "UPDATE pace SET paused_until = '2999-01-01', reason = 'restored: run campaigns after-restore' "
            "WHERE provider = 'resend'"
        )
