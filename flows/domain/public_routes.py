"""The public routes as a stranger may read of them: who calls each, with what, and every answer.

A route of `web` stands here, or a test fails. What it answers is judged by what is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Said:
    """One answer: a sentence, the name of its JSON's schema, whether it is (or may be) a page, and headers of its own."""

    says: str
    json: str | None = "Refusal"
    page: bool = False
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PublicRoute:
    """One method of one path. `body` is its media type → schema, if it wants one."""

    method: str
    path: str
    id: str
    summary: str
    says: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: tuple[str, Schema] | None = None
    token: bool = False
    answers: Mapping[int, Said]


_AGAIN = ("Retry-After",)
#: What the edge may answer to everybody, whatever the route.
_TOO_FAST = Said(says="Too fast: again after `Retry-After` seconds.", headers=_AGAIN)
_AWAY = Said(says="Not available for a moment: again after `Retry-After` seconds.", headers=_AGAIN)
_BROKEN = Said(says="Something broke on our side.")
_ALWAYS = {429: _TOO_FAST, 500: _BROKEN, 503: _AWAY}
_SLOW = Said(says="The body came too slowly.")
_DONE = Said(says="Kept, once.", json="Done")


def _too_large(most: str) -> Said:
    return Said(says=f"The body has more than {most}.")


def _reports(path: str, name: str, headers: Mapping[str, str], body: Schema, most: str) -> PublicRoute:
    """A service's reports: signed, kept once, answered alike."""
    return PublicRoute(
        method="post", path=path, id=f"report{name.replace('.', '')}", summary=f"What {name} reports",
        says=f"{name} calls this, and signs what it says over the raw body. A report that comes again changes nothing.",
        headers=headers, body=("application/json", body),
        answers={
            200: _DONE,
            401: Said(says="The signature is not right, or too old."),
            404: Said(says="No secret is set for these reports."),
            408: _SLOW,
            413: _too_large(most),
            422: Said(says="The report is not as the service documents it."),
            **_ALWAYS,
        },
    )  # fmt: skip


def _report(required: Mapping[str, Schema], **other: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **other}}


_TEXT: Schema = {"type": "string"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_ANYTHING: Schema = {"type": "object"}

SIGNUP = PublicRoute(
    method="post", path="/api/flow_runs/", id="signUp", summary="A visitor signs up",
    says="Checked against the campaign of `flow_id`, stored, and then answered: a run of that flow follows, once. "
    "`deployment_id` in place of `flow_id` names the campaign too. The slash at the end may be missing. "
    "A browser may post from the sites in `ALLOWED_ORIGINS`.",
    headers={"Idempotency-Key": "What makes this signup one, such as the assessment's id. A retry has the same."},
    body=("application/json", {"$ref": "#/components/schemas/Signup"}), token=True,
    answers={
        201: Said(says="Taken; `id` is the flow run's.", json="FlowRun"),
        200: Said(says="The key was used before: the first run.", json="FlowRun"),
        401: Said(says="`INTAKE_TOKEN` is set, and the request lacks it.", headers=("WWW-Authenticate",)),
        404: Said(says="No such flow."),
        408: _SLOW,
        413: _too_large("16 KiB"),
        415: Said(says="The body is not plain JSON in UTF-8."),
        422: Said(says="Something in the body is wrong; `detail` names every error.", json="Invalid"),
        **_ALWAYS,
        429: Said(says="Too fast, or too often for this address: again after `Retry-After` seconds.", headers=_AGAIN),
    },
)  # fmt: skip

_LINK = "/unsubscribe/{token}"
_CONFIRM = "/confirm/{token}"
_PAGE = Said(says="The page.", json=None, page=True)
_FOREIGN = Said(says="The link is not one of ours.", json=None, page=True)
_PAGES = {200: _PAGE, 404: _FOREIGN}


def _not_yet(what: str) -> Said:
    return Said(says=f"{what}: again after `Retry-After` seconds.", page=True, headers=_AGAIN)


ROUTES = (
    SIGNUP,
    PublicRoute(
        method="get", path=_LINK, id="askToStop", summary="The page behind the link under a mail",
        says="It has the person's choices and changes nothing, because link scanners come by.",
        answers=_PAGES | _ALWAYS,
    ),
    PublicRoute(
        method="post", path=_LINK, id="stop", summary="No more mails to this person, or fewer",
        says="The page's buttons and the one-click unsubscribe of mail clients (RFC 8058). A body without a choice, "
        "of whatever kind, stops all mail.",
        answers={
            **_PAGES, 408: _SLOW, 413: _too_large("64 KiB"), **_ALWAYS,
            422: Said(says="There is no such choice; the page has those that there are.", json=None, page=True),
            503: _not_yet("Nothing has changed yet"),
        },
    ),
    PublicRoute(
        method="get", path=_CONFIRM, id="askToConfirm", summary="The page behind the link of the mail that asks",
        says="It has one button and changes nothing, because link scanners come by.",
        answers=_PAGES | _ALWAYS,
    ),
    PublicRoute(
        method="post", path=_CONFIRM, id="confirm", summary="The person wants the mails (double opt-in)",
        says="The page's button; the body is not looked at.",
        answers={**_PAGES, 408: _SLOW, 413: _too_large("64 KiB"), **_ALWAYS, 503: _not_yet("Not confirmed yet")},
    ),
    PublicRoute(
        method="get", path="/view/{token}", id="view", summary="A mail in a browser", says="As it left.",
        answers={
            **_PAGES, **_ALWAYS,
            410: Said(says="It is kept no longer.", json=None, page=True),
            503: _not_yet("Not available for a moment"),
        },
    ),
    _reports(
        "/events/resend", "Resend",
        {"svix-id": "The report's id.", "svix-timestamp": "Seconds since 1970.", "svix-signature": "`v1,` and Base64."},
        _report({"type": _TEXT}, created_at=_MOMENT, data=_ANYTHING), "256 KiB",
    ),
    _reports(
        "/events/cal", "Cal.com", {"X-Cal-Signature-256": "HMAC-SHA256 in hexadecimal digits."},
        _report({"triggerEvent": _TEXT, "createdAt": _MOMENT}, payload=_ANYTHING), "64 KiB",
    ),
    _reports(
        "/events/calendly", "Calendly", {"Calendly-Webhook-Signature": "`t=seconds,v1=HMAC-SHA256`."},
        _report({"event": _TEXT, "created_at": _MOMENT}, payload=_ANYTHING), "64 KiB",
    ),
    PublicRoute(
        method="get", path="/healthz", id="health", summary="For uptime monitors",
        says="Whether signups can be stored.",
        answers={200: Said(says="They can.", json="Done"), **_ALWAYS},
    ),
)  # fmt: skip
