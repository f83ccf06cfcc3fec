"""The signed links under every mail."""

from __future__ import annotations

from uuid import UUID

import pytest
from itsdangerous import URLSafeSerializer

from flows.domain.link import BadLink, read, sign

KEY = "k" * 32
CONTACT = UUID("8c0ff92e-8a0e-4b0a-9d6c-0d6a1d1c7b11")
TOKEN = sign(KEY, CONTACT)


def test_a_link_leads_back_to_its_contact() -> None:
    assert read(KEY, TOKEN) == CONTACT


def test_a_contact_has_the_same_link_in_every_mail() -> None:
    assert sign(KEY, CONTACT) == TOKEN


def test_a_link_that_confirms_is_none_that_stops_and_the_other_way_round() -> None:
    confirming = sign(KEY, CONTACT, "confirm")
    assert read(KEY, confirming, "confirm") == CONTACT
    with pytest.raises(BadLink):
        read(KEY, confirming)
    with pytest.raises(BadLink):
        read(KEY, TOKEN, "confirm")


def test_a_link_that_was_sent_once_works_for_ever() -> None:
    sent = "IjhjMGZmOTJlOGEwZTRiMGE5ZDZjMGQ2YTFkMWM3YjExIg.XVAZ6yq0S0H2CP8cCPfNqgjJRjQKQB-R0aoLQmMwEPI"
    assert read(KEY, sent) == CONTACT


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nothing",
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN.split(".")[0],
        "." + TOKEN,
        TOKEN.swapcase(),
        sign("another key of 32 characters ....", CONTACT),
        URLSafeSerializer(KEY, salt="something else").dumps(CONTACT.hex),
        "\x00é" * 50,
    ],
)
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises(BadLink):
        read(KEY, token)
