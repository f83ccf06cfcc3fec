"""Addresses of one person, counted as one."""

from __future__ import annotations

import pytest

from flows.domain.mailbox import mailbox
from services.web.rows import sealed

ANNA = ["anna.smith@gmail.com", "Anna.Smith@GMAIL.com", "annasmith@gmail.com", "a.n.n.a.smith@gmail.com",
        "anna.smith+news@gmail.com", "anna.smith+a+b@gmail.com", "AnnaSmith+@googlemail.com"]  # fmt: skip
#: Domains in their own letters, in capitals and as DNS has them.
MUELLER = ["anna@müller.de", "anna@MÜLLER.de", "anna@xn--mller-kva.de", "Anna+x@XN--MLLER-KVA.DE"]


@pytest.mark.parametrize("person", [ANNA, MUELLER], ids=["a local part", "a domain"])
def test_what_anybody_can_vary_makes_no_other_person(person: list[str]) -> None:
    assert len({mailbox(address) for address in person}) == 1
    assert len({sealed(address, "k") for address in person}) == 1


@pytest.mark.parametrize(
    "other", ["anna@example.com", "anna-smith@gmail.com", "annasmith@mail.com", "bnnasmith@gmail.com"]
)
def test_other_people_are_other_people(other: str) -> None:
    assert mailbox(other) != mailbox(ANNA[0])


def test_a_sealed_address_tells_nothing_without_the_key() -> None:
    assert sealed(ANNA[0], "key") != sealed(ANNA[0], "another key")
    assert b"anna" not in sealed(ANNA[0], "key")
