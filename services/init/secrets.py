"""Makes every secret that can be made, once, and gives each service the ones that it needs as files.

The originals stay with root; a service's directory can be read by that service's group and nobody else.
Running it again changes nothing.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: The operator's name; the password is made.
OPERATOR = "operator"

_DATABASE_ROLES = ("web", "server", "worker", "migrate")
#: What a backup brings along: without them the links in old mails are dead, and a new password is asked for.
KEPT = ("link_key", "operator")
_MADE = ("superuser", *_DATABASE_ROLES, "operator", "link_key")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the services find each other."""

    api_url: str = "http://server:4200/api"
    #: A host name, or the directory of a socket.
    postgres: str = "postgres"
    postgres_port: int = 5432
    #: The group of each service; empty where everybody is one user, as in the demo.
    groups: dict[str, int] = field(default_factory=dict)


def make(directory: Path, place: Place) -> None:
    """Make what is missing under `directory` and hand it out."""
    originals = directory / "originals"
    originals.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = {name: _once(originals / name) for name in _MADE}
    for service, files in _handed_out(made, place).items():
        _hand_out(directory / service, files, place.groups.get(service))


def take_over(directory: Path, kept: Mapping[str, str]) -> None:
    """Put the secrets of a backup where none were made yet; `make` does the rest.

    Raises:
        ValueError: one of `KEPT` is missing or no secret of ours, or this machine has another one already.
    """
    originals = directory / "originals"
    originals.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in KEPT:
        if not re.fullmatch(r"[0-9a-f]{64}", kept.get(name, "")):
            raise ValueError(f"the backup has no {name}: is it a whole file of `make backup`?")
        if _once(originals / name, kept[name]) != kept[name]:
            raise ValueError(f"there is another {name} already: restore on a machine without a ledger")


def operator_password(directory: Path) -> str:
    """The operator's password. Raises `FileNotFoundError` if no secrets were made yet."""
    return (directory / "originals" / "operator").read_text()


def _handed_out(made: dict[str, str], place: Place) -> dict[str, dict[str, str]]:
    login = f"{OPERATOR}:{made['operator']}"
    where = f"host={place.postgres}&port={place.postgres_port}"
    server = {
        "PREFECT_API_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://server:{made['server']}@/prefect?{where}",
        "PREFECT_SERVER_API_AUTH_STRING": login,
    }
    worker = {"PREFECT_API_URL": place.api_url, "PREFECT_API_AUTH_STRING": login}
    return {
        "postgres": {name: made[name] for name in ("superuser", *_DATABASE_ROLES)},
        "web": {"ledger_password": made["web"], "link_key": made["link_key"]},
        "server": {"ledger_password": made["server"], "profiles.toml": _profile(server)},
        "worker": {
            "ledger_password": made["worker"],
            "link_key": made["link_key"],
            "profiles.toml": _profile(worker),
        },
        "migrate": {"ledger_password": made["migrate"]},
        "backup": {name: made[name] for name in ("migrate", "server", *KEPT)},
    }


def _profile(values: dict[str, str]) -> str:
    """Prefect reads no `…_FILE`, but a file of profiles whose path is not a secret."""
    lines = "".join(f'{name} = "{value}"\n' for name, value in values.items())
    return f'active = "stack"\n\n[profiles.stack]\n{lines}'


def _once(path: Path, value: str | None = None) -> str:
    if not path.exists():
        _write(path, value or secrets.token_hex(32), 0o400)
    return path.read_text()


def _hand_out(directory: Path, files: dict[str, str], group: int | None) -> None:
    directory.mkdir(mode=0o750, exist_ok=True)
    for name, content in files.items():
        if not (directory / name).exists() or (directory / name).read_text() != content:
            _write(directory / name, content, 0o440)
    if group is not None:
        for path in (directory, *directory.iterdir()):
            os.chown(path, 0, group)


def _write(path: Path, content: str, mode: int) -> None:
    """Whole or not at all, whatever happens to the machine meanwhile."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
