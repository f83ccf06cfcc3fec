"""`POST /events/calendly`: what Calendly reports of calls, signed over the time and the raw body.

The shapes are those of developer.calendly.com, "Webhook payload" and "Webhook signatures", as of November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from flows.domain.words import Occasion
from services.web.bookings import Call, Reported, Service, is_hex_signature, parsed

#: How far Calendly's clock and ours may be apart.
TOLERANCE = timedelta(minutes=5)

_SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-fA-F]{64})")


class _Invitee(Reported):
    uri: str
    email: str
    rescheduled: bool = False
    old_invitee: str | None = None


class _Report(Reported):
    event: str
    created_at: AwareDatetime


class _WithInvitee(_Report):
    payload: _Invitee


def is_signed(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """The header is `t=<seconds>,v1=<HMAC-SHA256 over seconds.body>`."""
    found = _SIGNATURE.fullmatch(headers.get("calendly-webhook-signature", ""))
    if not found or abs(now.timestamp() - int(found[1])) > TOLERANCE.total_seconds():
        return False
    return is_hex_signature(found[2], key, found[1].encode() + b"." + body)


def read(body: bytes, _: datetime) -> Call:
    """What a report says. One of a kind that means nothing here may have any payload.

    Raises:
        Refusal: 422 for a report of another shape.
    """
    report = parsed(_Report, body)
    kind, _dot, _verb = report.event.partition(".")
    if kind not in ("invitee", "invitee_no_show"):
        return Call(type=report.event, occurred_at=report.created_at)
    invitee = parsed(_WithInvitee, body).payload
    return Call(
        type=report.event,
        occurred_at=report.created_at,
        occasion=_occasion(report.event, invitee),
        booking=invitee.uri,
        addresses=(invitee.email,),
    )


def _occasion(event: str, invitee: _Invitee) -> Occasion | None:
    """Who reschedules cancels one call and books another: both are reported, and the new one says it."""
    match event:
        case "invitee.created":
            return "rescheduled" if invitee.old_invitee else "booked"
        case "invitee.canceled":
            return None if invitee.rescheduled else "cancelled"
        case "invitee_no_show.created":
            return "no-show"
        case "invitee_no_show.deleted":
            return "no-show-undone"
    return None


CALENDLY = Service("Calendly", is_signed, read)
