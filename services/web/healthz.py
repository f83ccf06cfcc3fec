"""`GET /healthz`: 200 if signups can be stored."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from services.web.errors import json_response
from services.web.store import Ledger


class HealthRoute:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def get(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's signature
        await self._ledger.ping()
        return json_response({"status": "ok"}, 200)
