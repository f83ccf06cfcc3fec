"""What reaches Resend, judged by Resend's own OpenAPI file; and that this judge sees a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from flows.domain.message import Envelope, compose
from tests.stand_ins.judge import Judge
from tests.stand_ins.script import Captured
from tests.stand_ins.servers import ResendServer

MESSAGE = UUID("8a0b7c0e-0000-4000-8000-000000000001")
ENVELOPE = Envelope(
    to="anna@lead.example", sender="Galatek <hello@galatek.example>", reply_to="reply@galatek.example",
    unsubscribe_url="https://x.example/unsubscribe/t", message_id=MESSAGE, campaign="christmas", step=1,
)  # fmt: skip


@dataclass(frozen=True)
class Words:
    subject: str = "Your result – 72 of 100 🎄"
    html: str = "<p>Hello</p>"
    text: str = "Hello"


BODY = compose(Words(), ENVELOPE)
GOOD = Captured("POST", "/emails", {"idempotency-key": str(MESSAGE)}, json.dumps(BODY))


def with_body(**changes: Any) -> Captured:
    return replace(GOOD, body=json.dumps({**BODY, **changes}))


def test_a_composed_mail_is_what_resend_takes(
    resend_server: ResendServer, judge_of: Callable[[str], Judge]
) -> None:
    resend_server.mailer().send(BODY, str(MESSAGE))

    (request,) = resend_server.mailbox.script.requests
    assert judge_of("resend").problems(request) == []
    assert json.loads(request.body) == BODY
    assert request.headers["idempotency-key"] == str(MESSAGE)
    assert request.headers["authorization"] == "Bearer re_test"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (with_body(to=["a@b.example"] * 51), "$.to"),
        (with_body(tags="step"), "$.tags"),
        (with_body(headers=["List-Unsubscribe"]), "$.headers"),
        (with_body(html=None), "$.html"),
        (replace(GOOD, body="{}"), "'from' is a required property"),
        (replace(GOOD, headers={"idempotency-key": "k" * 257}), "too long"),
        (replace(GOOD, path="/email"), "no operation"),
    ],
    ids=["51 recipients", "tags", "headers", "no html", "nothing", "long key", "path"],
)
def test_the_judge_sees_a_request_that_resend_would_refuse(
    judge_of: Callable[[str], Judge], bad: Captured, says: str
) -> None:
    judge = judge_of("resend")

    assert judge.problems(GOOD) == []
    assert says in " ".join(judge.problems(bad))
