"""What the edge refuses of a signup, from outside."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stack.deployment import Deployment
from tests.web_site import SIGNUP, website

JSON = {"Content-Type": "application/json"}


def test_the_thirty_first_in_a_minute_is_told_when_to_come_again(stack: Deployment) -> None:
    with stack.caller() as hasty, stack.caller() as other:
        answers = [hasty.post(SIGNUP, content="x") for _ in range(31)]
        assert [answer.status_code for answer in answers] == [415] * 30 + [429]
        assert answers[-1].json() == {"detail": "Too Many Requests"}  # Caddy's words: web is not even asked
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
        assert other.post(SIGNUP, content="x").status_code == 415


#: One /64 each, written in each way that there is (RFC 5952).
NETWORKS = {
    "no zeros": [f"2001:db8:1:2:{number:x}:1:1:1" for number in range(31)],
    "zeros behind": [f"2001:db8:1:3:{number + 1:x}::1" for number in range(31)],
    "zeros across": [f"2001:db8::{number:x}" for number in range(30)] + ["2001:db8:0:0:1::1"],
    "zeros before": [
        "2001::1:1:0:0:1",
        "2001:0:0:1::1",
        *(f"2001::1:1:1:1:{number + 1:x}" for number in range(29)),
    ],
    "zeros of the fourth": [
        "2001:db8:2::1",
        "2001:db8:2:0:1::",
        *(f"2001:db8:2::{number + 2:x}" for number in range(29)),
    ],
}


@pytest.mark.parametrize("addresses", NETWORKS.values(), ids=NETWORKS)
def test_callers_of_one_ipv6_network_share_their_limit(stack: Deployment, addresses: list[str]) -> None:
    with stack.caller() as caller:
        statuses = [
            caller.post(SIGNUP, content="x", headers={"X-Forwarded-For": address}).status_code
            for address in addresses
        ]
    assert statuses == [415] * 30 + [429]


#: Method, path, how many in ten seconds, and what they are answered.
OTHERS = {
    "the link in a mail": ("GET", "/unsubscribe/abc", 10, 404),
    "its button": ("POST", "/unsubscribe/abc", 10, 404),
    "the link that confirms": ("GET", "/confirm/abc", 10, 404),
    "a mail in a browser": ("GET", "/view/abc", 10, 404),
    "events": ("POST", "/events/resend", 100, 401),
    "health": ("GET", "/healthz", 10, 200),
    "a browser's question": ("OPTIONS", SIGNUP, 20, 204),
    "a login": ("GET", "/v2/", 20, 401),
    "a login at the API": ("POST", "/api/flow_runs/filter", 20, 401),
}


@pytest.mark.parametrize(("method", "path", "most", "status"), OTHERS.values(), ids=OTHERS)
def test_every_other_route_has_a_limit_for_each_caller(
    stack: Deployment, method: str, path: str, most: int, status: int
) -> None:
    with stack.caller() as hasty, stack.caller() as other:
        answers = [hasty.request(method, path) for _ in range(most + 1)]
        assert [answer.status_code for answer in answers] == [status] * most + [429]
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 10
        assert other.request(method, path).status_code == status


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://galatek.dev", True),
        ("https://galatek.dev.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_a_page_of_an_allowed_site_may_read_a_refusal_of_caddys(
    stack: Deployment, origin: str, allowed: bool
) -> None:
    with stack.caller() as caller:
        answer = caller.post(SIGNUP, content=b" " * 17_000, headers={"Origin": origin})
        elsewhere = caller.get("/nowhere", headers={"Origin": origin})
    assert (answer.status_code, answer.headers["Vary"]) == (413, "Origin")
    assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert "Access-Control-Allow-Origin" not in elsewhere.headers


def test_the_operator_is_not_throttled(stack: Deployment) -> None:
    statuses = {stack.operator.get("/api/admin/version").status_code for _ in range(100)}
    assert statuses == {200}


def test_an_address_is_signed_up_only_so_often_a_day_whoever_asks(stack: Deployment) -> None:
    answers = [stack.sign_up(f"victim+{number}@example.com") for number in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_refusal_is_found_in_the_logs_by_the_id_that_the_caller_gets(stack: Deployment) -> None:
    forged = "00000000-0000-4000-8000-000000000000"
    with stack.caller() as caller:
        webs = caller.post(SIGNUP, content="x", headers={"X-Request-Id": forged}).headers["X-Request-Id"]
        caddys = caller.get("/nowhere", headers={"X-Request-Id": forged}).headers["X-Request-Id"]
    taken = stack.sign_up("traced@example.com").headers["X-Request-Id"]
    logs = {name: stack.compose("logs", "--no-log-prefix", name) for name in ("caddy", "web")}
    assert {name: [log.count(one) for one in (webs, caddys, taken)] for name, log in logs.items()} == {
        "caddy": [1, 1, 1],
        "web": [1, 0, 0],
    }
    assert forged not in "".join(logs.values())


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": website() | {"name": "x" * 17_000}}, 413),
        ({"content": iter([b" " * 9_000] * 2), "headers": JSON}, 413),
        ({"content": "{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"content": b"\x1f\x8b", "headers": JSON | {"Content-Encoding": "gzip"}}, 415),
        ({"content": "{", "headers": JSON}, 422),
        ({"json": website() | {"job_variables": {"command": "id"}}}, 422),
        ({"json": website() | {"flow_id": "00000000-0000-4000-8000-000000000000"}}, 404),
    ],
    ids=["large", "large and of unknown length", "text", "compressed", "not JSON", "job_variables", "unknown flow"],
)  # fmt: skip
def test_a_bad_signup_is_refused_through_the_edge(
    stack: Deployment, request_: dict[str, Any], status: int
) -> None:
    before = stack.ledger("SELECT count(*) FROM signup")
    with stack.caller() as caller:
        answer = caller.post(SIGNUP, **request_)
    assert (answer.status_code, list(answer.json())) == (status, ["detail"])
    assert stack.ledger("SELECT count(*) FROM signup") == before
