"""What the reports of booking services have in common: proved, kept once, and told to the campaigns that listen."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from flows.domain.address import deliverable
from flows.domain.campaign import Campaign
from flows.domain.words import Occasion
from services.web.body import read_body
from services.web.errors import Refusal, json_response
from services.web.rows import Report
from services.web.store import Ledger, Unstorable

#: Bytes that a report may have.
LARGEST = 64 * 1024

Body = TypeVar("Body", bound=BaseModel)


class Reported(BaseModel):
    """A part of a report that we read; services add to theirs without notice, so the rest is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One report: what happened, in the service's word and in ours, to which booking, and who is concerned.

    `occasion` is None for a report that means nothing here.
    """

    type: str
    occurred_at: datetime
    occasion: Occasion | None = None
    booking: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Service:
    """A booking service: whether a key signed a body, with these headers, now; and what a body says."""

    name: str
    is_signed: Callable[[bytes, Mapping[str, str], bytes, datetime], bool]
    read: Callable[[bytes, datetime], Call]


class BookingRoute:
    """Takes a service's reports. The ledger applies each to the people whom it knows; this process can read nobody."""

    def __init__(
        self,
        service: Service,
        campaigns: Iterable[Campaign],
        ledger: Ledger,
        secret: SecretStr | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._service, self._campaigns = service, tuple(campaigns)
        self._ledger, self._clock = ledger, clock
        self._key = secret.get_secret_value().encode() if secret else None

    async def post(self, request: Request) -> Response:
        if not self._key:
            raise Refusal(404, "events are not configured")
        body, now = await read_body(request, LARGEST), self._clock()
        if not self._service.is_signed(self._key, request.headers, body, now):
            raise Refusal(401, "the signature is not right, or too old")
        try:
            await self._ledger.report_booking(self._report(body, now))
        except Unstorable:
            raise Refusal(422, "a value of the event cannot be stored") from None
        return json_response({"status": "ok"}, 200)

    def _report(self, body: bytes, now: datetime) -> Report:
        call, service = self._service.read(body, now), self._service.name
        starts = {
            c.flow: "first_name" in c.parameters for c in self._campaigns if call.occasion in c.starts_on
        }
        return Report(
            id=f"{service} {hashlib.sha256(body).hexdigest()}",
            service=service,
            type=call.type,
            occurred_at=call.occurred_at,
            received_at=now,
            booking=call.booking,
            occasion=call.occasion,
            addresses=[deliverable(address).lower() for address in call.addresses if _can_be_ours(address)],
            ends=[campaign.name for campaign in self._campaigns if call.occasion in campaign.ends_on],
            starts=orjson.dumps(starts).decode(),
        )


def is_hex_signature(sent: str, key: bytes, content: bytes) -> bool:
    """Whether this is HMAC-SHA256 of the content, in hexadecimal digits."""
    return hmac.compare_digest(hmac.digest(key, content, "sha256").hex().encode(), sent.lower().encode())


def parsed(shape: type[Body], body: bytes) -> Body:
    """The body in this shape.

    Raises:
        Refusal: 422, naming the fields that are not as the service documents them.
    """
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        fields = {".".join(str(part) for part in found["loc"]) or "the body" for found in error.errors()}
        raise Refusal(422, f"not as it is documented: {', '.join(sorted(fields))}") from None


def _can_be_ours(address: str) -> bool:
    """Services have addresses of their own for people who gave none; the ledger holds deliverable ones only."""
    try:
        return deliverable(address).isascii()
    except ValueError:
        return False
