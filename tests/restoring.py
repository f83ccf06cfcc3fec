"""A backup, a loss and a restore within a test: the ledger's rows taken and brought back. The true file is tried elsewhere."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from flows.adapters.restored import Restored
from flows.after_restore import Found, after_restore
from flows.send_due import send_all
from tests.conftest import Ledger
from tests.desk import EMAIL, Rig

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


def restored(rig: Rig) -> Restored:
    server = rig.server
    return Restored(host=server.host, port=server.port, dbname=server.name, user="worker")


def settle(rig: Rig, since: datetime) -> Found:
    """The step between the restore and the worker's start."""
    with closing(restored(rig)) as ledger:
        return after_restore(rig.desk.campaigns, ledger, rig.desk.settings.timezone, since, rig.clock())


def lose(rig: Rig, hours: float) -> datetime:
    """A backup; some hours in which all goes on; the disk dies, the backup comes back. Returns its moment."""
    copy, moment = taken(rig.server), rig.clock()
    rig.clock.forward(hours=hours)
    send_all(rig.desk)
    brought_back(rig.server, copy)
    return moment


def accept(rig: Rig, email: str = EMAIL, **changes: Any) -> UUID:
    """What `web` does with a signup."""
    signup = uuid4()
    parameters = {"email": email, "first_name": "Anna"} | changes
    with rig.server.connect("web") as connection:
        connection.execute(
            "INSERT INTO signup (id, flow, fingerprint, name, parameters, created_at) VALUES (%s, %s, '', '', %s, %s)",
            (signup, "spring-signup", Jsonb(parameters), rig.clock()),
        )
    return signup
