"""The first service of every start: refuses wrong settings, and makes the secrets that are missing.

`python -m services.init password` prints the operator's password and nothing else; `restore` takes the keys over
from a backup on standard input.
"""

from __future__ import annotations

import argparse
import os
import sys
import tarfile
from pathlib import Path
from typing import IO

from flows import settings
from services.init.secrets import KEPT, Place, make, operator_password, take_over

#: The groups under which the services run; see services/Dockerfile and docker-compose.yml.
GROUPS = {"postgres": 999, "web": 10001, "server": 10003, "worker": 10004, "migrate": 10005, "backup": 10006}


def main() -> int:
    options = argparse.ArgumentParser(prog="init", description=__doc__)
    options.add_argument("verb", nargs="?", choices=["start", "password", "restore"], default="start")
    options.add_argument("--directory", type=Path, default=Path("/secrets"))
    options.add_argument("--backups", type=Path, default=Path("/backups"))
    chosen = options.parse_args()
    if chosen.verb == "password":
        return _print_password(chosen.directory)
    if chosen.verb == "restore":
        return _restore(chosen.directory)
    try:
        settings.load()
    except settings.WrongSetting as error:
        print(f"The stack does not start, because .env is not sound:\n{error}", file=sys.stderr)
        return 1
    make(chosen.directory, Place(groups=GROUPS))
    _give(chosen.backups, GROUPS["backup"])
    print("settings are sound, secrets are made; `make password` prints the operator's password")
    return 0


def _give(directory: Path, owner: int) -> None:
    """A new volume is root's; the service that writes into it is not root."""
    if directory.stat().st_uid != owner:
        directory.chmod(0o700)
        os.chown(directory, owner, owner)


def _restore(directory: Path) -> int:
    try:
        take_over(directory, _keys(sys.stdin.buffer))
    except (ValueError, tarfile.TarError) as error:
        print(f"Nothing was restored: {error}", file=sys.stderr)
        return 1
    return 0


def _keys(backup: IO[bytes]) -> dict[str, str]:
    """The secrets in a backup, which stand before the databases."""
    with tarfile.open(fileobj=backup, mode="r|") as archive:
        found = ((member.name, archive.extractfile(member)) for member in archive if member.name in KEPT)
        return {name: file.read().decode() for name, file in found if file}


def _print_password(directory: Path) -> int:
    try:
        print(operator_password(directory))
    except FileNotFoundError:
        print("There is no password yet: start the stack once with `docker compose up`.", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
