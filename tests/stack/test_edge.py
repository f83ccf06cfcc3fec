"""What a stranger reaches is the public routes; what the operator reaches is Prefect's UI and what it asks for."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from itertools import product

import httpx
import pytest

from tests.stack import raw
from tests.stack.deployment import Deployment
from tests.stack.edge_table import DENIED, OPERATOR, UPGRADED, WEB
from tests.stack.raw import Answer, Request, ask

REFUSALS = {0, 400, 404, 405, 501}
WEBSOCKET = ("Upgrade: websocket", "Connection: Upgrade, close", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")  # fmt: skip
H2C = ("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings, close", "HTTP2-Settings: AAMAAABkAAQAAP__")
#: Without the word in `Connection`, in capitals, among others, for another protocol, by the new way of HTTP/2.
UPGRADES = {
    "websocket": WEBSOCKET,
    "h2c": H2C,
    "h2c alone": ("Upgrade: h2c",),
    "capitals": ("UPGRADE: WebSocket", "CONNECTION: upgrade, close"),
    "two": ("Upgrade: foo, websocket", "Upgrade: h2c", "Connection: close, Upgrade"),
    "TLS": ("Upgrade: TLS/1.0", "Connection: Upgrade, close"),
    "empty": ("Upgrade:", "Connection: Upgrade, close"),
}
OVERRIDES = (
    "X-HTTP-Method-Override: POST",
    "X-Method-Override: POST",
    "X-Original-URL: /api/health",
    "X-Rewrite-URL: /api/health",
    "X-HTTP-Method: POST",
    "X-Forwarded-Prefix: /api/health",
    "X-Forwarded-Method: POST",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Uri: /api/health",
    "Forwarded: for=127.0.0.1;host=evil.example;proto=http",
)


@pytest.fixture(scope="module")
def password(stack: Deployment) -> str:
    """The operator's header."""
    login = base64.b64encode(f"operator:{stack.password}".encode()).decode()
    return f"Authorization: Basic {login}"


def _table(
    stack: Deployment, rows: Iterable[tuple[str, str]], headers: tuple[str, ...] = ()
) -> dict[tuple[str, str], Answer]:
    bodies = dict.fromkeys(("POST", "PUT", "PATCH"), b"{}")
    return {
        (method, target): ask(stack, Request(method, target, headers, bodies.get(method, b"")))
        for method, target in rows
    }


def _let_through(answers: dict[tuple[str, str], Answer]) -> dict[tuple[str, str], str]:
    return {
        row: f"{answer.status} by {answer.who}"
        for row, answer in answers.items()
        if answer.who not in {raw.CADDY, raw.NOBODY} or answer.status not in REFUSALS
    }


def test_the_public_routes_are_webs(stack: Deployment) -> None:
    answers = _table(stack, WEB)
    assert {row: (answer.who, answer.status) for row, answer in answers.items()} == {
        row: (raw.WEB, status) for row, status in WEB.items()
    }


def test_everything_else_is_nobodys(stack: Deployment) -> None:
    assert _let_through(_table(stack, DENIED)) == {}


def test_the_password_opens_nothing_but_what_the_browser_needs(stack: Deployment, password: str) -> None:
    assert _let_through(_table(stack, DENIED, (password,))) == {}


def test_the_operator_reaches_what_the_ui_asks_for(stack: Deployment, password: str) -> None:
    answers = _table(stack, OPERATOR, (password,))
    assert {row: answer.who for row, answer in answers.items() if answer.who != raw.SERVER} == {}
    assert 401 not in {answer.status for answer in answers.values()}


def test_without_the_password_the_operators_routes_say_only_that_one_is_needed(stack: Deployment) -> None:
    answers = _table(stack, OPERATOR)
    assert {row: answer.status for row, answer in answers.items() if answer.status != 401} == {}
    assert {answer.rest for answer in answers.values()} == {answers["GET", "/"].rest}


@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
def test_nothing_is_upgraded(stack: Deployment, password: str, upgrade: tuple[str, ...]) -> None:
    assert _let_through(_table(stack, product(["GET"], UPGRADED), (*upgrade, password))) == {}


def test_methods_and_targets_are_not_overridden(stack: Deployment, password: str) -> None:
    rows = [("GET", "/api/flow_runs/"), ("GET", "/api/flow_runs/?_method=POST"), ("PUT", "/events/resend")]
    assert _let_through(_table(stack, rows, (*OVERRIDES, password))) == {}
    assert _table(stack, [("GET", "/healthz")], OVERRIDES)["GET", "/healthz"].status == 200


def test_over_plain_http_there_is_only_the_way_to_https(stack: Deployment) -> None:
    port = stack.compose.environment["HTTP_PORT"]
    answer = httpx.post(f"http://localhost:{port}/api/flow_runs/?x=1", json={})
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"https://localhost:{stack.port}/api/flow_runs/?x=1"
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://127.0.0.1:{port}/healthz")
