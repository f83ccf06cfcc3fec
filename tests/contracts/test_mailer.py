"""The port `Mailer`: what each answer of Resend becomes, over real HTTP."""

from __future__ import annotations

import logging
import socket
import time
from typing import Any

import pytest

from flows.adapters.resend import Preview, Resend
from flows.domain.verdict import Action, Answer, Mailer
from tests.stand_ins.script import Fault
from tests.stand_ins.servers import PATIENCE, ResendServer

ADDRESS = "anna@lead.example"
MAIL = {
    "from": "Galatek <hello@galatek.example>",
    "to": [ADDRESS],
    "reply_to": "reply@galatek.example",
    "subject": "Your result – 72 of 100 🎄",
    "html": "<p>Hello Anna</p>",
    "text": "Hello Anna",
    "headers": {"List-Unsubscribe": "<https://x.example/unsubscribe/t>"},
    "tags": [{"name": "step", "value": "1"}],
}
KEY = "8a0b7c0e-0000-4000-8000-000000000001"


def error(status: int, name: str, **more: Any) -> Fault:
    """An answer as Resend words it, which repeats the recipient."""
    body = {"statusCode": status, "name": name, "message": f"no good: {ADDRESS}"}
    return Fault(status=status, body=body, **more)


def send(server: ResendServer, mail: dict[str, Any] = MAIL) -> Answer:
    return server.mailer().send(mail, KEY)


def test_an_accepted_mail_is_sent_under_the_id_that_resend_gave(resend_server: ResendServer) -> None:
    answer = send(resend_server)

    (mail,) = resend_server.mailbox.sent
    assert (answer.verdict.action, answer.provider_id) == (Action.SENT, mail["id"])
    assert (mail["key"], mail["body"]) == (KEY, MAIL)


@pytest.mark.parametrize(
    ("fault", "action"),
    [
        (error(400, "validation_error"), Action.HOLD),
        (error(400, "invalid_idempotency_key"), Action.HOLD),
        (error(401, "missing_api_key"), Action.STOP_SENDING),
        (error(401, "restricted_api_key"), Action.STOP_SENDING),
        (error(401, "validation_error"), Action.STOP_SENDING),
        (error(403, "invalid_api_key"), Action.STOP_SENDING),
        (error(403, "validation_error"), Action.STOP_SENDING),
        (error(404, "not_found"), Action.STOP_SENDING),
        (error(405, "method_not_allowed"), Action.STOP_SENDING),
        (error(409, "invalid_idempotent_request"), Action.HOLD),
        (error(409, "concurrent_idempotent_requests"), Action.RETRY),
        (error(418, "teapot"), Action.HOLD),
        (error(422, "missing_required_field"), Action.HOLD),
        (error(422, "invalid_attachment"), Action.HOLD),
        (error(422, "invalid_from_address"), Action.STOP_SENDING),
        (error(429, "rate_limit_exceeded"), Action.RETRY),
        (error(429, "daily_quota_exceeded"), Action.PAUSE_UNTIL_TOMORROW),
        (error(429, "monthly_quota_exceeded"), Action.PAUSE),
        (error(451, "security_error"), Action.HOLD),
        (error(500, "application_error"), Action.RETRY),
        (error(500, "internal_server_error"), Action.RETRY),
        (error(599, "new_kind_of_trouble"), Action.RETRY),
        (Fault(status=302, body="moved", headers={"Location": "/elsewhere"}), Action.STOP_SENDING),
        (Fault(status=413, body="<h1>Too large</h1>"), Action.HOLD),
        (Fault(status=429, body="<h1>Slow down</h1>"), Action.RETRY),
        (Fault(status=502, body="<h1>Bad gateway</h1>"), Action.RETRY),
        (Fault(status=503, body=""), Action.RETRY),
        (Fault(status=500, body=None), Action.RETRY),
        (Fault(status=400, body=["a", "list"]), Action.HOLD),
    ],
    ids=lambda value: f"{value.status} {value.body}"[:60] if isinstance(value, Fault) else value.name,
)
def test_every_refusal_has_its_verdict(resend_server: ResendServer, fault: Fault, action: Action) -> None:
    resend_server.will(fault)

    answer = send(resend_server)

    assert (answer.verdict.action, answer.provider_id) == (action, None)
    assert str(fault.status) in answer.verdict.reason
    assert resend_server.mailbox.sent == []


@pytest.mark.parametrize("body", ["", "<h1>Welcome</h1>", None, {}, {"id": ""}, {"id": 7}, [], "[1"])
def test_an_acceptance_without_an_id_is_held_for_a_person(resend_server: ResendServer, body: Any) -> None:
    resend_server.will(Fault(status=200, body=body, accept=True))

    assert send(resend_server).verdict.action is Action.HOLD


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_key_is_known_by_its_words(resend_server: ResendServer, status: int) -> None:
    body = {"statusCode": status, "name": "validation_error", "message": "API key is invalid"}
    resend_server.will(Fault(status=status, body=body))

    verdict = send(resend_server).verdict

    assert verdict.action is Action.STOP_SENDING
    assert "RESEND_API_KEY" in verdict.reason


def test_the_wait_that_resend_asks_for_is_passed_on(resend_server: ResendServer) -> None:
    resend_server.will(error(429, "rate_limit_exceeded", headers={"Retry-After": "7"}))

    assert send(resend_server).verdict.retry_after == 7


def test_a_time_out_after_acceptance_ends_as_one_mail(resend_server: ResendServer) -> None:
    resend_server.will(Fault(accept=True, delay=PATIENCE + 0.2))

    lost, meanwhile = send(resend_server), send(resend_server)
    while (again := send(resend_server)).verdict.action is Action.RETRY:
        time.sleep(0.02)

    assert [lost.verdict.action, meanwhile.verdict.action] == [Action.RETRY, Action.RETRY]
    assert "409 concurrent_idempotent_requests" in meanwhile.verdict.reason
    assert [mail["id"] for mail in resend_server.mailbox.sent] == [again.provider_id]


def test_a_time_out_before_acceptance_is_tried_again_under_the_same_key(resend_server: ResendServer) -> None:
    resend_server.will(Fault(status=503, delay=PATIENCE + 0.2))

    assert send(resend_server).verdict.action is Action.RETRY
    assert resend_server.mailbox.sent == []


def test_a_connection_that_breaks_after_acceptance_ends_as_one_mail(resend_server: ResendServer) -> None:
    resend_server.will(Fault(drop=True, accept=True))

    assert send(resend_server).verdict.action is Action.RETRY
    assert send(resend_server).provider_id == resend_server.mailbox.sent[0]["id"]
    assert len(resend_server.mailbox.sent) == 1


def test_nobody_listening_is_a_retry() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        mailer = Resend("re_test", f"http://127.0.0.1:{taken.getsockname()[1]}", timeout=PATIENCE)

        assert mailer.send(MAIL, KEY).verdict.action is Action.RETRY


def test_the_same_mail_is_the_same_bytes_whatever_the_order_of_its_keys(resend_server: ResendServer) -> None:
    first = send(resend_server)
    second = send(resend_server, dict(reversed(MAIL.items())))

    one, other = resend_server.mailbox.script.requests
    assert one.body == other.body
    assert first.provider_id == second.provider_id


def test_another_mail_under_a_known_key_is_held(resend_server: ResendServer) -> None:
    send(resend_server)

    answer = send(resend_server, {**MAIL, "subject": "Another"})

    assert answer.verdict.action is Action.HOLD
    assert len(resend_server.mailbox.sent) == 1


def test_no_verdict_and_no_log_line_names_the_recipient(
    resend_server: ResendServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    resend_server.will(error(422, ADDRESS), error(500, "application_error"), error(403, "validation_error"))

    reasons = [send(resend_server).verdict.reason for _ in range(4)]

    assert ADDRESS not in caplog.text + " ".join(reasons)


def test_a_preview_hands_nothing_over(resend_server: ResendServer) -> None:
    mailer: Mailer = Preview()

    answer = mailer.send(MAIL, KEY)

    assert (answer.verdict.action, answer.provider_id) == (Action.PREVIEW, None)
    assert "RESEND_API_KEY" in answer.verdict.reason
    assert resend_server.mailbox.script.requests == []
