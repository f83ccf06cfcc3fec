"""Reports of calls as Cal.com and Calendly send them, and their signatures by a second hand."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path
from typing import Any

SECRET = "a-secret-of-16-and-more"
PATHS = {"cal": "/events/cal", "calendly": "/events/calendly"}

_REPORTS = Path(__file__).parent / "fixtures" / "bookings"


def report(name: str, **changes: Any) -> dict[str, Any]:
    """A documented report, such as `cal_created`, with these changes of its payload."""
    found: dict[str, Any] = json.loads((_REPORTS / f"{name}.json").read_text())
    return found | {"payload": found["payload"] | changes}


def signed(service: str, body: bytes, at: datetime, secret: str = SECRET) -> dict[str, str]:
    """The header that proves who sent this body."""
    stamp = str(int(at.timestamp()))
    if service == "cal":
        return {"X-Cal-Signature-256": _hex(secret, body)}
    return {"Calendly-Webhook-Signature": f"t={stamp},v1={_hex(secret, stamp.encode() + b'.' + body)}"}


def _hex(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
