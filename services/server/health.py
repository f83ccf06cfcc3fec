"""Healthy means: Prefect's API reaches its database, and answers nobody without the password. See `services/healthy.py`."""

import base64
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

READY = "http://127.0.0.1:4200/api/ready"


def main() -> int:
    profile = Path("/secrets/server/profiles.toml").read_text()
    login = re.search(r'AUTH_STRING = "(.+)"', profile)
    if login is None:
        return 1
    header = {"Authorization": f"Basic {base64.b64encode(login[1].encode()).decode()}"}
    answers = _status({}), _status(header)
    if answers[0] == 0:
        return 1  # it hangs: this answer needs no database
    return 0 if answers == (401, 200) else 2  # its database is away, or somebody gets in


def _status(headers: dict[str, str]) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(READY, headers=headers), timeout=4) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


sys.exit(main())
