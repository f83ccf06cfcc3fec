"""What the edge answers in the name of a route is in the published description too."""

from __future__ import annotations

import httpx
import pytest

from tests.public_answers import ROOT, judge
from tests.stack.deployment import Deployment

LIMITED = {
    "askToStop": ("GET", "/unsubscribe/x"),
    "stop": ("POST", "/unsubscribe/x"),
    "reportResend": ("POST", "/events/resend"),
    "reportCalcom": ("POST", "/events/cal"),
    "reportCalendly": ("POST", "/events/calendly"),
    "health": ("GET", "/healthz"),
    "signUp": ("POST", "/api/flow_runs/"),
}


@pytest.mark.parametrize(("operation", "asked"), LIMITED.items())
def test_who_is_too_fast_gets_the_described_answer(
    stack: Deployment, operation: str, asked: tuple[str, str]
) -> None:
    with stack.caller() as caller:
        answers = (caller.request(*asked, content=b"{}" if asked[0] == "POST" else b"") for _ in range(120))
        judged = [judge(answer) for answer in answers]
    assert (operation, 429) in judged


@pytest.mark.parametrize(
    ("path", "operation"),
    [("/unsubscribe/x", "stop"), ("/api/flow_runs/", "signUp"), ("/events/cal", "reportCalcom")],
)
def test_a_body_that_is_too_large_gets_the_described_answer(
    stack: Deployment, path: str, operation: str
) -> None:
    with stack.caller() as caller:
        assert judge(caller.post(path, content=b" " * 70_000)) == (operation, 413)


def test_the_operator_is_offered_the_description_and_nobody_else(stack: Deployment) -> None:
    path = "/public-api/openapi.json"
    with stack.caller() as caller:
        assert caller.get(path).status_code == 401
    assert (
        stack.operator.get(path).json()
        == httpx.Response(200, content=(ROOT / "docs/openapi.json").read_bytes()).json()
    )
