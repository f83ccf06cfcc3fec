"""The answers of the public routes before a foreign judge, who has nothing but the published description."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from flows.domain.public_routes import ROUTES

ROOT = Path(__file__).parents[1]
Answered = tuple[str, int]

#: Every answer that is described, as the operation's id and the status.
DESCRIBED: set[Answered] = {(route.id, status) for route in ROUTES for status in route.answers}


@cache
def _judge() -> OpenAPI:
    return OpenAPI.from_dict(json.loads((ROOT / "docs/openapi.json").read_text()))


def judge(answer: httpx.Response) -> Answered:
    """Which answer of the description this is.

    Raises:
        OpenAPIError: it is none; or it was taken, and the request is none of the description.
    """
    request = _request(answer.request)
    response = MockResponse(
        answer.content, answer.status_code, dict(answer.headers), answer.headers.get("content-type", "").split(";")[0]
    )  # fmt: skip
    _judge().validate_response(request, response)
    if answer.is_success:
        _judge().validate_request(request)
    return _operation(answer.request), answer.status_code


def _request(sent: httpx.Request) -> MockRequest:
    headers: dict[str, Any] = dict(sent.headers)
    return MockRequest(
        "https://prefect.galatek.dev", sent.method.lower(), sent.url.path, headers=headers,
        data=sent.content or None, content_type=headers.get("content-type", "application/json"),
    )  # fmt: skip


def _operation(sent: httpx.Request) -> str:
    named = [r.id for r in ROUTES if r.method == sent.method.lower() and _is(r.path, sent.url.path)]
    return named[0]


def _is(template: str, path: str) -> bool:
    start, brace, _ = template.partition("{")
    return path.startswith(start) if brace else path == template
