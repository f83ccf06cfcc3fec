"""Requests that do not agree with themselves: hosts, targets and lengths that mean two things."""

from __future__ import annotations

import pytest

from tests.stack.deployment import Deployment
from tests.stack.raw import CADDY, NOBODY, WEB, Request, ask

FOREIGN = {
    "another": Request("GET", "/healthz", host="evil.example"),
    "an address": Request("GET", "/healthz", host="127.0.0.1"),
    "with a dot": Request("GET", "/healthz", host="localhost."),
    "none in 1.0": Request("GET", "/healthz", host=None, version="1.0"),
    "none in 1.1": Request("GET", "/healthz", host=None),
    "two": Request("GET", "/healthz", ("Host: localhost", "Host: evil.example")),
    "with a user": Request("GET", "/healthz", host="localhost@evil.example"),
    "with a blank": Request("GET", "/healthz", host="localhost evil.example"),
    "with a path": Request("GET", "/healthz", host="localhost/x"),
    "in the target": Request("GET", "https://evil.example/healthz"),
    "behind a user in the target": Request("GET", "https://localhost@evil.example/healthz"),
    "after two slashes": Request("GET", "//localhost/healthz"),
    "in a target without a slash": Request("GET", "healthz"),
}
OURS = {
    "with a port": Request("GET", "/healthz", host="localhost:1"),
    "in capitals": Request("GET", "/healthz", host="LOCALHOST"),
    "with a port in the target": Request("GET", "http://localhost:99/healthz"),
}

_HIDDEN = b"GET /unsubscribe/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
#: Two readers could see two requests in each.
SMUGGLING = {
    "length and chunks": (
        ("Content-Length: 2", "Transfer-Encoding: chunked"),
        b"2\r\n{}\r\n0\r\n\r\n" + _HIDDEN,
    ),
    "two lengths": (("Content-Length: 2", "Content-Length: 3"), b"{}x" + _HIDDEN),
    "length with a sign": (("Content-Length: +2",), b"{}" + _HIDDEN),
    "negative length": (("Content-Length: -1",), b"{}" + _HIDDEN),
    "unknown coding": (("Transfer-Encoding: xchunked",), b"{}" + _HIDDEN),
    "coding before a blank": (("Transfer-Encoding : chunked",), b"0\r\n\r\n" + _HIDDEN),
    "coding after a tab": (("Transfer-Encoding:\tchunked",), b"2\r\n{}\r\n0\r\n\r\n" + _HIDDEN),
    "two codings": (("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), b"0\r\n\r\n" + _HIDDEN),
    "chunks without CR": (("Transfer-Encoding: chunked",), b"2\n{}\n0\n\n" + _HIDDEN),
    "a folded header": (("X-A: b", " Transfer-Encoding: chunked"), b"0\r\n\r\n" + _HIDDEN),
    "two lengths in one": (("Content-Length: 2, 2",), b"{}" + _HIDDEN),
    "two lengths in one that differ": (("Content-Length: 2, 7",), b"{}" + _HIDDEN),
    "length in hexadecimal": (("Content-Length: 0x2",), b"{}" + _HIDDEN),
    "length beyond 64 bits": (("Content-Length: 18446744073709551618",), b"{}" + _HIDDEN),
    "length after a NUL": (("Content-Length: 2\x00",), b"{}" + _HIDDEN),
    "chunked twice": (("Transfer-Encoding: chunked, chunked",), b"2\r\n{}\r\n0\r\n\r\n" + _HIDDEN),
    "chunked in two lines": (
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        b"2\r\n{}\r\n0\r\n\r\n" + _HIDDEN,
    ),
    "compressed and chunked": (("Transfer-Encoding: gzip, chunked",), b"2\r\n{}\r\n0\r\n\r\n" + _HIDDEN),
    "a chunk with a sign": (("Transfer-Encoding: chunked",), b"+2\r\n{}\r\n0\r\n\r\n" + _HIDDEN),
    "a chunk beyond 64 bits": (
        ("Transfer-Encoding: chunked",),
        b"10000000000000002\r\n{}\r\n0\r\n\r\n" + _HIDDEN,
    ),
    "a chunk's extension over two lines": (
        ("Transfer-Encoding: chunked",),
        b"2;a=\n2\r\n{}\r\n0\r\n\r\n" + _HIDDEN,
    ),
    "a header ends with LF": (("X-A: b\nTransfer-Encoding: chunked",), b"0\r\n\r\n" + _HIDDEN),
    "a header with a bare CR": (("X-A: b\rTransfer-Encoding: chunked",), b"{}" + _HIDDEN),
    "a header without a name": ((": x",), b"{}" + _HIDDEN),
    "NUL in a header": (("X-A: a\x00b",), b"{}" + _HIDDEN),
}


@pytest.mark.parametrize("request_", FOREIGN.values(), ids=FOREIGN)
def test_a_host_that_is_not_ours_gets_nothing(stack: Deployment, request_: Request) -> None:
    answer = ask(stack, request_)
    assert (answer.who, answer.status) in {(NOBODY, 0), (CADDY, 400), (CADDY, 404)}


@pytest.mark.parametrize("request_", OURS.values(), ids=OURS)
def test_our_host_is_ours_however_it_is_written(stack: Deployment, request_: Request) -> None:
    answer = ask(stack, request_)
    assert (answer.who, answer.status) == (WEB, 200)


def test_tls_is_spoken_under_our_name_only(stack: Deployment) -> None:
    assert ask(stack, Request("GET", "/healthz"), name="evil.example").who == NOBODY


@pytest.mark.parametrize(("headers", "body"), SMUGGLING.values(), ids=SMUGGLING)
def test_no_second_request_hides_in_a_first(stack: Deployment, headers: tuple[str, ...], body: bytes) -> None:
    answer = ask(stack, Request("POST", "/api/flow_runs/", headers, body))
    assert answer.status in {400, 415, 501}
    assert b"HTTP/1." not in answer.rest
    afterwards = [ask(stack, Request("GET", "/healthz")).rest for _ in range(3)]
    assert afterwards == [b'{"status":"ok"}'] * 3
