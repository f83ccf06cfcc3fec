"""What reaches Resend, judged by Resend's own OpenAPI file; and that this judge sees a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from flows.delivery import deliver_first
from tests.conftest import Ledger
from tests.desk import campaign, rig
from tests.stand_ins.judge import Judge
from tests.stand_ins.samples import KEY, MAIL
from tests.stand_ins.script import Captured
from tests.stand_ins.servers import ResendServer

GOOD = Captured("POST", "/emails", {"idempotency-key": KEY}, json.dumps(MAIL))


def with_body(**changes: Any) -> Captured:
    return replace(GOOD, body=json.dumps({**MAIL, **changes}))


def test_a_composed_mail_is_what_resend_takes(
    resend_server: ResendServer, judge_of: Callable[[str], Judge]
) -> None:
    resend_server.mailer().send(MAIL, KEY)

    (request,) = resend_server.mailbox.script.requests
    assert judge_of("resend").problems(request) == []
    assert json.loads(request.body) == MAIL
    assert request.headers["idempotency-key"] == KEY
    assert request.headers["authorization"] == "Bearer re_test"


@pytest.mark.parametrize(
    ("own", "everybodys", "answers_go_to"),
    [
        ("anna@galatek.example", "hello@galatek.example", "anna@galatek.example"),
        (None, "hello@galatek.example", "hello@galatek.example"),
        (None, None, None),
    ],
)
def test_answers_go_to_the_campaigns_own_address_else_to_everybodys_else_to_the_sender(
    resend_server: ResendServer,
    ledger: Ledger,
    own: str | None,
    everybodys: str | None,
    answers_go_to: str | None,
) -> None:
    here = rig(ledger, campaign(reply_to=own), provider=resend_server.mailer(), mail_reply_to=everybodys)
    deliver_first(here.enrol().id, here.desk)
    here.close()
    (request,) = resend_server.mailbox.script.requests
    assert json.loads(request.body).get("reply_to") == answers_go_to


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
