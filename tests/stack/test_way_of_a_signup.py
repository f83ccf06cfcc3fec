"""From the website's POST through Caddy to the mail, the record and the finished run, and back by the link."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from svix.webhooks import Webhook

from tests.stack.conftest import CAL_SECRET, WEBHOOK_SECRET
from tests.stack.deployment import Deployment, eventually
from tests.web_site import website

BODIES = {
    "scheduled_8_parameters": "URGENT",
    "message_14_parameters": "CRITICAL",
    "without_state": "CRITICAL",
    "javascript_13_parameters": "OPTIMIZE",
}


@pytest.mark.parametrize(("body", "segment"), BODIES.items())
def test_each_body_of_the_website_becomes_a_mail_and_a_record(
    stack: Deployment, body: str, segment: str
) -> None:
    email = website(body)["parameters"]["email"]
    answer = stack.sign_up(email, key=body, body=body)
    assert answer.status_code == 201
    run = stack.ended(answer.json()["id"])
    assert (run["state_type"], run["parameters"]["email"]) == ("COMPLETED", email)
    assert stack.messages(email)[:2] == [["1", "sent", ""], ["2", "scheduled", ""]]
    [mail] = stack.sent(email)
    assert website(body)["parameters"]["first_name"] in mail["text"]
    [page] = stack.pages(email)
    assert page["Segment"]["select"]["name"] == segment


def test_a_repeated_key_is_answered_with_the_first_run_and_mails_nobody(stack: Deployment) -> None:
    email = "repeats@example.com"
    first = stack.sign_up(email, key="repeated")
    again = stack.sign_up(email, key="repeated")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    stack.ended(first.json()["id"])
    assert stack.ledger(f"SELECT id FROM signup WHERE parameters->>'email' = '{email}'") == [
        [first.json()["id"]]
    ]
    assert len(stack.sent(email)) == 1


def test_a_second_signup_of_a_person_mails_nobody_twice(stack: Deployment) -> None:
    email = "twice@example.com"
    stack.ended(stack.sign_up(email).json()["id"])
    second = stack.ended(stack.sign_up(email).json()["id"])
    assert second["state_type"] == "COMPLETED"
    assert len(stack.sent(email)) == len(stack.pages(email)) == 1


def test_the_link_in_a_mail_stops_the_rest(stack: Deployment) -> None:
    email = "stops@example.com"
    stack.ended(stack.sign_up(email).json()["id"])
    [mail] = stack.sent(email)
    link = urlsplit(mail["headers"]["List-Unsubscribe"].strip("<>"))
    assert link.netloc == f"localhost:{stack.port}"
    with stack.caller() as person:
        assert person.get(link.path).status_code == 200
        assert [state for _, state, _ in stack.messages(email)].count("scheduled") == 6
        assert person.post(link.path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert [state for _, state, _ in stack.messages(email)] == ["sent"] + ["skipped"] * 6


def test_a_signed_event_of_resend_arrives_unchanged(stack: Deployment) -> None:
    body = '{"type": "email.delivered",  "created_at": "2026-12-01T09:30:00Z", "data": {"email_id": "ä"}}'
    now = datetime.now(UTC)
    headers = {
        "svix-id": "msg_stack",
        "svix-timestamp": str(int(now.timestamp())),
        "svix-signature": Webhook(WEBHOOK_SECRET).sign("msg_stack", now, body),
    }
    with stack.caller() as resend:
        answers = [resend.post("/events/resend", content=body, headers=headers).status_code for _ in range(2)]
    assert answers == [200, 200]
    assert stack.ledger("SELECT type, provider_id FROM delivery_event WHERE svix_id = 'msg_stack'") == [
        ["email.delivered", "ä"]
    ]


def test_a_signed_report_of_cal_arrives_with_its_signature(stack: Deployment) -> None:
    report = {"triggerEvent": "PING", "createdAt": datetime.now(UTC).isoformat(), "payload": {"title": "ä"}}
    body = json.dumps(report).encode()
    headers = {"X-Cal-Signature-256": hmac.digest(CAL_SECRET.encode(), body, "sha256").hex()}
    with stack.caller() as cal:
        assert cal.post("/events/cal", content=body, headers=headers).status_code == 200
        assert cal.post("/events/cal", content=body).status_code == 401
    assert stack.ledger("SELECT service, type FROM booking_event WHERE service <> 'test'") == [
        ["Cal.com", "PING"]
    ]


def test_no_address_stands_in_a_log_or_in_a_runs_name(stack: Deployment) -> None:
    email = "discreet@example.com"
    answer = stack.sign_up(email, body="message_14_parameters")
    assert "@" not in stack.ended(answer.json()["id"])["name"]

    def logged() -> str:
        logs = stack.operator.post(
            "/api/logs/filter", json={"logs": {"flow_run_id": {"any_": [answer.json()["id"]]}}}
        )
        return logs.text if "mail 1" in logs.text else ""

    assert "discreet" not in eventually(logged, "the run's log in Prefect")
    assert "discreet" not in stack.compose("logs")
