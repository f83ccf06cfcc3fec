"""Which paths Caddy takes for the operator's, before anything runs: the same table that the stack's tests ask Caddy."""

from __future__ import annotations

import re

import pytest

from tests.stack.edge_table import OPERATOR
from tests.unit.test_edge_callers import CADDYFILE

_FOUND = re.search(r"@operator \{\n.*\n\t\tpath_regexp (\S+)\n\t\tnot path_regexp (\S+)\n", CADDYFILE)
assert _FOUND
OURS, WORKERS = re.compile(_FOUND[1]), re.compile(_FOUND[2])


def let_through(target: str) -> bool:
    path = target.split("?", maxsplit=1)[0]
    return bool(OURS.search(path)) and not WORKERS.search(path)


@pytest.mark.parametrize("target", sorted({target for _, target in OPERATOR}))
def test_what_the_operators_browser_asks_for_is_let_through(target: str) -> None:
    assert let_through(target)


@pytest.mark.parametrize(
    "target",
    ["/campaigns/", "/campaigns/x", "/campaignsXjson", "/campaigns.html", "/metrics/", "/metrics/x", "/api/metrics",
     "/xcampaigns", "/api/campaigns", "/api/claim"],
)  # fmt: skip
def test_what_only_looks_like_it_is_not(target: str) -> None:
    assert not let_through(target)
