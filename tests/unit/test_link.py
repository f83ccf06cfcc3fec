"""The signed links under every mail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from uuid import UUID

import pytest
from itsdangerous import URLSafeSerializer

from flows.domain.link import (
    Asked,
    BadLink,
    Link,
    read,
    read_confirm,
    read_view,
    sign,
    sign_confirm,
    sign_view,
)

KEY = "k" * 32
CONTACT = UUID("8c0ff92e-8a0e-4b0a-9d6c-0d6a1d1c7b11")
MESSAGE = UUID("8a0b7c0e-0000-4000-8000-000000000001")
TOKEN = sign(KEY, CONTACT)


def test_a_link_leads_back_to_its_contact() -> None:
    assert read(KEY, TOKEN) == Link(CONTACT)


def test_a_link_of_a_campaigns_mail_also_names_the_campaign() -> None:
    token = sign(KEY, CONTACT, "post-call")
    assert read(KEY, token) == Link(CONTACT, "post-call")
    assert sign(KEY, CONTACT, "post-call") == token != TOKEN


def test_a_link_that_shows_a_mail_leads_back_to_its_message() -> None:
    assert read_view(KEY, sign_view(KEY, MESSAGE)) == MESSAGE


MADE = {
    read: sign(KEY, CONTACT, "spring"),
    read_confirm: sign_confirm(KEY, CONTACT, "spring"),
    read_view: sign_view(KEY, CONTACT),
}


@pytest.mark.parametrize("made", MADE.values(), ids=lambda token: token[-6:])
@pytest.mark.parametrize("reads", MADE, ids=lambda reads: reads.__name__)
def test_one_kind_of_link_is_never_taken_for_another(made: str, reads: Callable[[str, str], object]) -> None:
    if MADE[reads] != made:
        with pytest.raises(BadLink):
            reads(KEY, made)


@pytest.mark.parametrize(
    "held", ["x", "A" * 32, f"{CONTACT.hex} Spring", f"{CONTACT.hex} a b", [CONTACT.hex], 5, None]
)
def test_a_token_that_we_signed_for_something_strange_is_refused(held: object) -> None:
    signer = URLSafeSerializer(KEY, salt="unsubscribe", signer_kwargs={"digest_method": hashlib.sha256})
    with pytest.raises(BadLink):
        read(KEY, str(signer.dumps(held)))


def test_a_contact_has_the_same_link_in_every_mail() -> None:
    assert sign(KEY, CONTACT) == TOKEN


def test_a_link_that_confirms_leads_back_to_its_enrolment() -> None:
    assert read_confirm(KEY, sign_confirm(KEY, MESSAGE, "spring")) == Asked(MESSAGE, "spring")


def test_a_link_that_was_sent_once_works_for_ever() -> None:
    sent = "IjhjMGZmOTJlOGEwZTRiMGE5ZDZjMGQ2YTFkMWM3YjExIg.XVAZ6yq0S0H2CP8cCPfNqgjJRjQKQB-R0aoLQmMwEPI"
    assert read(KEY, sent) == Link(CONTACT)


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
    for reads in (read, read_confirm, read_view):
        with pytest.raises(BadLink):
            reads(KEY, token)
