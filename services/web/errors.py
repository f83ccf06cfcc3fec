"""What a caller gets when something is refused: one shape, nothing of the body in it, one line in the log."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.domain.answers import Problem

logger = logging.getLogger("campaigns.web")

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

#: Seconds after which a caller may try again when the ledger was away.
RETRY_AFTER = "5"


class Refusal(Exception):
    """A request that is not granted.

    `detail` is a sentence, or a list of problems for 422; `reasons` are the kinds that the log may name.
    """

    def __init__(
        self,
        status: int,
        detail: str | Sequence[Problem],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.detail, self.headers = status, detail, headers
        kinds = set() if isinstance(detail, str) else {str(problem["type"]) for problem in detail}
        self.reasons = sorted(kinds)
        super().__init__(status)


class Away(Exception):
    """The ledger did not answer in time or refused to; trying again later is right. `args[0]` says what kind."""


def json_response(content: object, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")


async def on_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    request.state.reasons = refusal.reasons
    return json_response({"detail": refusal.detail}, refusal.status, refusal.headers)


async def on_http_exception(_: Request, error: Exception) -> Response:
    """Starlette's own 404 and 405."""
    assert isinstance(error, HTTPException)
    return json_response({"detail": error.detail}, error.status_code, error.headers)


async def on_away(request: Request, away: Exception) -> Response:
    request.state.reasons = away.args
    sentence = "our database does not answer right now; try again, with the same idempotency key"
    return json_response({"detail": sentence}, 503, {"Retry-After": RETRY_AFTER})


class Guard:
    """Around everything: a request id on each answer, a line for each refusal, 500 without details."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, status = _request_id(scope), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
                status = message["status"]
                _log_refusal(scope, status, request_id)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the last place that can answer; the log says where it was raised
            # No traceback of the logger's: it would print the exception's text, and the driver's can carry a row.
            logger.error("failed %s request=%s", _fault(error), request_id)  # noqa: TRY400
            if not status:
                await json_response({"detail": "something broke on our side"}, 500)(scope, receive, answer)


def _request_id(scope: Scope) -> str:
    """Caddy's, which stands in its log too; one of our own if none came, or one that Caddy did not make.

    Caddy alone reaches this process and passes on no such header of a caller's.
    """
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _UUID.fullmatch(given) else str(uuid4())


def _log_refusal(scope: Scope, status: int, request_id: str) -> None:
    if status < HTTPStatus.BAD_REQUEST or status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return
    route = getattr(scope.get("route"), "path", "-")
    reasons = ",".join(map(str, scope.get("state", {}).get("reasons", ()))) or "-"
    logger.info("refused %s %s %s reasons=%s request=%s", status, scope["method"], route, reasons, request_id)


def _fault(error: Exception) -> str:
    """The kind of an exception and where it was raised, in one line."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = " < ".join(f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in reversed(frames))
    return f"{type(error).__name__} at {places}"
