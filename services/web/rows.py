"""What goes into the ledger from outside, and what it answers."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from flows.domain.mailbox import mailbox


@dataclass(frozen=True)
class Signup:
    """One accepted POST. `parameters` are checked; `name` and `tags` tell nothing of the person.

    `mailbox` is the address `sealed`; `consent` is what the person agreed to, with the words and where from.
    """

    id: UUID
    flow: str
    idempotency_key: str | None
    name: str
    tags: list[str]
    parameters: dict[str, Any]
    mailbox: bytes
    created_at: datetime
    consent: dict[str, Any] | None = None

    @property
    def fingerprint(self) -> bytes:
        """Tells a repeated request from another one with the same key."""
        asked = self.parameters if self.consent is None else [self.parameters, self.consent]
        return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).digest()


def sealed(address: str, key: str) -> bytes:
    """One person's addresses, always alike; without the key nobody finds an address again."""
    # The word keeps it apart from everything else that this key signs.
    return hmac.digest(key.encode(), b"mailbox:" + mailbox(address).encode(), "sha256")[:16]


@dataclass(frozen=True)
class Stored:
    """What the ledger has now: this signup, or the first one with its key (`new` is false then)."""

    id: UUID
    name: str
    tags: list[str]
    created_at: datetime
    new: bool
    same: bool  # the parameters are those of the first


@dataclass(frozen=True)
class Event:
    """What Resend reported; its fields are the columns of `delivery_event` in their order."""

    svix_id: str
    type: str
    provider_id: str | None
    occurred_at: datetime | None
    received_at: datetime
    payload: str


@dataclass(frozen=True)
class Preferences:
    """How much mail a person gets: none, one a week at most; and the campaigns that still have some for them."""

    stopped: bool = False
    weekly: bool = False
    running: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a booking service reported; its fields are the arguments of `report_booking` in their order.

    `ends` are names of campaigns; `starts` is JSON: the flow of each campaign → whether it wants the first name.
    """

    id: str
    service: str
    type: str
    occurred_at: datetime
    received_at: datetime
    booking: str
    occasion: str | None
    addresses: list[str]
    ends: list[str]
    starts: str
