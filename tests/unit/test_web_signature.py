"""Svix's signature, checked against Svix's own signer."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from svix.webhooks import Webhook

from flows.settings import WrongSetting
from services.web.events import is_signed, signing_keys

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
OLD, NEW = ("whsec_" + base64.b64encode(letter * 24).decode() for letter in (b"o", b"n"))
BODY = '{"type": "email.delivered", "data": {"subject": "Schöne Grüße"}}'


def _headers(secret: str = NEW, at: datetime = NOW, body: str = BODY) -> dict[str, str]:
    signature = Webhook(secret).sign("msg_1", at, body)
    return {
        "svix-id": "msg_1",
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": signature,
    }


def _accepted(headers: dict[str, str], secrets: str = NEW, body: str = BODY) -> bool:
    return is_signed(signing_keys(SecretStr(secrets)), headers, body.encode(), NOW)


@pytest.mark.parametrize("secrets", [NEW, f"{OLD} {NEW}", f"{NEW},{OLD}", f"{OLD}, {NEW}"])
def test_what_svix_signed_is_accepted_also_while_the_secret_changes(secrets: str) -> None:
    assert _accepted(_headers(), secrets)


def test_one_good_signature_among_several_is_enough() -> None:
    headers = _headers()
    headers["svix-signature"] = f"v1,{'A' * 43}= v2,abc {headers['svix-signature']}"
    assert _accepted(headers)


@pytest.mark.parametrize(("late", "accepted"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_signature_is_good_for_five_minutes(late: int, accepted: bool) -> None:
    assert _accepted(_headers(at=NOW - timedelta(seconds=late))) is accepted


@pytest.mark.parametrize(
    "change",
    [
        {"svix-id": "msg_2"},
        {"svix-id": ""},
        {"svix-timestamp": str(int(NOW.timestamp()) + 1)},
        {"svix-timestamp": "yesterday"},
        {"svix-timestamp": "٣" * 10},
        {"svix-signature": ""},
        {"svix-signature": "v1,"},
        {"svix-signature": "v1,ä"},
        {"svix-signature": _headers()["svix-signature"].replace("v1,", "v9,")},
        {"svix-signature": _headers(secret=OLD)["svix-signature"]},
        {"svix-signature": _headers(body=BODY + " ")["svix-signature"]},
    ],
)
def test_anything_else_is_refused(change: dict[str, str]) -> None:
    assert not _accepted(_headers() | change)


@pytest.mark.parametrize("missing", ["svix-id", "svix-timestamp", "svix-signature"])
def test_a_missing_header_is_refused(missing: str) -> None:
    headers = _headers()
    del headers[missing]
    assert not _accepted(headers)


@pytest.mark.parametrize("secrets", ["whsec_§", "whsec_a", "whsec_", f"{NEW} whsec_"])
def test_a_secret_that_is_no_base64_stops_the_start(secrets: str) -> None:
    with pytest.raises(WrongSetting, match="RESEND_WEBHOOK_SECRET"):
        signing_keys(SecretStr(secrets))
