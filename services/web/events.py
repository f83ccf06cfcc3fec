"""`POST /events/resend`: what became of a mail, proved by Svix's signature over the raw body."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from flows.settings import WrongSetting
from services.web.body import read_body
from services.web.errors import Refusal, json_response
from services.web.rows import Event
from services.web.store import Ledger, Unstorable

#: Bytes that an event may have.
LARGEST = 256 * 1024
#: How far Svix's clock and ours may be apart.
TOLERANCE = timedelta(minutes=5)


class EventsRoute:
    """Keeps each event once, whatever its type and whenever it comes."""

    def __init__(self, ledger: Ledger, secrets: SecretStr | None, clock: Callable[[], datetime]) -> None:
        self._ledger, self._clock = ledger, clock
        self._keys = signing_keys(secrets)

    async def post(self, request: Request) -> Response:
        if not self._keys:
            raise Refusal(404, "events are not configured")
        body = await read_body(request, LARGEST)
        if not is_signed(self._keys, request.headers, body, self._clock()):
            raise Refusal(401, "the signature is not right, or too old")
        event = _event(request.headers["svix-id"], body, self._clock())
        try:
            await self._ledger.report(event)
        except Unstorable:
            raise Refusal(422, "a value of the event cannot be stored") from None
        return json_response({"status": "ok"}, 200)


def signing_keys(secrets: SecretStr | None) -> list[bytes]:
    """The keys in the setting: one secret, or several while it is being changed.

    Raises:
        WrongSetting: a secret is not Base64, or empty.
    """
    found = re.split(r"[\s,]+", secrets.get_secret_value().strip()) if secrets else []
    try:
        keys = [base64.b64decode(secret.removeprefix("whsec_"), validate=True) for secret in found]
    except ValueError:
        keys = [b""]
    if not all(keys):
        raise WrongSetting(
            "RESEND_WEBHOOK_SECRET: after whsec_ comes Base64; copy it once more from Resend's page"
        )
    return keys


def is_signed(keys: list[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether one of the keys signed this body, under this id, in these minutes.

    The scheme is Svix's: HMAC-SHA256 over `id.timestamp.body`, in Base64, as `v1,…` among others.
    """
    svix_id, stamp = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
    if not svix_id or not re.fullmatch(r"[0-9]{1,12}", stamp):
        return False
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        return False
    content = b".".join((svix_id.encode(), stamp.encode(), body))
    right = [b"v1," + base64.b64encode(hmac.digest(key, content, "sha256")) for key in keys]
    sent = headers.get("svix-signature", "").encode().split()
    return any(hmac.compare_digest(ours, theirs) for ours in right for theirs in sent)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(422, "the event is not JSON") from None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise Refusal(422, "the event is not an object with a type")
    return event


def _event(svix_id: str, body: bytes, now: datetime) -> Event:
    event = _parsed(body)
    data = event.get("data")
    email_id = data.get("email_id") if isinstance(data, dict) else None
    provider_id = email_id if isinstance(email_id, str) else None
    return Event(svix_id, event["type"], provider_id, _time(event.get("created_at")), now, body.decode())


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None
