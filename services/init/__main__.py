"""The first service of every start: refuses wrong settings, and makes the secrets that are missing.

`python -m services.init password` prints the operator's password and nothing else.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flows import settings
from services.init.secrets import Place, make, operator_password

#: The groups under which the services run; see services/Dockerfile and docker-compose.yml.
GROUPS = {"postgres": 999, "web": 10001, "server": 10003, "worker": 10004, "migrate": 10005}


def main() -> int:
    options = argparse.ArgumentParser(prog="init", description=__doc__)
    options.add_argument("verb", nargs="?", choices=["start", "password"], default="start")
    options.add_argument("--directory", type=Path, default=Path("/secrets"))
    chosen = options.parse_args()
    if chosen.verb == "password":
        return _print_password(chosen.directory)
    try:
        settings.load()
    except settings.WrongSetting as error:
        print(f"The stack does not start, because .env is not sound:\n{error}", file=sys.stderr)
        return 1
    make(chosen.directory, Place(groups=GROUPS))
    print("settings are sound, secrets are made; `make password` prints the operator's password")
    return 0


def _print_password(directory: Path) -> int:
    try:
        print(operator_password(directory))
    except FileNotFoundError:
        print("There is no password yet: start the stack once with `docker compose up`.", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
