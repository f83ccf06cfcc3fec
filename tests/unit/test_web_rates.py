"""Limits for each client and for all."""

from __future__ import annotations

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


def test_a_client_over_the_limit_waits_at_most_a_minute() -> None:
    rates = Rates(per_client=2, total=100)
    rates.admit("203.0.113.7")
    rates.admit("203.0.113.7")
    with pytest.raises(Refusal) as refusal:
        rates.admit("203.0.113.7")
    assert refusal.value.status == 429
    assert 1 <= int((refusal.value.headers or {})["Retry-After"]) <= 60


def test_one_client_over_the_limit_leaves_the_others_room() -> None:
    rates = Rates(per_client=1, total=3)
    rates.admit("203.0.113.1")
    for _ in range(10):
        with pytest.raises(Refusal):
            rates.admit("203.0.113.1")
    rates.admit("203.0.113.2")
    rates.admit("203.0.113.3")


def test_all_clients_together_have_a_limit() -> None:
    rates = Rates(per_client=1, total=2)
    rates.admit("203.0.113.1")
    rates.admit("203.0.113.2")
    with pytest.raises(Refusal):
        rates.admit("203.0.113.3")
