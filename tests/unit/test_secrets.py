"""Every secret is made once; each service gets its own as files that nobody else reads."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from services.init.secrets import Place, make, operator_password, take_over

SERVICES = {
    "postgres": {"superuser", "web", "server", "worker", "migrate"},
    "web": {"ledger_password", "link_key"},
    "server": {"ledger_password", "profiles.toml"},
    "worker": {"ledger_password", "link_key", "profiles.toml"},
    "migrate": {"ledger_password"},
    "backup": {"migrate", "server", "link_key", "operator"},
}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    make(tmp_path / "secrets", Place())
    return tmp_path / "secrets"


def files(directory: Path) -> dict[Path, tuple[str, int, int]]:
    """Content, inode and time of every file: none of it changes where nothing is written."""
    found = [path for path in directory.rglob("*") if path.is_file()]
    return {path: (path.read_text(), path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def profile(made: Path, service: str) -> dict[str, str]:
    document = tomllib.loads((made / service / "profiles.toml").read_text())
    return dict(document["profiles"][document["active"]])


def test_each_service_gets_what_it_needs_and_nothing_else(made: Path) -> None:
    handed_out = {path.name: {file.name for file in path.iterdir()} for path in made.iterdir()}
    del handed_out["originals"]
    assert handed_out == SERVICES


def test_a_second_run_changes_nothing(made: Path) -> None:
    before = files(made)
    make(made, Place())
    assert files(made) == before


def test_nobody_but_owner_and_group_reads_a_secret_and_nobody_writes_one(made: Path) -> None:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in made.rglob("*")}
    assert modes.pop(made / "originals") == 0o700
    for path, mode in modes.items():
        if path.is_dir():
            assert mode == 0o750, path
        else:
            assert mode == (0o400 if path.parent.name == "originals" else 0o440), path


def test_all_secrets_differ_and_none_is_short(made: Path) -> None:
    originals = [path.read_text() for path in (made / "originals").iterdir()]
    assert len(originals) == len(set(originals)) == 7
    assert min(map(len, originals)) >= 32


def test_another_machine_gets_other_secrets(made: Path, tmp_path: Path) -> None:
    make(tmp_path / "elsewhere", Place())
    assert operator_password(tmp_path / "elsewhere") != operator_password(made)


@pytest.mark.parametrize("name", ["web/link_key", "server/profiles.toml", "worker/ledger_password"])
@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda path: (path.chmod(0o600), path.write_text("half a sec"))]
)
def test_a_lost_or_damaged_file_comes_back_as_it_was(made: Path, name: str, damage: object) -> None:
    before = (made / name).read_text()
    assert callable(damage)
    damage(made / name)
    make(made, Place())
    assert (made / name).read_text() == before


def test_what_a_killed_run_left_behind_does_not_disturb(made: Path) -> None:
    (made / "web/link_key").unlink()
    (made / "web/.link_key.new").write_text("half")
    make(made, Place())
    assert (made / "web/link_key").read_text() == (made / "originals/link_key").read_text()


def test_web_and_worker_sign_with_the_same_key(made: Path) -> None:
    assert (made / "web/link_key").read_text() == (made / "worker/link_key").read_text()


def test_the_database_knows_the_passwords_that_the_services_use(made: Path) -> None:
    for role in ("web", "server", "worker", "migrate"):
        assert (made / role / "ledger_password").read_text() == (made / "postgres" / role).read_text()


def test_the_worker_logs_in_as_the_operator_where_the_server_expects_it(made: Path) -> None:
    login = f"operator:{operator_password(made)}"
    assert profile(made, "server")["PREFECT_SERVER_API_AUTH_STRING"] == login
    assert profile(made, "worker")["PREFECT_API_AUTH_STRING"] == login
    assert profile(made, "worker")["PREFECT_API_URL"] == "http://server:4200/api"


def test_the_server_reaches_prefects_database_with_its_own_password(made: Path) -> None:
    url = profile(made, "server")["PREFECT_API_DATABASE_CONNECTION_URL"]
    password = (made / "postgres/server").read_text()
    assert url == f"postgresql+asyncpg://server:{password}@/prefect?host=postgres&port=5432"


def test_there_is_no_password_before_the_first_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        operator_password(tmp_path)


def test_after_a_restore_links_and_password_are_the_old_ones_and_the_rest_is_new(
    made: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    take_over(new, {name: (made / "backup" / name).read_text() for name in ("link_key", "operator")})
    make(new, Place())
    same = {
        path.name
        for path in (made / "originals").iterdir()
        if path.read_text() == (new / "originals" / path.name).read_text()
    }
    assert same == {"link_key", "operator"}
    assert (new / "web/link_key").read_text() == (made / "web/link_key").read_text()


@pytest.mark.parametrize("kept", [{}, {"operator": "a" * 64}, {"link_key": "../x", "operator": "a" * 64}])
def test_a_backup_without_its_keys_is_refused(tmp_path: Path, kept: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="the backup has no"):
        take_over(tmp_path, kept)


def test_a_restore_never_overwrites_a_secret(made: Path) -> None:
    before = files(made)
    with pytest.raises(ValueError, match="there is another link_key already"):
        take_over(made, {"link_key": "a" * 64, "operator": "b" * 64})
    assert files(made) == before
