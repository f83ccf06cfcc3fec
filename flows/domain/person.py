"""Everything that the ledger knows of one person, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email

from flows.domain.address import deliverable

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Rows by table, each list in the order of time. `erased_at`: once erased, and known by a digest alone."""

    email: str
    contacts: Sequence[Row] = ()
    signups: Sequence[Row] = ()
    enrolments: Sequence[Row] = ()
    messages: Sequence[Row] = ()
    events: Sequence[Row] = ()
    consents: Sequence[Row] = ()
    suppressions: Sequence[Row] = ()
    audit: Sequence[Row] = ()
    notices: Sequence[Row] = ()
    erased_at: datetime | None = None

    @property
    def known(self) -> bool:
        """Whether anything is held of them but a digest."""
        return bool(self.contacts or self.signups or self.events or self.suppressions)


def spellings(address: str) -> list[str]:
    """The address in its normal form, and after it every other way in which a signup may have spelt it.

    Raises:
        ValueError: it is no address.
    """
    normal = deliverable(address)
    try:
        written = validate_email(
            normal, check_deliverability=False
        ).normalized  # the domain in its own letters
    except EmailNotValidError:
        written = normal
    return list(dict.fromkeys(spelt.lower() for spelt in (normal, written, address.strip())))
