"""A name server on a loopback port, with the records that a test gives it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

from flows.adapters.names import Names


@dataclass
class Zone:
    """Records by type and name, as a zone file writes them. `broken`: every answer is SERVFAIL."""

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    broken: bool = False
    port: int = 0

    def names(self) -> Names:
        """The adapter, asking here."""
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.port
        return Names(resolver, patience=5)

    def answer(self, question: bytes) -> bytes:
        query = dns.message.from_wire(question)
        [asked] = query.question
        name, kind = str(asked.name).rstrip("."), asked.rdtype.name
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif values := self.records.get((kind, name)):
            answer.answer.append(dns.rrset.from_text(asked.name, 300, "IN", kind, *values))
        elif not any(known == name for _, known in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()


@contextmanager
def name_server() -> Iterator[Zone]:
    zone = Zone()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        zone.port = server.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, zone), daemon=True)
        thread.start()
        yield zone
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", zone.port))
        thread.join(timeout=5)


def _serve(server: socket.socket, zone: Zone) -> None:
    while True:
        question, asker = server.recvfrom(4096)
        if not question:
            return
        server.sendto(zone.answer(question), asker)
