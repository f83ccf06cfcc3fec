"""Browsers of `ALLOWED_ORIGINS` may post and read the answer; an origin is theirs to the letter or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import Ledger
from tests.web_site import SIGNUP, running_site, website

ORIGIN, OTHER = "https://galatek.dev", "https://shop.galatek.dev:8443"

#: Near to `ORIGIN`: another scheme, port, case, part of it, more of it, two at once.
FOREIGN = [
    "https://evil.example", "null", "", "*", "galatek.dev", "//galatek.dev", "http://galatek.dev", "HTTPS://GALATEK.DEV",
    "https://Galatek.dev", "https://www.galatek.dev", "https://galatek.dev.evil.example", "https://evilgalatek.dev",
    "https://galatek.dev:443", "https://galatek.dev:8443", "https://shop.galatek.dev", "https://galatek.dev/",
    "https://galatek.dev.", "https://galatek.dev https://evil.example", "https://galatek.dev,https://evil.example",
    f"{ORIGIN},{OTHER}", "https://user@galatek.dev", "https://galatek,dev",
]  # fmt: skip


@pytest.fixture(scope="module")
def site(postgres: Ledger) -> Iterator[httpx.Client]:
    with running_site(postgres, intake_per_minute=1000, allowed_origins=f"{ORIGIN}, {OTHER}") as client:
        yield client


def _preflight(
    site: httpx.Client, origin: str, header: str = "content-type", method: str = "POST"
) -> httpx.Response:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": header}
    return site.options(SIGNUP, headers={"Origin": origin} | asked)


def _cors(answer: httpx.Response) -> list[str]:
    return [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", [ORIGIN, OTHER])
@pytest.mark.parametrize("body", [website(), {"flow_id": "broken"}], ids=["taken", "refused"])
def test_an_allowed_origin_may_read_the_answer_good_or_bad(
    site: httpx.Client, body: dict[str, Any], origin: str
) -> None:
    answer = site.post(SIGNUP, json=body, headers={"Origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Request-Id"
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", [ORIGIN, OTHER])
@pytest.mark.parametrize("header", ["content-type", "idempotency-key", "authorization"])
def test_an_allowed_origin_may_post(site: httpx.Client, header: str, origin: str) -> None:
    answer = _preflight(site, origin, header)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"


@pytest.mark.parametrize(("header", "method"), [("x-anything", "POST"), ("content-type", "DELETE")])
def test_an_allowed_origin_may_do_nothing_else(site: httpx.Client, header: str, method: str) -> None:
    assert _preflight(site, ORIGIN, header, method).status_code == 400


def test_cookies_and_passwords_of_a_browser_are_not_asked_for(site: httpx.Client) -> None:
    answers = [_preflight(site, ORIGIN), site.post(SIGNUP, json=website(), headers={"Origin": ORIGIN})]
    assert not any("Access-Control-Allow-Credentials" in answer.headers for answer in answers)


@pytest.mark.parametrize("origin", FOREIGN)
def test_another_origin_gets_no_cors_headers(site: httpx.Client, origin: str) -> None:
    for answer in (_preflight(site, origin), site.post(SIGNUP, json=website(), headers={"Origin": origin})):
        assert _cors(answer) == []
        assert "Origin" in answer.headers["Vary"]


def test_without_an_origin_there_is_no_cors(site: httpx.Client) -> None:
    answer = site.post(SIGNUP, json=website())
    assert answer.status_code == 201
    assert _cors(answer) == []


@pytest.mark.parametrize("path", ["/events/resend", "/unsubscribe/x", "/healthz"])
def test_no_other_route_is_open_to_browsers_of_other_sites(site: httpx.Client, path: str) -> None:
    assert _cors(site.get(path, headers={"Origin": ORIGIN})) == []
    assert _cors(site.post(path, headers={"Origin": ORIGIN})) == []
