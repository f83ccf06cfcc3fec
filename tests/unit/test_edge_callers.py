"""Whom Caddy counts as one caller: an IPv4 address, or the /64 that a customer with IPv6 gets."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.rates import network_of

Groups = tuple[int, ...]
CADDYFILE = (Path(__file__).parents[2] / "services/caddy/Caddyfile").read_text()
_BLOCK = re.search(r"map \{client_ip\} \{caller\} \{\n(.*?)\n\t\}", CADDYFILE, re.DOTALL)
assert _BLOCK
#: Caddy's rules in their order; RE2 and Python agree on what is used of them.
RULES = [(re.compile(found[1]), found[2]) for found in re.finditer(r"~(\S+) (\S+)", _BLOCK[1])]


def caller(address: str) -> str:
    """What the map makes of an address, as Caddy reads it: the first rule that fits."""
    for pattern, output in RULES:
        if found := pattern.search(address):
            return pattern.sub(output.replace("${", r"\g<").replace("}", ">"), found[0])
    return address


#: Groups with many zeros, so that `::` falls at every place. On the internet no address begins with zeros.
_GROUPS = st.tuples(st.sampled_from([0x2001, 0xFE80]), *[st.sampled_from([0, 0, 0, 1, 0xABCD])] * 7)


def _written(groups: Groups) -> str:
    """As Caddy writes it: RFC 5952, which `ipaddress` keeps too."""
    return str(IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups)))


@given(_GROUPS, _GROUPS)
def test_two_addresses_are_one_caller_just_if_their_first_64_bits_are_the_same(
    one: Groups, other: Groups
) -> None:
    neighbour = one[:4] + other[4:]
    assert caller(_written(one)) == caller(_written(neighbour))
    assert (caller(_written(one)) == caller(_written(other))) is (one[:4] == other[:4])


@given(_GROUPS, _GROUPS)
def test_caddy_and_web_count_the_same_callers(one: Groups, other: Groups) -> None:
    for second in (other, one[:4] + other[4:]):
        same = network_of(_written(one)) == network_of(_written(second))
        assert (caller(_written(one)) == caller(_written(second))) is same


@pytest.mark.parametrize("address", ["203.0.113.7", "127.0.0.1"])
def test_an_ipv4_address_is_a_caller_also_inside_an_ipv6_one(address: str) -> None:
    assert caller(address) == caller(f"::ffff:{address}") == address
    assert network_of(address) == network_of(f"::ffff:{address}") == address


def test_nobody_is_counted_under_an_empty_name() -> None:
    assert all(caller(address) for address in ("::", "::1", "1::", "::ffff:0:0", "fe80::1", "2001:db8::"))
