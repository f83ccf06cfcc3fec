"""The body that goes to the mail provider."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from flows.domain.message import compose
from tests.stand_ins.samples import ENVELOPE, KEY, Words


def test_one_mail_goes_to_one_person_and_says_how_to_stop() -> None:
    assert compose(Words(), ENVELOPE) == {
        "from": "Galatek <hello@galatek.example>",
        "to": ["anna@lead.example"],
        "reply_to": "reply@galatek.example",
        "subject": "Your result – 72 of 100 🎄",
        "html": "<p>Hello Anna</p>",
        "text": "Hello Anna",
        "headers": {
            "List-Unsubscribe": "<https://campaigns.example/unsubscribe/token>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "tags": [
            {"name": "campaign", "value": "christmas"},
            {"name": "step", "value": "1"},
            {"name": "message", "value": KEY},
        ],
    }


def test_without_a_reply_address_the_sender_gets_the_replies() -> None:
    assert "reply_to" not in compose(Words(), replace(ENVELOPE, reply_to=None))


def test_the_same_mail_is_the_same_bytes() -> None:
    assert json.dumps(compose(Words(), ENVELOPE)) == json.dumps(compose(Words(), ENVELOPE))


def test_a_subject_is_one_line() -> None:
    assert (
        compose(Words(subject="Your\r\nBcc: all@x.example\n"), ENVELOPE)["subject"]
        == "Your Bcc: all@x.example"
    )


def test_a_tag_holds_only_what_resend_takes() -> None:
    tags = compose(Words(), replace(ENVELOPE, campaign="Grüße & Co." + "x" * 300))["tags"]

    assert tags[0]["value"] == ("Gr__e___Co_" + "x" * 300)[:256]


@pytest.mark.parametrize("part", ["subject", "html", "text"])
def test_nobody_gets_a_mail_with_an_empty_part(part: str) -> None:
    with pytest.raises(ValueError, match=f"empty {part}"):
        compose(replace(Words(), **{part: " \n"}), ENVELOPE)
