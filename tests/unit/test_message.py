"""The body that goes to the mail provider."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from flows.domain.message import Envelope, compose

ENVELOPE = Envelope(
    to="anna@lead.example", sender="Galatek <hello@galatek.example>", reply_to=None,
    unsubscribe_url="https://x.example/unsubscribe/t", message_id=UUID(int=1), campaign="christmas", step=2,
)  # fmt: skip


@dataclass(frozen=True)
class Words:
    subject: str = "Your result"
    html: str = "<p>Hello</p>"
    text: str = "Hello"


def test_one_mail_goes_to_one_person_and_says_how_to_stop() -> None:
    assert compose(Words(), ENVELOPE) == {
        "from": "Galatek <hello@galatek.example>",
        "to": ["anna@lead.example"],
        "subject": "Your result",
        "html": "<p>Hello</p>",
        "text": "Hello",
        "headers": {
            "List-Unsubscribe": "<https://x.example/unsubscribe/t>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "tags": [
            {"name": "campaign", "value": "christmas"},
            {"name": "step", "value": "2"},
            {"name": "message", "value": str(UUID(int=1))},
        ],
    }


def test_a_reply_goes_where_it_is_wanted() -> None:
    assert compose(Words(), replace(ENVELOPE, reply_to="reply@x.example"))["reply_to"] == "reply@x.example"


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
