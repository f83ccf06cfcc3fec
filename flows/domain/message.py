"""What goes to the mail provider for one message: Resend's JSON body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID


class Words(Protocol):
    """The rendered parts of a mail."""

    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Who gets a mail, from whom, how they stop it, and which message of the ledger it is."""

    to: str
    sender: str
    reply_to: str | None
    unsubscribe_url: str
    message_id: UUID
    campaign: str
    step: int


def compose(words: Words, envelope: Envelope) -> dict[str, Any]:
    """The body of `POST /emails` with one recipient. The same input makes the same body, for ever.

    It holds no time and nothing random: Resend takes another body under a known key for a mistake (409).

    Raises:
        ValueError: the subject, the HTML or the text is empty. Nobody gets an empty mail.
    """
    parts = {"subject": " ".join(words.subject.split()), "html": words.html, "text": words.text}
    if empty := [part for part, content in parts.items() if not content.strip()]:
        raise ValueError(
            f"message {envelope.message_id} has an empty {' and '.join(empty)}: mend the mail's file"
        )
    return {
        "from": envelope.sender,
        "to": [envelope.to],
        **({"reply_to": envelope.reply_to} if envelope.reply_to else {}),
        **parts,
        "headers": _headers(envelope),
        "tags": _tags(envelope),
    }


def _headers(envelope: Envelope) -> dict[str, str]:
    """Both headers of RFC 8058: the second tells mail clients that one POST to the address is enough."""
    return {
        "List-Unsubscribe": f"<{envelope.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _tags(envelope: Envelope) -> list[dict[str, str]]:
    """Names by which Resend's events lead back to the ledger."""
    tags = {"campaign": envelope.campaign, "step": str(envelope.step), "message": str(envelope.message_id)}
    return [{"name": name, "value": _tag(value)} for name, value in tags.items()]


def _tag(value: str) -> str:
    """Resend takes ASCII letters, digits, `_` and `-`, at most 256 of them."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", value)[:256]
