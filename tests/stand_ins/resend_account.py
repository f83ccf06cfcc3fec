"""Resend's domains, webhooks and contacts; shapes of its OpenAPI file 1.5.0."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.stand_ins.resend_rules import RefusedError, check_login

DOMAIN, DOMAIN_ID = "galatek.example", "d91cd9bd-1176-453e-8fc1-35364d380206"
WEBHOOK_ID, SECRET = "479e3145-dd38-476b-932c-529ceb705947", "whsec_c3RhbmQtaW4tc2VjcmV0"
DKIM = "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ"

#: Path, method, and the account's method that answers.
ROUTES = (
    ("/domains", "GET", "list_domains"),
    ("/domains/{id}", "GET", "domain"),
    ("/webhooks", "GET", "list_webhooks"),
    ("/webhooks/{id}", "GET", "webhook"),
    ("/contacts/{id}", "DELETE", "remove_contact"),
)


def _record(kind: str, name: str, type_: str, value: str) -> dict[str, Any]:
    return {"record": kind, "name": name, "type": type_, "ttl": "Auto", "status": "verified", "value": value}


class Account:
    """One verified domain, one webhook for every event, and whatever contacts a test puts there."""

    def __init__(self) -> None:
        self.domains = [
            {"id": DOMAIN_ID, "name": DOMAIN, "status": "verified", "created_at": "2026-01-01", "region": "eu-west-1",
             "records": [
                 _record("SPF", "send", "MX", "feedback-smtp.eu-west-1.amazonses.com"),
                 _record("SPF", "send", "TXT", "v=spf1 include:amazonses.com ~all"),
                 _record("DKIM", "resend._domainkey", "TXT", DKIM),
             ]}
        ]  # fmt: skip
        kinds = ("sent", "delivered", "delivery_delayed", "bounced", "complained", "failed", "suppressed")
        self.webhooks = [
            {"id": WEBHOOK_ID, "endpoint": "https://campaigns.example/events/resend", "status": "enabled",
             "events": [f"email.{kind}" for kind in kinds], "signing_secret": SECRET}
        ]  # fmt: skip
        self.contacts: set[str] = set()

    def answer(self, work: str, request: Request) -> Response:
        try:
            login = request.headers.get("authorization", "")
            check_login(login)
            _check_access(login)
            return JSONResponse(getattr(self, work)(request.path_params.get("id", "")))
        except RefusedError as error:
            return error.answer

    def list_domains(self, _: str) -> dict[str, Any]:
        return _listed(self.domains, "records")

    def domain(self, wanted: str) -> dict[str, Any]:
        return {"object": "domain", **_found(self.domains, wanted)}

    def list_webhooks(self, _: str) -> dict[str, Any]:
        return _listed(self.webhooks, "signing_secret")

    def webhook(self, wanted: str) -> dict[str, Any]:
        return {"object": "webhook", **_found(self.webhooks, wanted)}

    def remove_contact(self, wanted: str) -> dict[str, Any]:
        if wanted not in self.contacts:
            raise RefusedError(404, "not_found", "Contact not found")
        self.contacts.remove(wanted)
        return {"object": "contact", "id": "520784e2-887d-4c25-b53c-4ad46ad38100", "deleted": True}


def _check_access(login: str) -> None:
    if login.startswith("Bearer re_sending"):
        raise RefusedError(401, "restricted_api_key", "This API key is restricted to only send emails")


def _listed(items: list[dict[str, Any]], but: str) -> dict[str, Any]:
    data = [{name: value for name, value in item.items() if name != but} for item in items]
    return {"object": "list", "has_more": False, "data": data}


def _found(items: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    for item in items:
        if item["id"] == wanted:
            return item
    raise RefusedError(404, "not_found", "Not found")
