"""Healthy means: Prefect's server has heard of this worker lately, so runs are taken. See `services/healthy.py`."""

from collections.abc import Callable

PROFILE = "/secrets/worker/profiles.toml"
WORKERS = "/work_pools/campaigns/workers/filter"


def check(get: Callable[..., tuple[int, bytes]], profile: str = PROFILE) -> int:
    with open(profile) as lines:  # noqa: PTH123 (as in healthy.py)
        settings = lines.read()
    api, login = (
        settings.partition(f'{name} = "')[2].partition('"')[0] for name in ("API_URL", "AUTH_STRING")
    )
    server, _, path = api.removeprefix("http://").partition("/")
    host, _, port = server.partition(":")
    status, workers = get(host, int(port), f"/{path}{WORKERS}", login, b"{}")
    if status != 200:  # noqa: PLR2004
        return 2  # the server is away
    return 0 if b'"status":"ONLINE"' in workers else 1
