"""The operator's figures over HTTP: `/campaigns`, `/campaigns.json`, `/metrics`. The login stands before all of them.

None of these paths is one of Prefect's: its UI is under `/v2`, its API under `/api`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from flows.adapters.postgres import LedgerError
from services.server import funnel
from services.server.metrics import exposition
from services.server.reading import Reading

Read = Callable[[], Awaitable[Reading]]

_AGAIN = {"Retry-After": "10", "Cache-Control": "no-store"}


def routes(read: Read, zone: str, clock: Callable[[], datetime]) -> list[Route]:
    """The three routes.

    Args:
        read: a reading that is at most some seconds old; raises `LedgerError`.
        zone: by whose clock the page tells times.
    """

    async def page(_: Request) -> Response:
        try:
            reading = await read()
        except LedgerError as error:
            return HTMLResponse(funnel.away(str(error)), 503, headers=_AGAIN | funnel.HEADERS)
        return HTMLResponse(funnel.page(reading.overview, zone, clock()), headers=funnel.HEADERS)

    async def data(_: Request) -> Response:
        try:
            reading = await read()
        except LedgerError as error:
            return JSONResponse({"detail": str(error)}, 503, headers=_AGAIN)
        said = orjson.dumps(reading.overview, option=orjson.OPT_INDENT_2)
        return Response(said, media_type="application/json", headers={"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        try:
            reading = await read()
        except LedgerError:
            reading = None  # `campaigns_ledger_up` says it; the server's own figures are there all the same
        said, content_type = exposition(reading, request.headers.get("accept", ""))
        return Response(said, headers={"Content-Type": content_type})

    return [
        Route("/campaigns", page, methods=["GET"]),
        Route("/campaigns.json", data, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]
