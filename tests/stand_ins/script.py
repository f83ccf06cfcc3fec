"""What every stand-in can do beside its own routes: misbehave as told, and tell what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route


@dataclass(frozen=True)
class Captured:
    """A request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    port: int = 0  # the caller's


@dataclass(frozen=True)
class Fault:
    """How one of the next requests ends.

    The request is acted on first if `accept` says so, or if nothing else tells how to answer. Then come `delay`
    seconds, and then the answer: `status` with `body` (JSON, or a string as HTML), a connection that breaks in
    the middle of the answer (`drop`), or else the true one. `on` chooses a request: `POST /v1/pages`, the path
    being a beginning; `about` chooses by a text in its body. Without them any request will do.
    """

    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    accept: bool = False
    drop: bool = False
    on: str = ""
    about: str = ""

    def fits(self, captured: Captured) -> bool:
        return f"{captured.method} {captured.path}".startswith(self.on) and self.about in captured.body

    def answer(self, true: Response | None) -> Response:
        if self.drop:
            return StreamingResponse(iter([b"{"]), headers={"Content-Length": "100"})
        if self.status is None:
            assert true is not None
            return true
        if isinstance(self.body, str):
            return Response(self.body, self.status, self.headers, media_type="text/html")
        return JSONResponse(self.body, self.status, self.headers)


class Script:
    """The faults to come and the requests so far of one stand-in."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.requests: list[Captured] = []

    async def play(self, request: Request, act: Callable[[], Response]) -> Response:
        """Note the request, and answer it as `act` does or as a fault wants it."""
        body = (await request.body()).decode(errors="replace")
        port = request.client.port if request.client else 0
        captured = Captured(request.method, request.url.path, dict(request.headers), body, port)
        self.requests.append(captured)
        fault = next((fault for fault in self.faults if fault.fits(captured)), None)
        if fault is None:
            return act()
        self.faults.remove(fault)
        true = act() if fault.accept or (fault.status is None and not fault.drop) else None
        await asyncio.sleep(fault.delay)
        return fault.answer(true)

    def forget(self) -> None:
        self.faults.clear()
        self.requests.clear()

    def routes(self) -> list[Route]:
        return [
            Route("/_script", self._add, methods=["POST"]),
            Route("/_requests", self._tell, methods=["GET"]),
        ]

    async def _add(self, request: Request) -> Response:
        self.faults += [Fault(**fault) for fault in await request.json()]
        return Response(status_code=204)

    async def _tell(self, _: Request) -> Response:
        return JSONResponse([asdict(request) for request in self.requests])
