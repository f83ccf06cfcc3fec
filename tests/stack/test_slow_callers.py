"""Callers who take their time: told so or cut off, and meanwhile nobody else waits."""

from __future__ import annotations

import re
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product

from tests.stack.deployment import Deployment, caller_address
from tests.stack.raw import Answer, Request, ask, read

#: Seconds after which a connection that is still open counts as kept open for ever.
FOR_EVER = 40

_HEAD = "POST %s HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: %s\r\nContent-Type: application/json\r\n"
_LENGTH, _CHUNKS = "Content-Length: 1000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"
#: What is sent at once, and then every second.
SLOW = {
    "nothing more": (_HEAD + _LENGTH, b""),
    "a byte a second": (_HEAD + _LENGTH, b" "),
    "a chunk a second": (_HEAD + _CHUNKS, b"1\r\n \r\n"),
}


def _dawdle(stack: Deployment, begin: str, drip: bytes) -> Answer:
    """What somebody is told who sends like this, once the connection is closed on them."""
    received = b""
    with (
        socket.create_connection(("127.0.0.1", stack.port), 20) as plain,
        stack.trust.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(begin.encode())
        secure.settimeout(1)
        deadline = time.monotonic() + FOR_EVER
        while time.monotonic() < deadline:
            try:
                part = secure.recv(65536)
            except TimeoutError:
                if not received:
                    secure.sendall(drip)
            except (ConnectionError, ssl.SSLError):
                return read(received)
            else:
                if not part:
                    return read(received)
                received += part
    raise AssertionError(f"still open after {FOR_EVER} s, told {received[:60]!r}")


def test_a_slow_body_is_refused_and_its_connection_closed(stack: Deployment) -> None:
    paths = ("/api/flow_runs/", "/events/resend", "/unsubscribe/abc")
    with ThreadPoolExecutor(10) as pool:
        answers = {
            (path, how): pool.submit(_dawdle, stack, begin % (path, caller_address()), drip)
            for path, (how, (begin, drip)) in product(paths, SLOW.items())
        }
    told = {name: (answer.result().status, answer.result().rest) for name, answer in answers.items()}
    assert told == dict.fromkeys(answers, (408, b'{"detail": "the body came too slowly"}'))
    assert all(answer.result().headers["x-request-id"] for answer in answers.values())


def test_a_slow_head_is_cut_off(stack: Deployment) -> None:
    assert _dawdle(stack, "GET /healthz HTTP/1.1\r\n", b"X-A: b\r\n").status == 0


def test_many_slow_callers_hold_up_nobody_and_cost_little(stack: Deployment) -> None:
    before = _memory(stack)
    with ThreadPoolExecutor(100) as pool:
        begin, drip = SLOW["a byte a second"]
        slow = [
            pool.submit(_dawdle, stack, begin % ("/api/flow_runs/", caller_address()), drip)
            for _ in range(100)
        ]
        time.sleep(5)  # all of them have begun
        meanwhile = [ask(stack, Request("GET", "/healthz")).status for _ in range(5)]
    assert meanwhile == [200] * 5
    assert {one.result().status for one in slow} == {408}
    assert _memory(stack) - before < 32 << 20


def _memory(stack: Deployment) -> int:
    """Bytes that Caddy and web have in use together, at the worst moment so far."""
    statuses = [stack.compose.execute(name, "cat", "/proc/1/status").stdout for name in ("caddy", "web")]
    return sum(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024 for status in statuses)  # type: ignore[index]
