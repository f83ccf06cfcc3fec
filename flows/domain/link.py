"""The signed links under every mail: they name a contact by id, carry no address and work for ever."""

from __future__ import annotations

import hashlib
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer


class BadLink(ValueError):
    """The token was not signed by us, or not for this."""


def sign(key: str, contact_id: UUID) -> str:
    """The token of a contact's unsubscribe link; the same contact always gets the same one."""
    token = _serializer(key).dumps(contact_id.hex)
    return token if isinstance(token, str) else token.decode()


def read(key: str, token: str) -> UUID:
    """The contact that the token was made for.

    Raises:
        BadLink: the token is not one of ours.
    """
    try:
        return UUID(hex=_serializer(key).loads(token))
    except (BadData, ValueError, TypeError, AttributeError):
        raise BadLink("this is not a link that we signed") from None


def _serializer(key: str) -> URLSafeSerializer:
    # No timestamp: a mail is rendered once more byte for byte, and an old link must still stop the mail.
    return URLSafeSerializer(key, salt="unsubscribe", signer_kwargs={"digest_method": hashlib.sha256})
