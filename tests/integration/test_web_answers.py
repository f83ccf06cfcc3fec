"""Every kind of answer of the public routes is the one that the published description promises."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from openapi_core.exceptions import OpenAPIError
from svix.webhooks import Webhook

from flows.domain import link
from flows.domain.public_routes import ROUTES
from flows.domain.public_routes import SIGNUP as SIGNUP_ROUTE
from tests.bookings import PATHS, report, signed
from tests.conftest import Ledger
from tests.kept_mail import VIEW, keep_mail
from tests.public_answers import DESCRIBED, Answered, judge
from tests.web_site import LINK_KEY, NOW, RESEND_SECRET, SECRETS, SIGNUP, running_site, website

STOP = f"/unsubscribe/{link.sign(LINK_KEY, uuid4())}"
CONFIRM = f"/confirm/{link.sign_confirm(LINK_KEY, uuid4(), 'spring')}"
GONE = f"/view/{link.sign_view(LINK_KEY, uuid4())}"
REPORTS = ["/events/resend", *PATHS.values()]

#: What Caddy says in the name of a route; tests/stack judges it.
BY_CADDY: set[Answered] = {
    *((route.id, 429) for route in ROUTES if route is not SIGNUP_ROUTE),
    *((name, status) for name in ("stop", "confirm") for status in (408, 413)),
    ("askToStop", 503), ("askToConfirm", 503),
}  # fmt: skip
#: What no test has found a way to: neither asks for the time or for anything else that may break.
UNHEARD_OF: set[Answered] = {(name, 500) for name in ("askToStop", "askToConfirm", "view", "health")}


def resend(client: httpx.Client, body: str = '{"type": "email.sent"}') -> httpx.Response:
    headers = {
        "svix-id": "msg_1",
        "svix-timestamp": str(int(NOW.timestamp())),
        "svix-signature": Webhook(RESEND_SECRET).sign("msg_1", NOW, body),
        "content-type": "application/json",
    }
    return client.post("/events/resend", content=body, headers=headers)


def booking(client: httpx.Client, service: str, content: bytes | None = None) -> httpx.Response:
    body = content or json.dumps(report(f"{service}_created")).encode()
    headers = signed(service, body, NOW) | {"content-type": "application/json"}
    return client.post(PATHS[service], content=body, headers=headers)


def reports(client: httpx.Client) -> Iterator[httpx.Response]:
    """One of each service, and one of each that says nothing of what is documented."""
    yield resend(client)
    yield resend(client, "[]")
    for service in PATHS:
        yield booking(client, service)
        yield booking(client, service, b"{}")


def links(client: httpx.Client) -> Iterator[httpx.Response]:
    """What the links in mails lead to, ours and others'."""
    for path in (STOP, "/unsubscribe/x", CONFIRM, "/confirm/x"):
        yield from (client.request(method, path) for method in ("GET", "POST"))
    yield client.post(STOP, data={"choice": "monthly"})
    yield from (client.get(path) for path in (VIEW, GONE, "/view/x"))


def everything(client: httpx.Client) -> Iterator[httpx.Response]:
    """Each answer of a service that is well."""
    again = {"Idempotency-Key": "again"}
    yield client.post(SIGNUP, json=website())
    for name in ("message_14_parameters", "message_14_parameters", "javascript_13_parameters"):
        yield client.post(SIGNUP, json=website(name), headers=again)
    yield client.post(SIGNUP, json=website() | {"flow_id": str(uuid4())})
    yield client.post(SIGNUP, json=website() | {"job_variables": {}, "parameters": {"email": "x"}})
    yield client.post(SIGNUP, content=b"{", headers={"Content-Type": "application/json"})
    yield client.post(SIGNUP, content=b" " * 16385, headers={"Content-Type": "application/json"})
    yield client.post(SIGNUP, content=b"x")
    yield from (client.post(path, content=b" " * 300_000) for path in REPORTS)
    yield from (client.post(path, json={}) for path in REPORTS)
    yield from reports(client)
    yield from links(client)
    yield client.get("/healthz")


def slow(client: httpx.Client, path: str) -> httpx.Response:
    """The answer to a body that does not come."""
    wire = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=30)
    wire.putrequest("POST", path)
    wire.putheader("Content-Type", "application/json")
    wire.putheader("Content-Length", "10")
    wire.endheaders(b"{")
    answer = wire.getresponse()
    request = httpx.Request("POST", client.base_url.join(path), content=b"{")
    return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read(), request=request)


def broken_clock() -> datetime:
    raise RuntimeError


def all_answers(ledger: Ledger, nowhere: Path) -> Iterator[httpx.Response]:
    with running_site(ledger, **SECRETS) as client, ThreadPoolExecutor(4) as pool:
        slow_ones = [pool.submit(slow, client, path) for path in (SIGNUP, *REPORTS)]
        yield from everything(client)
        yield from (one.result() for one in slow_ones)
    with running_site(ledger, intake_token="t" * 20, intake_per_minute=1) as client:
        yield client.post(SIGNUP, json=website())
        for _ in range(2):
            yield client.post(SIGNUP, json=website(), headers={"Authorization": f"Bearer {'t' * 20}"})
        yield from (client.post(path, json={}) for path in REPORTS)
    with running_site(ledger, intake_per_address_per_day=1) as client:
        yield client.post(SIGNUP, json=website())
    with running_site(ledger, ledger_host=str(nowhere), **SECRETS) as client:
        yield client.post(SIGNUP, json=website())
        yield from (client.post(path) for path in (STOP, CONFIRM))
        yield client.get(VIEW)
        yield client.get("/healthz")
        yield from reports(client)
    with running_site(ledger, broken_clock, **SECRETS) as client:
        yield client.post(SIGNUP, json=website())
        yield from (client.post(path) for path in (STOP, CONFIRM))
        yield from (client.post(path, json={}) for path in REPORTS)


@pytest.fixture(scope="module")
def answers(postgres: Ledger, tmp_path_factory: pytest.TempPathFactory) -> list[httpx.Response]:
    postgres.empty()
    keep_mail(postgres)
    return list(all_answers(postgres, tmp_path_factory.mktemp("nowhere")))


def test_every_answer_is_one_that_the_description_promises(answers: list[httpx.Response]) -> None:
    misfits = [_misfit(answer) for answer in answers]
    assert [misfit for misfit in misfits if misfit] == []


def test_every_answer_that_is_described_is_given(answers: list[httpx.Response]) -> None:
    assert {judge(answer) for answer in answers} == DESCRIBED - BY_CADDY - UNHEARD_OF


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"id": 5}, 201),
        ({"state": None}, 201),
        ({"state_type": "PENDING"}, 201),
        ({}, 418),
    ],
)
def test_the_judge_sees_an_answer_that_is_none_of_these(
    answers: list[httpx.Response], change: dict[str, object], status: int
) -> None:
    taken = answers[0]
    other = httpx.Response(status, headers=taken.headers, json=taken.json() | change, request=taken.request)
    assert _misfit(other)


def _misfit(answer: httpx.Response) -> str:
    try:
        judge(answer)
    except OpenAPIError as error:
        cause = getattr(error.__cause__, "schema_errors", error.__cause__)
        return f"{answer.request.method} {answer.request.url.path} {answer.status_code}: {error} {cause}"
    return ""
