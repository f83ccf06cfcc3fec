"""`POST /events/resend`: each signed event is kept once, whatever it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from svix.webhooks import Webhook

from tests.conftest import Ledger
from tests.web_site import NOW, RESEND_SECRET, running_site

BOUNCED = {
    "type": "email.bounced",
    "created_at": "2026-12-01T09:29:58.126Z",
    "data": {"email_id": "56761188-7520-42d8-8898-ff6fc54ce618", "to": ["maria.keller@example.com"]},
}


def _post(site: httpx.Client, event: object, svix_id: str = "msg_1", at: datetime = NOW) -> httpx.Response:
    body = event if isinstance(event, str) else json.dumps(event)
    headers = {
        "svix-id": svix_id,
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": Webhook(RESEND_SECRET).sign(svix_id, at, body),
    }
    return site.post("/events/resend", content=body.encode(), headers=headers)


def _kept(ledger: Ledger, columns: str) -> list[tuple[Any, ...]]:
    with ledger.connect("worker") as connection:
        return connection.execute(f"SELECT {columns} FROM delivery_event ORDER BY svix_id").fetchall()


def test_an_event_is_kept_with_all_that_it_said(site: httpx.Client, ledger: Ledger) -> None:
    assert _post(site, BOUNCED).status_code == 200
    occurred = datetime(2026, 12, 1, 9, 29, 58, 126000, tzinfo=UTC)
    assert _kept(ledger, "svix_id, type, provider_id, occurred_at, received_at, payload") == [
        ("msg_1", "email.bounced", BOUNCED["data"]["email_id"], occurred, NOW, BOUNCED)  # type: ignore[index]
    ]


def test_an_event_that_comes_again_is_kept_once(site: httpx.Client, ledger: Ledger) -> None:
    assert [_post(site, BOUNCED).status_code for _ in range(2)] == [200, 200]
    assert len(_kept(ledger, "svix_id")) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"type": "email.invented"},
        {"type": "email.sent", "data": [], "created_at": "yesterday"},
        {"type": "contact.created", "data": {"email_id": 7}, "created_at": 7},
    ],
)
def test_an_unknown_event_is_kept_too(site: httpx.Client, ledger: Ledger, event: dict[str, Any]) -> None:
    assert _post(site, event).status_code == 200
    assert _kept(ledger, "type, provider_id, occurred_at, payload") == [(event["type"], None, None, event)]


@pytest.mark.parametrize(
    "event", ["{", "[]", '{"data": {}}', '{"type": 7}', '{"type": "x", "data": "\\u0000"}']
)
def test_what_is_no_event_is_refused(site: httpx.Client, ledger: Ledger, event: str) -> None:
    assert _post(site, event).status_code == 422
    assert _kept(ledger, "svix_id") == []


def test_a_wrong_signature_and_an_old_one_are_refused(site: httpx.Client, ledger: Ledger) -> None:
    unsigned = site.post("/events/resend", json=BOUNCED)
    old = _post(site, BOUNCED, at=NOW - timedelta(minutes=6))
    assert (unsigned.status_code, old.status_code) == (401, 401)
    assert _kept(ledger, "svix_id") == []


def test_an_event_may_have_256_kib(site: httpx.Client) -> None:
    event = {"type": "email.received", "data": "x" * 262_000}
    assert _post(site, event).status_code == 200
    assert _post(site, event | {"more": "x" * 200}).status_code == 413


def test_without_a_secret_there_is_no_such_route(ledger: Ledger) -> None:
    with running_site(ledger) as site:
        answer = _post(site, BOUNCED)
    assert (answer.status_code, answer.json()) == (404, {"detail": "events are not configured"})
