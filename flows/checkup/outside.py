"""From outside: whether the stack answers under its public name, and Resend's events arrive with the right secret."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from uuid import uuid4

import httpx

from flows.adapters.ledger_health import LedgerHealth
from flows.adapters.postgres import LedgerError
from flows.adapters.resend_account import AccountAway, AccountRefused, ResendAccount
from flows.domain.finding import Finding, fail, off, ok, warn
from flows.settings import Settings

#: What the ledger wants to hear of.
EVENTS = tuple(
    f"email.{kind}"
    for kind in ("sent", "delivered", "delivery_delayed", "bounced", "complained", "failed", "suppressed")
)
_REFUSALS = {
    HTTPStatus.UNAUTHORIZED: ("the stack refuses the signature: it has another secret", "Copy the secret of the webhook at resend.com/webhooks into RESEND_WEBHOOK_SECRET, then make up"),
    HTTPStatus.NOT_FOUND: ("the stack takes no events: it has no secret", "Set RESEND_WEBHOOK_SECRET in .env, then make up"),
}  # fmt: skip


def look(
    settings: Settings,
    account: ResendAccount | None,
    health: LedgerHealth,
    client: httpx.Client,
    now: datetime,
) -> Iterator[Finding]:
    """Args: client: its base URL is the stack's public one."""
    if settings.domain == "localhost":
        yield off("website", "DOMAIN is localhost: nobody reaches it from outside")
        yield off("webhook", "DOMAIN is localhost: Resend cannot reach it")
        return
    yield _website(client)
    secrets = _secrets(settings)
    if account is None and not secrets:
        yield off("webhook", "preview: nothing is sent, so nothing is reported")
        return
    if account is not None:
        yield from _registered(account, f"{settings.public_url}/events/resend", secrets)
    yield _delivered(client, secrets, health, now)


def signed(secret: str, svix_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of an event as Svix signs it, which Resend has do it."""
    stamp = str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, b".".join((svix_id.encode(), stamp.encode(), body)), "sha256")
    return {
        "svix-id": svix_id,
        "svix-timestamp": stamp,
        "svix-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _secrets(settings: Settings) -> list[str]:
    """One, or several while it is being changed."""
    found = settings.resend_webhook_secret
    return re.split(r"[\s,]+", found.get_secret_value().strip()) if found else []


def _website(client: httpx.Client) -> Finding:
    try:
        answer = client.get("/healthz")
    except httpx.HTTPError as error:
        said = f"{client.base_url} does not answer from here ({type(error).__name__})"
        return fail(
            "website", said, "Check DOMAIN's DNS, the firewall (80 and 443), and make logs, service caddy"
        )
    if answer.status_code != HTTPStatus.OK:
        return fail(
            "website",
            f"{client.base_url} answers {answer.status_code}",
            "See make logs, services caddy and web",
        )
    return ok("website", f"{client.base_url} answers, its certificate is right")


def _registered(account: ResendAccount, endpoint: str, secrets: list[str]) -> Iterator[Finding]:
    do = f"Add a webhook for {endpoint} with all email.* events at resend.com/webhooks"
    try:
        found = next((one for one in account.webhooks() if one["endpoint"].rstrip("/") == endpoint), None)
        if found is None:
            yield fail("webhook", f"Resend has none for {endpoint}: bounces and complaints stay unknown", do)
            return
        if found["status"] != "enabled":
            yield fail("webhook", f"it is {found['status']} at Resend", "Enable it at resend.com/webhooks")
        if missing := sorted(set(EVENTS) - set(found["events"] or EVENTS)):
            yield warn(
                "webhook", f"Resend does not report {', '.join(missing)}", "Add them at resend.com/webhooks"
            )
        if account.signing_secret(found["id"]) not in secrets:
            yield fail("webhook", *_REFUSALS[HTTPStatus.UNAUTHORIZED])
    except AccountAway as away:
        yield warn("webhook", str(away))
    except AccountRefused as refusal:
        yield warn("webhook", str(refusal), f"Look at resend.com/webhooks: there must be one for {endpoint}")


def _delivered(client: httpx.Client, secrets: list[str], health: LedgerHealth, now: datetime) -> Finding:
    """An event that we sign ourselves goes the way of Resend's, into the ledger and out of it again."""
    if not secrets:
        return fail("webhook", *_REFUSALS[HTTPStatus.NOT_FOUND])
    svix_id, body = f"doctor_{uuid4()}", json.dumps({"type": "doctor.test", "data": {}}).encode()
    try:
        headers = {"Content-Type": "application/json", **signed(secrets[0], svix_id, body, now)}
        answer = client.post("/events/resend", content=body, headers=headers)
        arrived = health.take_event(svix_id)
    except (httpx.HTTPError, LedgerError, ValueError) as error:
        return fail("webhook", f"a test event did not arrive ({type(error).__name__})", "See the lines above")
    if answer.status_code in _REFUSALS:
        return fail("webhook", *_REFUSALS[HTTPStatus(answer.status_code)])
    if answer.status_code != HTTPStatus.OK or not arrived:
        return fail("webhook", f"a test event was answered {answer.status_code} and {'' if arrived else 'not '}stored",
                    "See make logs, services caddy and web")  # fmt: skip
    return ok("webhook", "a signed test event arrived in the ledger, and was removed")
