"""What every test stands on: an environment without our settings, and a real Postgres with the ledger in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from flows.settings import Settings
from services.local.postgres import Postgres, embedded

pytest_plugins = ["services.local.pytest_plugin"]


@dataclass(frozen=True)
class Ledger(Postgres):
    """The server of this test session: its host is a socket's directory, and no role needs a password."""

    name: str = "campaigns"

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
def postgres() -> Iterator[Ledger]:
    """The server; most tests want `ledger`, which is this one emptied."""
    # Not in pytest's directory: another run of pytest would prune it.
    with TemporaryDirectory() as directory, embedded(Path(directory) / "postgres") as server:
        yield Ledger(server.host, server.port)


@pytest.fixture
def ledger(postgres: Ledger) -> Ledger:
    """The ledger, empty at the start of each test."""
    postgres.empty()
    return postgres
