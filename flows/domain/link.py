"""The signed links in every mail. They carry no address, work for ever, and one kind is never taken for another."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

#: What an unsubscribe link holds: a contact's id, and since links name it, the campaign of the mail.
_HELD = re.compile(r"([0-9a-f]{32})(?: ([a-z][a-z0-9-]{0,59}))?")


class BadLink(ValueError):
    """The token was not signed by us, or not for this."""


@dataclass(frozen=True)
class Asked:
    """Whose place in a campaign is to be confirmed, and in which campaign."""

    enrolment_id: UUID
    campaign: str | None


@dataclass(frozen=True)
class Link:
    """Whose link it is, and which campaign's mail had it; None in mails from before links named it."""

    contact_id: UUID
    campaign: str | None = None


def sign(key: str, contact_id: UUID, campaign: str | None = None) -> str:
    """The token of an unsubscribe link; the same contact and campaign always get the same one."""
    return _signed(key, "unsubscribe", " ".join(filter(None, [contact_id.hex, campaign])))


def read(key: str, token: str) -> Link:
    """What an unsubscribe link was made for.

    Raises:
        BadLink: the token is not one of ours, or for something else.
    """
    return Link(*_pair(key, "unsubscribe", token))


def sign_confirm(key: str, enrolment_id: UUID, campaign: str) -> str:
    """The token of the link by which a person confirms that they want a campaign's mails."""
    return _signed(key, "confirm", f"{enrolment_id.hex} {campaign}")


def read_confirm(key: str, token: str) -> Asked:
    """What such a link confirms.

    Raises:
        BadLink: the token is not one of ours, or one for another kind of link.
    """
    return Asked(*_pair(key, "confirm", token))


def sign_view(key: str, message_id: UUID) -> str:
    """The token of the link that shows one mail in a browser."""
    return _signed(key, "view", message_id.hex)


def read_view(key: str, token: str) -> UUID:
    """The message that such a link shows.

    Raises:
        BadLink: the token is not one of ours, or one for another kind of link.
    """
    try:
        return UUID(hex=_read(key, "view", token))
    except ValueError:
        raise BadLink("this is not a link that we signed") from None


def _pair(key: str, kind: str, token: str) -> tuple[UUID, str | None]:
    held = _HELD.fullmatch(_read(key, kind, token))
    if held is None:
        raise BadLink("this is not a link that we signed")
    return UUID(hex=held[1]), held[2]


def _signed(key: str, kind: str, held: str) -> str:
    token = _serializer(key, kind).dumps(held)
    return token if isinstance(token, str) else token.decode()


def _read(key: str, kind: str, token: str) -> str:
    try:
        held = _serializer(key, kind).loads(token)
    except (BadData, ValueError, TypeError, AttributeError):
        held = None
    if not isinstance(held, str):
        raise BadLink("this is not a link that we signed")
    return held


@cache
def _serializer(key: str, kind: str) -> URLSafeSerializer:
    # No timestamp: a mail is rendered once more byte for byte, and an old link must still stop the mail.
    return URLSafeSerializer(key, salt=kind, signer_kwargs={"digest_method": hashlib.sha256})
