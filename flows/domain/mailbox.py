"""Which addresses are one person's, as far as can be told from outside."""

from __future__ import annotations

from flows.domain.address import deliverable

_ALIASES = {"googlemail.com": "gmail.com"}


def mailbox(address: str) -> str:
    """The address without what anybody can vary in it: capitals, dots, a `+tag`, the spelling of its domain.

    For counting only; mail goes to the address as it was given. Dots count nowhere, although some providers tell
    them apart: `an.na@` and `anna@` of one domain are hardly two people who sign up on one day.
    """
    ascii_address = address if address.isascii() else deliverable(address)
    local, _, domain = ascii_address.lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{_ALIASES.get(domain, domain)}"
