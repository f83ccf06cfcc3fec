"""Healthy means: Prefect's API reaches its database, and answers nobody without the password. See `services/healthy.py`."""

from collections.abc import Callable

PROFILE = "/secrets/server/profiles.toml"
READY = ("127.0.0.1", 4200, "/api/ready")


def check(get: Callable[..., tuple[int, bytes]], profile: str = PROFILE) -> int:
    with open(profile) as lines:  # noqa: PTH123 (as in healthy.py)
        login = lines.read().partition('AUTH_STRING = "')[2].partition('"')[0]
    stranger, operator = get(*READY)[0], get(*READY, login)[0]
    if stranger == 0:
        return 1  # it hangs: this answer needs no database
    return 0 if (stranger, operator) == (401, 200) else 2  # its database is away, or somebody gets in
