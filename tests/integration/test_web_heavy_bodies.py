"""Bodies made to be expensive, sent to the service as a process: refused at a glance, and nothing of them stays."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson
import psutil
import pytest

from services.local.stack import free_port
from tests.conftest import Ledger
from tests.web_site import LINK_KEY, SIGNUP, website
from tests.world import until

JSON = {"Content-Type": "application/json"}
LARGEST = 16 * 1024


@dataclass(frozen=True)
class Service:
    process: psutil.Process
    client: httpx.Client
    port: int

    @property
    def most_memory(self) -> int:
        """Bytes that were resident at the worst moment so far."""
        status = dict(
            line.split(":") for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        )
        return int(status["VmHWM"].split()[0]) * 1024

    @property
    def cpu(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system


@pytest.fixture(scope="module")
def service(postgres: Ledger) -> Iterator[Service]:
    port = free_port()
    limits = {"INTAKE_PER_MINUTE": "10000", "INTAKE_PER_MINUTE_TOTAL": "100000", "LINK_KEY": LINK_KEY}
    started = subprocess.Popen(
        [sys.executable, "-m", "services.web", "--host", "127.0.0.1", "--port", str(port)],
        env=os.environ | postgres.environment("web") | limits,
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        until(lambda: _is_up(client), "web answers")
        yield Service(psutil.Process(started.pid), client, port)
    started.terminate()
    started.wait(20)


def _is_up(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def _filled(template: bytes, piece: bytes) -> bytes:
    """As many pieces in the place of `@` as a body may have."""
    room = LARGEST - len(template)
    return template.replace(b"@", b",".join([piece] * ((room + 1) // (len(piece) + 1))))


def _with(parameter: str, value: bytes) -> bytes:
    """A signup of the website's in which one parameter has this JSON."""
    body = website()
    body["parameters"][parameter] = "@"
    return orjson.dumps(body).replace(b'"@"', value)


BODIES = {
    "deep lists": b"[" * LARGEST,
    "deep objects": b'{"a":' * (LARGEST // 5),
    "deep and closed": b"[" * (LARGEST // 2) + b"]" * (LARGEST // 2),
    "as deep as is read": _with("email", b"[" * 900 + b"]" * 900),
    "a wide list": _with("email", _filled(b"[@]", b"0")[: LARGEST - 1000] + b"0]"),
    "many parameters": _filled(b'{"parameters":{@}}', b'"a":{}'),
    "many names": b"{%s}" % b",".join(b'"k%d":0' % n for n in range(1600)),
    "many tags": _filled(b'{"tags":[@]}', b'""'),
    "a number of many digits": _with("assessment_score", b"9" * 15_000),
    "a fraction of many digits": _with("assessment_score", b"0." + b"1" * 15_000),
    "more than a float holds": _with("assessment_score", b"1e308000"),
    "less than a float holds": _with("assessment_score", b"1e-999999999"),
    "more than 64 bits": _with("assessment_score", b"18446744073709551616"),
    "less than zero": _with("assessment_score", b"-9223372036854775809"),
    "escapes": _with("first_name", b'"%s"' % (b"\\u0000" * 2500)),
    "a long name": _with("first_name", b'"%s"' % (b"a" * 15_000)),
    "a long address": _with("email", b'"%s@example.com"' % (b"a" * 15_000)),
    "an address of many parts": _with("email", b'"a@%scom"' % (b"a." * 7000)),
    "a list that ends nowhere": b"[0," * 5000,
}
assert {name: len(body) for name, body in BODIES.items() if len(body) > LARGEST} == {}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_deep_wide_and_huge_bodies_are_refused(service: Service, body: bytes) -> None:
    answer = service.client.post(SIGNUP, content=body, headers=JSON)
    assert answer.status_code == 422
    assert 1 <= len(answer.json()["detail"]) <= 50
    assert len(answer.content) < LARGEST


_BOMB = b" " * (10 << 20)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(_BOMB)),
        ("deflate", zlib.compress(_BOMB)),
        ("br", b"\x8b\x01\x80{}\x03"),
        ("zstd", b"\x28\xb5\x2f\xfd\x20\x02\x11\x00\x00{}"),
        ("identity, gzip", gzip.compress(b"{}")),
        ("GZIP", gzip.compress(b"{}")),
        ("x-gzip", gzip.compress(b"{}")),
    ],
)
def test_a_compressed_body_is_not_opened(service: Service, coding: str, body: bytes) -> None:
    before = service.most_memory
    answer = service.client.post(SIGNUP, content=body, headers=JSON | {"Content-Encoding": coding})
    assert answer.status_code == 415
    assert service.most_memory - before < len(_BOMB) // 2


def test_a_compressed_body_that_says_it_is_none_is_no_json(service: Service) -> None:
    assert service.client.post(SIGNUP, content=gzip.compress(b"{}"), headers=JSON).status_code == 422


def test_refusing_costs_little_and_leaves_nothing_behind(service: Service) -> None:
    def everything() -> int:
        endless = (b" " * 4096 for _ in range(256))  # 1 MiB, of unknown length
        bodies = [*BODIES.values(), b" " * 99_999, b"".join(endless)]
        return sum(
            service.client.post(SIGNUP, content=body, headers=JSON).status_code in {413, 422}
            for body in bodies
        )

    everything()  # what is allocated once is
    memory, cpu = service.most_memory, service.cpu
    refused = sum(everything() for _ in range(20))
    assert refused == 20 * (len(BODIES) + 2)
    assert service.most_memory - memory < 4 << 20
    assert (service.cpu - cpu) / refused < 0.01  # seconds of work; a few milliseconds on a slow machine


def _begin_slowly(service: Service) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", service.port), timeout=40)
    head = "POST /api/flow_runs/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    wire.sendall(head.encode())
    return wire


def test_callers_who_send_slowly_are_sent_away_and_hold_up_nobody(service: Service) -> None:
    memory = service.most_memory
    wires = [_begin_slowly(service) for _ in range(100)]
    meanwhile = service.client.post(SIGNUP, json=website())
    answers = [wire.recv(1000) for wire in wires]
    for wire in wires:
        wire.close()
    assert meanwhile.status_code == 201
    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Timeout"}
    assert service.most_memory - memory < 8 << 20
