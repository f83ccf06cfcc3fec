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


def test_callers_of_one_ipv6_network_share_their_limit(stack: Deployment) -> None:
    with stack.caller() as caller:
        statuses = [
            caller.post(
                SIGNUP, content="x", headers={"X-Forwarded-For": f"2001:db8:1:2:{number:x}::1"}
            ).status_code
            for number in range(31)
        ]
    assert statuses == [415] * 30 + [429]


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
