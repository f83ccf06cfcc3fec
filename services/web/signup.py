"""`POST /api/flow_runs/`: the website orders a run. Answered when it is stored."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from flows.domain.envelope import FlowRun, RunState
from flows.domain.run_name import run_name
from flows.settings import Settings
from services.web.body import read_body
from services.web.errors import Refusal, json_response
from services.web.hour import start_of_day, too_many
from services.web.order import Desk, Order, invalid
from services.web.rates import Rates
from services.web.rows import Signup, Stored, sealed
from services.web.store import Ledger, Unstorable

#: Bytes that a body may have.
LARGEST = 16 * 1024

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]{1,200}")


class SignupRoute:
    """Who may order, what, and the answer in the fields of Prefect's flow run."""

    def __init__(
        self, desk: Desk, ledger: Ledger, rates: Rates, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        assert settings.link_key, "create_app has looked"
        token = settings.intake_token
        self._desk, self._ledger, self._rates, self._clock = desk, ledger, rates, clock
        self._token = token.get_secret_value().encode() if token else None
        self._key = settings.link_key.get_secret_value()

    async def post(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": "POST, OPTIONS"})
        await self._let_in(request)
        body = _parsed(await read_body(request, LARGEST))
        order = self._desk.order(body, request.headers.getlist("idempotency-key"))
        self._ledger.hour.admit(self._clock())
        stored = await self._stored(self._signup(order, request.headers.get("origin", "")))
        return json_response(_flow_run(order, stored), 201 if stored.new else 200)

    async def _let_in(self, request: Request) -> None:
        if self._token and not _has(self._token, request.headers.get("authorization", "")):
            raise Refusal(401, "a token is needed", {"WWW-Authenticate": "Bearer"})
        await self._rates.admit(request.client.host if request.client else "")
        if not _is_plain_json(request.headers):
            raise Refusal(415, "send application/json in UTF-8, not compressed")

    def _signup(self, order: Order, origin: str) -> Signup:
        run_id, flow = uuid4(), order.campaign.flow
        name = run_name(flow, run_id, order.name, order.parameters)
        return Signup(
            run_id,
            flow,
            order.idempotency_key,
            name,
            order.tags,
            order.parameters,
            mailbox=sealed(order.parameters["email"], self._key),
            created_at=self._clock(),
            consent=_consent(order, origin),
        )

    async def _stored(self, signup: Signup) -> Stored:
        try:
            stored = await self._ledger.add(signup)
        except Unstorable:
            problem = {"loc": ["parameters"], "msg": "a value cannot be stored", "type": "unstorable"}
            raise invalid([problem]) from None
        if stored is None:
            tomorrow = start_of_day(signup.created_at) + timedelta(days=1)
            raise too_many("too many signups of this address today", tomorrow - signup.created_at)
        return stored


class Cors(CORSMiddleware):
    """Starlette's, except that a foreign origin learns nothing at all."""

    def preflight_response(self, request_headers: Headers) -> Response:
        if not self.is_allowed_origin(request_headers["origin"]):
            return json_response({"detail": "this origin may not post here"}, 403, {"Vary": "Origin"})
        return super().preflight_response(request_headers)

    @staticmethod
    def allow_explicit_origin(headers: MutableHeaders, origin: str) -> None:
        """What a page of an allowed site may read: the answer, when to come again, and by what id to ask."""
        CORSMiddleware.allow_explicit_origin(headers, origin)
        headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"


def _consent(order: Order, origin: str) -> dict[str, Any] | None:
    """What is kept of a consent. No address of the caller: it proves nothing of the person (docs/consent.md)."""
    if order.consent is None:
        return None
    said = {**vars(order.consent), "origin": origin if _ORIGIN.fullmatch(origin) else None}
    return {name: value for name, value in said.items() if value is not None}


def _has(token: bytes, authorization: str) -> bool:
    scheme, _, sent = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(sent.strip().encode(), token)


def _is_plain_json(headers: Headers) -> bool:
    kind, options = parse_options_header(headers.get("content-type"))
    charset = options.get(b"charset", b"utf-8").lower()
    encoding = headers.get("content-encoding", "identity").lower()
    return (kind, charset, encoding) == (b"application/json", b"utf-8", "identity")


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise invalid([{"loc": [], "msg": "the body is not JSON", "type": "json_invalid"}]) from None


def _flow_run(order: Order, stored: Stored) -> FlowRun:
    """Prefect's names. Another caller's parameters are not shown to whoever knows their key."""
    created = stored.created_at.isoformat().replace("+00:00", "Z")
    return FlowRun(
        id=str(stored.id),
        created=created,
        updated=created,
        name=stored.name,
        flow_id=str(order.campaign.flow_id),
        deployment_id=str(order.campaign.deployment_id),
        parameters=order.parameters if stored.same else {},
        state=RunState(timestamp=created),
        tags=stored.tags,
        idempotency_key=order.idempotency_key,
    )
