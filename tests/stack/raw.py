"""Requests that no HTTP library would send, byte for byte, and who answered."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.stack.deployment import Deployment, caller_address

NOBODY, CADDY, WEB, SERVER = "nobody", "caddy", "web", "server"


@dataclass(frozen=True)
class Answer:
    """What came back until the connection was closed; status 0 if nothing came."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    rest: bytes = b""

    @property
    def who(self) -> str:
        """Who answered: each has a manner of its own."""
        if not self.status:
            return NOBODY
        policy = self.headers.get("content-security-policy", "")
        if (
            "default-src 'self'" in policy  # Prefect's pages and API
            or "img-src data:; base-uri 'none'" in policy  # the page of figures
            or ("www-authenticate" in self.headers and self.rest.startswith(b"This is the operator's."))
        ):
            return SERVER
        return CADDY if self._is_caddys() else WEB

    def _is_caddys(self) -> bool:
        """Its own errors have a blank after the colon (for HEAD: the length tells), and Go's have no request id."""
        own = '{"detail": "%s"}' % HTTPStatus(self.status).phrase
        return (
            self.rest.startswith(b'{"detail": "')
            or self.headers.get("content-length") == str(len(own))
            or "x-request-id" not in self.headers
        )


@dataclass(frozen=True)
class Request:
    """A line, its headers and a body. `host` None leaves the header out; what `headers` say comes on top."""

    method: str
    target: str
    headers: tuple[str, ...] = ()
    body: bytes = b""
    host: str | None = "localhost"
    version: str = "1.1"

    def bytes(self) -> bytes:
        named = {line.split(":")[0].strip().lower() for line in self.headers}
        lines = [f"{self.method} {self.target} HTTP/{self.version}", f"X-Forwarded-For: {caller_address()}"]
        if self.host is not None and "host" not in named:
            lines.append(f"Host: {self.host}")
        if self.body and not named & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(self.body)}")
        if "connection" not in named:
            lines.append("Connection: close")
        return "\r\n".join([*lines, *self.headers, "", ""]).encode("latin-1") + self.body


def ask(stack: Deployment, request: Request, name: str = "localhost") -> Answer:
    """The answer to a request over a connection of its own; `name` is what TLS is asked for."""
    received = b""
    try:
        with (
            socket.create_connection(("127.0.0.1", stack.port), 20) as plain,
            stack.trust.wrap_socket(plain, server_hostname=name) as secure,
        ):
            secure.sendall(request.bytes())
            while part := secure.recv(65536):
                received += part
    except (ConnectionError, ssl.SSLError):
        pass  # closed on us, which is an answer too
    return read(received)


def read(received: bytes) -> Answer:
    """The bytes that came as an answer."""
    if not received:
        return Answer()
    head, _, rest = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    return Answer(int(first.split()[1]), {name.lower(): value for name, value in headers.items()}, rest)
