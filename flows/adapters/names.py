"""What DNS answers, through dnspython."""

from __future__ import annotations

from typing import Any

import dns.exception
import dns.resolver


class NamesAway(RuntimeError):
    """No name server gave an answer, which says nothing about the record."""


class Names:
    """The resolver of this machine, or another one for a test.

    Args:
        patience: seconds for each question.
    """

    def __init__(self, resolver: dns.resolver.Resolver | None = None, patience: float = 5) -> None:
        self._resolver, self._patience = resolver, patience

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each in one piece; none if there is no such name."""
        return [b"".join(answer.strings).decode(errors="replace") for answer in self._ask(name, "TXT")]

    def exchanges(self, name: str) -> list[str]:
        """The hosts of the MX records of a name."""
        return [str(answer.exchange).rstrip(".") for answer in self._ask(name, "MX")]

    def aliases(self, name: str) -> list[str]:
        """What a CNAME leads to."""
        return [str(answer.target).rstrip(".") for answer in self._ask(name, "CNAME")]

    def find(self, kind: str, name: str) -> list[str]:
        """The values of a name's records of type TXT, MX or CNAME. Raises `NamesAway`."""
        ask = {"TXT": self.texts, "MX": self.exchanges, "CNAME": self.aliases}
        return ask[kind](name)

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            resolver = self._resolver or dns.resolver.Resolver()
            return list(resolver.resolve(name, kind, lifetime=self._patience, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NamesAway(f"DNS gave no answer ({type(error).__name__})") from None
