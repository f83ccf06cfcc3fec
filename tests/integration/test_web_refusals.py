"""What the public service refuses, and how it says so."""

from __future__ import annotations

import logging
import socket
from datetime import datetime

import httpx
import orjson
import pytest

from tests.conftest import Ledger
from tests.web_site import SIGNUP, running_site, website

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 201),
        ({"Content-Type": 'application/json; charset="UTF-8"'}, 201),
        ({"Content-Type": "application/json", "Content-Encoding": "identity"}, 201),
        ({}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json; charset=latin-1"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
    ],
)
def test_only_plain_json_is_read(site: httpx.Client, headers: dict[str, str], status: int) -> None:
    assert site.post(SIGNUP, content=orjson.dumps(website()), headers=headers).status_code == status


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b"[" * 5000, b"\xff\xfe", b'"\\ud800"'],
)
def test_what_is_not_json_is_refused(site: httpx.Client, body: bytes) -> None:
    answer = site.post(SIGNUP, content=body, headers=JSON)
    assert answer.status_code == 422
    assert [problem["type"] for problem in answer.json()["detail"]] == ["json_invalid"]


def test_a_body_over_16_kib_is_refused(site: httpx.Client) -> None:
    assert site.post(SIGNUP, content=b" " * 16384, headers=JSON).status_code == 422
    assert site.post(SIGNUP, content=b" " * 16385, headers=JSON).status_code == 413


def test_a_body_of_unknown_length_is_refused_while_it_is_read(site: httpx.Client) -> None:
    answer = site.post(SIGNUP, content=(b" " * 1024 for _ in range(200)), headers=JSON)
    assert answer.status_code == 413


def test_a_large_body_is_refused_before_it_is_sent(site: httpx.Client) -> None:
    with socket.create_connection((site.base_url.host, site.base_url.port or 0), timeout=5) as wire:
        head = "POST /api/flow_runs/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        wire.sendall(f"{head}Content-Length: 99999999\r\n\r\n".encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("path", ["/api/flow_runs/", "/api/flow_runs"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_allowed(site: httpx.Client, method: str, path: str) -> None:
    answer = site.request(method, path)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/flow_runs/filter",
        "/api/health",
        "/docs",
        "/openapi.json",
        "/unsubscribe/",
        "/healthz/",
    ],
)
def test_nothing_else_is_there(site: httpx.Client, path: str) -> None:
    answer = site.post(path, json={})
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}


def test_a_client_that_is_too_fast_waits(ledger: Ledger) -> None:
    with running_site(ledger, intake_per_minute=2) as site:
        mine = {"X-Forwarded-For": "2001:db8:0:1::5"}
        statuses = [site.post(SIGNUP, json=website(), headers=mine).status_code for _ in range(3)]
        neighbour = site.post(SIGNUP, json=website(), headers={"X-Forwarded-For": "2001:db8:0:1::6"})
        stranger = site.post(SIGNUP, json=website(), headers={"X-Forwarded-For": "2001:db8:0:2::5"})
    assert statuses == [201, 201, 429]
    assert (neighbour.status_code, stranger.status_code) == (429, 201)
    assert 1 <= int(neighbour.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {'t' * 20}", 201),
        (f"bearer {'t' * 20}", 201),
        (f"Bearer {'t' * 19}", 401),
        (f"Basic {'t' * 20}", 401),
        ("Bearer \xe4", 401),
        ("", 401),
    ],
)
def test_where_a_token_is_set_it_is_needed(ledger: Ledger, authorization: str, status: int) -> None:
    with running_site(ledger, intake_token="t" * 20) as site:
        headers = {"Authorization": authorization.encode("latin-1")}
        answer = site.post(SIGNUP, json=website(), headers=headers)
    assert answer.status_code == status
    assert answer.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)


def test_a_refusal_is_one_line_in_the_log_without_values(
    site: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "campaigns.web")
    body = website() | {"job_variables": {"command": "id"}}
    body["parameters"]["email"] = "maria@"
    answer = site.post(SIGNUP, json=body)
    [line] = [record.getMessage() for record in caplog.records if record.name == "campaigns.web"]
    assert answer.headers["X-Request-Id"] in line
    assert "refused 422 POST /api/flow_runs/ reasons=extra_forbidden,value_error" in line
    assert "maria" not in line.lower()


def test_a_fault_of_ours_is_500_without_details(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    def broken_clock() -> datetime:
        raise RuntimeError("maria@example.com")

    with running_site(ledger, broken_clock) as site:
        answer = site.post(SIGNUP, json=website())
    assert (answer.status_code, answer.json()) == (500, {"detail": "something broke on our side"})
    assert "failed RuntimeError at test_web_refusals.py" in caplog.text
    assert answer.headers["X-Request-Id"] in caplog.text
    assert "maria" not in caplog.text
