"""A mail, a record and errors in the vendors' words, for tests. The people in them do not exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flows.domain.message import Envelope, compose
from flows.domain.record import Record
from tests.stand_ins.script import Fault

EMAIL, NAME = "anna@lead.example", "Anna Leadwell"
MESSAGE = UUID("8a0b7c0e-0000-4000-8000-000000000001")
KEY = str(MESSAGE)

ENVELOPE = Envelope(
    to=EMAIL,
    sender="Galatek <hello@galatek.example>",
    reply_to="reply@galatek.example",
    unsubscribe_url="https://campaigns.example/unsubscribe/token",
    message_id=MESSAGE,
    campaign="christmas",
    step=1,
)

RECORD = Record(
    key="5f9c6d1e-0000-4000-8000-000000000001",
    email=EMAIL,
    name=NAME,
    business="Bakery, Anna & Co",
    campaign="christmas",
    segment="CRITICAL",
    score=41.0,
    sent=1,
    waiting=6,
    held=0,
    previewed=0,
    step=1,
    last_sent=datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
    next_send=datetime(2026, 12, 2, 9, 0, tzinfo=UTC),
    suppressed=None,
    ended=None,
)


@dataclass(frozen=True)
class Words:
    """What a renderer makes of a mail's file."""

    subject: str = "Your result – 72 of 100 🎄"
    html: str = "<p>Hello Anna</p>"
    text: str = "Hello Anna"


MAIL = compose(Words(), ENVELOPE)


def resend_error(status: int, name: str, **more: Any) -> Fault:
    """An error of Resend's that repeats the recipient."""
    return Fault(
        status=status, body={"statusCode": status, "name": name, "message": f"no good: {EMAIL}"}, **more
    )


def notion_error(status: int, code: str, **more: Any) -> Fault:
    """An error of Notion's that repeats what was written."""
    body = {"object": "error", "status": status, "code": code, "message": f"no good: {EMAIL} {NAME}"}
    return Fault(status=status, body=body, **more)
