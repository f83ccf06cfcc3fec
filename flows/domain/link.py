"""The signed links in mails: they name whom or what they are for by its id, carry no address, and have no end of their own."""

from __future__ import annotations

import hashlib
from typing import Literal
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer


class BadLink(ValueError):
    """The token was not signed by us, or not for this."""


#: What a link does. A token that was made for one of these is none for the other.
Purpose = Literal["unsubscribe", "confirm"]


def sign(key: str, target: UUID, purpose: Purpose = "unsubscribe") -> str:
    """The token of a link; the same target always gets the same one.

    Args:
        target: the contact that it stops, or the enrolment that it confirms.
    """
    token = _serializer(key, purpose).dumps(target.hex)
    return token if isinstance(token, str) else token.decode()


def read(key: str, token: str, purpose: Purpose = "unsubscribe") -> UUID:
    """The target that the token was made for.

    Raises:
        BadLink: the token is not one of ours, or for something else.
    """
    try:
        return UUID(hex=_serializer(key, purpose).loads(token))
    except (BadData, ValueError, TypeError, AttributeError):
        raise BadLink("this is not a link that we signed") from None


def _serializer(key: str, purpose: Purpose) -> URLSafeSerializer:
    # No timestamp: a mail is rendered once more byte for byte, and an old link must still stop the mail.
    return URLSafeSerializer(key, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})
