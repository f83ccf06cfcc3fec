"""What each answer of Resend that is no plain acceptance becomes. Over real HTTP."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from flows.domain.verdict import Action, Answer
from tests.stand_ins.samples import EMAIL, KEY, MAIL, resend_error
from tests.stand_ins.script import Fault
from tests.stand_ins.servers import ResendServer


def send(server: ResendServer) -> Answer:
    return server.mailer().send(MAIL, KEY)


@pytest.mark.parametrize(
    ("fault", "action"),
    [
        (resend_error(400, "validation_error"), Action.HOLD),
        (resend_error(400, "invalid_idempotency_key"), Action.HOLD),
        (resend_error(401, "missing_api_key"), Action.STOP_SENDING),
        (resend_error(401, "restricted_api_key"), Action.STOP_SENDING),
        (resend_error(401, "validation_error"), Action.STOP_SENDING),
        (resend_error(403, "invalid_api_key"), Action.STOP_SENDING),
        (resend_error(403, "validation_error"), Action.STOP_SENDING),
        (resend_error(404, "not_found"), Action.STOP_SENDING),
        (resend_error(405, "method_not_allowed"), Action.STOP_SENDING),
        (resend_error(409, "invalid_idempotent_request"), Action.HOLD),
        (resend_error(409, "concurrent_idempotent_requests"), Action.RETRY),
        (resend_error(418, "teapot"), Action.HOLD),
        (resend_error(422, "missing_required_field"), Action.HOLD),
        (resend_error(422, "invalid_attachment"), Action.HOLD),
        (resend_error(422, "invalid_from_address"), Action.STOP_SENDING),
        (resend_error(429, "rate_limit_exceeded"), Action.RETRY),
        (resend_error(429, "daily_quota_exceeded"), Action.PAUSE_UNTIL_TOMORROW),
        (resend_error(429, "monthly_quota_exceeded"), Action.PAUSE),
        (resend_error(451, "security_error"), Action.HOLD),
        (resend_error(500, "application_error"), Action.RETRY),
        (resend_error(500, "internal_server_error"), Action.RETRY),
        (resend_error(599, "new_kind_of_trouble"), Action.RETRY),
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
    resend_server.will(resend_error(429, "rate_limit_exceeded", headers={"Retry-After": "7"}))

    assert send(resend_server).verdict.retry_after == 7


def test_no_verdict_and_no_log_line_names_the_recipient(
    resend_server: ResendServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    resend_server.will(
        resend_error(422, EMAIL),
        resend_error(500, "application_error"),
        resend_error(403, "validation_error"),
    )

    reasons = [send(resend_server).verdict.reason for _ in range(4)]

    assert EMAIL not in caplog.text + " ".join(reasons)
