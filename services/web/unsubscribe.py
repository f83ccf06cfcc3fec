"""`/unsubscribe/{token}`: a page with one button, and the POST of the button and of mail clients (RFC 8058)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from flows.domain import link
from services.web.errors import RETRY_AFTER, Away
from services.web.page import Page
from services.web.store import Ledger

_PAGE = Page("unsubscribe.html")


class UnsubscribeRoute:
    """GET changes nothing, because link scanners come by; POST needs no cookie and ignores its body."""

    def __init__(self, ledger: Ledger, key: SecretStr, clock: Callable[[], datetime]) -> None:
        self._ledger, self._key, self._clock = ledger, key, clock

    async def answer(self, request: Request) -> Response:
        try:
            contact_id = link.read(self._key.get_secret_value(), request.path_params["token"])
        except link.BadLink:
            request.state.reasons = ["bad_link"]
            return _PAGE.answer("unknown", 404)
        if request.method != "POST":
            return _PAGE.answer("ask", 200)
        return await self._stop(request, contact_id)

    async def _stop(self, request: Request, contact_id: UUID) -> Response:
        try:
            await self._ledger.stop(contact_id, self._clock())
        except Away as away:
            request.state.reasons = away.args
            return _PAGE.answer("away", 503, {"Retry-After": RETRY_AFTER})
        return _PAGE.answer("done", 200)
