"""Limits for each client and for all."""

from __future__ import annotations

import asyncio

import pytest

from services.web.errors import Refusal
from services.web.rates import Rates, network_of


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("not an address", "not an address"),
    ],
)
def test_a_client_is_an_address_or_a_customers_network(host: str, client: str) -> None:
    assert network_of(host) == client


async def _admitted(rates: Rates, *hosts: str) -> list[str]:
    """For each request `in`, or the seconds to wait."""
    outcomes = []
    for host in hosts:
        try:
            await rates.admit(host)
            outcomes.append("in")
        except Refusal as refusal:
            outcomes.append((refusal.headers or {})["Retry-After"])
    return outcomes


def test_a_client_over_the_limit_waits_at_most_a_minute() -> None:
    *before, third = asyncio.run(_admitted(Rates(per_client=2, total=100), *["203.0.113.7"] * 3))
    assert before == ["in", "in"]
    assert 1 <= int(third) <= 60


def test_one_client_over_the_limit_leaves_the_others_room() -> None:
    hosts = [*["203.0.113.1"] * 10, "203.0.113.2", "203.0.113.3"]
    outcomes = asyncio.run(_admitted(Rates(per_client=1, total=3), *hosts))
    assert [host for host, outcome in zip(hosts, outcomes, strict=True) if outcome == "in"] == hosts[9:]


def test_all_clients_together_have_a_limit() -> None:
    *before, third = asyncio.run(
        _admitted(Rates(per_client=1, total=2), "203.0.113.1", "203.0.113.2", "203.0.113.3")
    )
    assert before == ["in", "in"]
    assert 1 <= int(third) <= 60
